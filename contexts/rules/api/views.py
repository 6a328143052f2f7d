"""`/api/v1/rules/`: writing rules, and their way to the customer."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from contexts.rules import queries, services
from contexts.rules.api.asking import (
    NUMBER,
    RULE,
    SCOPES,
    actor_of,
    answer_with,
    content_in,
    validated,
)
from contexts.rules.api.serializers import (
    ApprovalSerializer,
    CloneSerializer,
    ContentSerializer,
    DifferenceSerializer,
    NewRuleSerializer,
    RejectionSerializer,
    RollBackSerializer,
    RuleSerializer,
    TagsSerializer,
    TakingBackSerializer,
    VersionSerializer,
)
from contexts.rules.models import Rule, RuleVersion, Status
from shared_kernel.api.etags import require_match
from shared_kernel.api.idempotency import idempotent
from shared_kernel.api.schema import IDEMPOTENCY_KEY, IF_MATCH


class RuleFilter(filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    slug = filters.CharFilter()
    point = filters.CharFilter()
    status = filters.ChoiceFilter(choices=Status.choices, method="with_status")
    tag = filters.CharFilter(method="with_tag")

    def with_status(self, rules: QuerySet[Rule], _name: str, value: str) -> QuerySet[Rule]:
        return rules.filter(versions__status=value).distinct()

    def with_tag(self, rules: QuerySet[Rule], _name: str, value: str) -> QuerySet[Rule]:
        return rules.filter(tags__contains=[value.strip().lower()])


@extend_schema_view(
    list=extend_schema(summary="List rules"),
    retrieve=extend_schema(summary="A rule with its versions", parameters=[RULE]),
)
@extend_schema(tags=["rules"])
class Rules(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Rule]):
    scopes: ClassVar = SCOPES
    serializer_class = RuleSerializer
    filterset_class = RuleFilter
    lookup_url_kwarg = "rule_id"

    def get_queryset(self) -> QuerySet[Rule]:
        if getattr(self, "swagger_fake_view", False):
            return Rule._base_manager.none()  # noqa: SLF001 - the document is made for no tenant
        rules: QuerySet[Rule] = Rule.objects.prefetch_related(
            "versions__reviews", "versions__rule", "versions__made_from"
        )
        return rules

    @extend_schema(
        summary="Create a rule with its first draft",
        request=NewRuleSerializer,
        responses={201: VersionSerializer},
        parameters=[IDEMPOTENCY_KEY],
    )
    @idempotent
    def create(self, request: Request) -> Response:
        asked = NewRuleSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        draft = services.create_rule(
            slug=asked.validated_data["slug"],
            point=asked.validated_data["point"],
            text=asked.text(),
            author=actor_of(request),
            window=asked.window(),
            tags=asked.validated_data["tags"],
        )
        return answer_with(draft, status.HTTP_201_CREATED)

    @extend_schema(
        summary="Say by which words a rule is found",
        request=TagsSerializer,
        responses=RuleSerializer,
        parameters=[RULE],
    )
    @action(detail=True, methods=["put"])
    def tags(self, request: Request, rule_id: UUID) -> Response:
        given = validated(TagsSerializer, request)
        rule = services.tag_rule(rule_id=rule_id, tags=given["tags"], tagged_by=actor_of(request))
        return Response(RuleSerializer(rule).data)

    @extend_schema(
        summary="Begin a draft that says what an earlier version said",
        request=RollBackSerializer,
        responses={201: VersionSerializer},
        parameters=[RULE, IDEMPOTENCY_KEY],
    )
    @action(detail=True, methods=["post"])
    @idempotent
    def roll_back(self, request: Request, rule_id: UUID) -> Response:
        given = validated(RollBackSerializer, request)
        draft = services.roll_back(rule_id=rule_id, to=given["to"], author=actor_of(request))
        return answer_with(draft, status.HTTP_201_CREATED)


@extend_schema(tags=["rules"], parameters=[RULE, NUMBER])
class Versions(viewsets.GenericViewSet[RuleVersion]):
    scopes: ClassVar = SCOPES
    action_scopes: ClassVar = {
        "approve": "rules:approve",
        "reject": "rules:approve",
        "take_back": "rules:approve",
    }
    serializer_class = VersionSerializer
    filter_backends = ()
    pagination_class = None

    def get_queryset(self) -> QuerySet[RuleVersion]:
        return RuleVersion._base_manager.none()  # noqa: SLF001 - for the document only

    @extend_schema(summary="A version", responses=VersionSerializer)
    def retrieve(self, request: Request, rule_id: UUID, number: int) -> Response:
        del request
        return answer_with(queries.version_of(rule_id=rule_id, number=number))

    @extend_schema(
        summary="Begin a new draft",
        description="Without a body the draft begins with the newest version's content.",
        request=ContentSerializer,
        responses={201: VersionSerializer},
        parameters=[RULE, IDEMPOTENCY_KEY],
    )
    @idempotent
    def create(self, request: Request, rule_id: UUID) -> Response:
        asked = content_in(request) if request.data else None
        draft = services.draft_version(
            rule_id=rule_id,
            text=asked.text() if asked else None,
            window=asked.window() if asked else None,
            author=actor_of(request),
        )
        return answer_with(draft, status.HTTP_201_CREATED)

    @extend_schema(
        summary="Change a draft",
        request=ContentSerializer,
        responses=VersionSerializer,
        parameters=[IF_MATCH],
    )
    def update(self, request: Request, rule_id: UUID, number: int) -> Response:
        revision = queries.version_of(rule_id=rule_id, number=number).revision
        require_match(request, revision)
        asked = content_in(request)
        draft = services.rewrite_draft(
            rule_id=rule_id,
            number=number,
            text=asked.text(),
            window=asked.window(),
            author=actor_of(request),
            revision=revision,
        )
        return answer_with(draft)

    @extend_schema(summary="Discard a draft", responses={204: None})
    def destroy(self, request: Request, rule_id: UUID, number: int) -> Response:
        services.discard_draft(rule_id=rule_id, number=number, discarded_by=actor_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(
        summary="What changed against the version before",
        responses=DifferenceSerializer(many=True),
    )
    @action(detail=True, methods=["get"])
    def difference(self, request: Request, rule_id: UUID, number: int) -> Response:
        del request
        version = queries.version_of(rule_id=rule_id, number=number)
        return Response(queries.difference(queries.compared_with(version), version))

    @extend_schema(
        summary="Begin a new rule that says what this version says",
        request=CloneSerializer,
        responses={201: VersionSerializer},
        parameters=[RULE, NUMBER, IDEMPOTENCY_KEY],
    )
    @action(detail=True, methods=["post"])
    @idempotent
    def clone(self, request: Request, rule_id: UUID, number: int) -> Response:
        given = validated(CloneSerializer, request)
        draft = services.clone_rule(
            rule_id=rule_id, number=number, author=actor_of(request), **given
        )
        return answer_with(draft, status.HTTP_201_CREATED)

    @extend_schema(summary="Submit a draft for review", request=None, responses=VersionSerializer)
    def submit(self, request: Request, rule_id: UUID, number: int) -> Response:
        return answer_with(
            services.submit_version(rule_id=rule_id, number=number, submitted_by=actor_of(request))
        )

    @extend_schema(
        summary="Approve the content you read",
        request=ApprovalSerializer,
        responses=VersionSerializer,
    )
    def approve(self, request: Request, rule_id: UUID, number: int) -> Response:
        given = validated(ApprovalSerializer, request)
        return answer_with(
            services.approve_version(
                rule_id=rule_id, number=number, reviewer=actor_of(request), **given
            )
        )

    @extend_schema(
        summary="Refuse it and say why", request=RejectionSerializer, responses=VersionSerializer
    )
    def reject(self, request: Request, rule_id: UUID, number: int) -> Response:
        given = validated(RejectionSerializer, request)
        return answer_with(
            services.reject_version(
                rule_id=rule_id, number=number, reviewer=actor_of(request), **given
            )
        )

    @extend_schema(
        summary="Take one's own approval back",
        description="Until it is scheduled, active, or in a release that was promoted. It is in review again if it needs that approval.",
        request=TakingBackSerializer,
        responses=VersionSerializer,
    )
    def take_back(self, request: Request, rule_id: UUID, number: int) -> Response:
        given = validated(TakingBackSerializer, request)
        services.take_back_approval(
            rule_id=rule_id, number=number, reviewer=actor_of(request), **given
        )
        return answer_with(queries.version_of(rule_id=rule_id, number=number))
