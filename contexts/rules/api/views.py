"""`/api/v1/rules/`: writing rules, and their way to the customer."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from contexts.rules import queries, services
from contexts.rules.api.serializers import (
    ApprovalSerializer,
    ContentSerializer,
    DifferenceSerializer,
    GuardrailSerializer,
    NewRuleSerializer,
    RejectionSerializer,
    RuleSerializer,
    VersionSerializer,
)
from contexts.rules.models import Guardrail, Rule, RuleVersion, Status
from shared_kernel.api.etags import etag_of, require_match
from shared_kernel.api.idempotency import idempotent
from shared_kernel.api.principals import principal_of
from shared_kernel.api.schema import IDEMPOTENCY_KEY, IF_MATCH

SCOPES = {"read": "rules:read", "write": "rules:write"}
RULE = OpenApiParameter("rule_id", OpenApiTypes.UUID, OpenApiParameter.PATH)
NUMBER = OpenApiParameter("number", OpenApiTypes.INT, OpenApiParameter.PATH)


class RuleFilter(filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    slug = filters.CharFilter()
    point = filters.CharFilter()
    status = filters.ChoiceFilter(choices=Status.choices, method="with_status")

    def with_status(self, rules: QuerySet[Rule], _name: str, value: str) -> QuerySet[Rule]:
        return rules.filter(versions__status=value).distinct()


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
        rules: QuerySet[Rule] = Rule.objects.prefetch_related("versions__reviews", "versions__rule")
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
            author=_actor(request),
        )
        return _answer(draft, status.HTTP_201_CREATED)


@extend_schema(tags=["rules"], parameters=[RULE, NUMBER])
class Versions(viewsets.GenericViewSet[RuleVersion]):
    scopes: ClassVar = SCOPES
    action_scopes: ClassVar = {
        "approve": "rules:approve",
        "reject": "rules:approve",
        "activate": "rules:activate",
        "retire": "rules:activate",
    }
    serializer_class = VersionSerializer
    filter_backends = ()
    pagination_class = None

    def get_queryset(self) -> QuerySet[RuleVersion]:
        return RuleVersion._base_manager.none()  # noqa: SLF001 - for the document only

    @extend_schema(summary="A version", responses=VersionSerializer)
    def retrieve(self, request: Request, rule_id: UUID, number: int) -> Response:
        del request
        return _answer(queries.version_of(rule_id=rule_id, number=number))

    @extend_schema(
        summary="Begin a new draft",
        description="Without a body the draft begins with the newest version's content.",
        request=ContentSerializer,
        responses={201: VersionSerializer},
        parameters=[RULE, IDEMPOTENCY_KEY],
    )
    @idempotent
    def create(self, request: Request, rule_id: UUID) -> Response:
        draft = services.draft_version(
            rule_id=rule_id,
            text=_content(request) if request.data else None,
            author=_actor(request),
        )
        return _answer(draft, status.HTTP_201_CREATED)

    @extend_schema(
        summary="Change a draft",
        request=ContentSerializer,
        responses=VersionSerializer,
        parameters=[IF_MATCH],
    )
    def update(self, request: Request, rule_id: UUID, number: int) -> Response:
        revision = queries.version_of(rule_id=rule_id, number=number).revision
        require_match(request, revision)
        draft = services.rewrite_draft(
            rule_id=rule_id,
            number=number,
            text=_content(request),
            author=_actor(request),
            revision=revision,
        )
        return _answer(draft)

    @extend_schema(summary="Discard a draft", responses={204: None})
    def destroy(self, request: Request, rule_id: UUID, number: int) -> Response:
        del request
        services.discard_draft(rule_id=rule_id, number=number)
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

    @extend_schema(summary="Submit a draft for review", request=None, responses=VersionSerializer)
    def submit(self, request: Request, rule_id: UUID, number: int) -> Response:
        return _answer(
            services.submit_version(rule_id=rule_id, number=number, submitted_by=_actor(request))
        )

    @extend_schema(
        summary="Approve the content you read",
        request=ApprovalSerializer,
        responses=VersionSerializer,
    )
    def approve(self, request: Request, rule_id: UUID, number: int) -> Response:
        given = _validated(ApprovalSerializer, request)
        return _answer(
            services.approve_version(
                rule_id=rule_id, number=number, reviewer=_actor(request), **given
            )
        )

    @extend_schema(
        summary="Refuse it and say why", request=RejectionSerializer, responses=VersionSerializer
    )
    def reject(self, request: Request, rule_id: UUID, number: int) -> Response:
        given = _validated(RejectionSerializer, request)
        return _answer(
            services.reject_version(
                rule_id=rule_id, number=number, reviewer=_actor(request), **given
            )
        )

    @extend_schema(
        summary="Let an approved version decide", request=None, responses=VersionSerializer
    )
    def activate(self, request: Request, rule_id: UUID, number: int) -> Response:
        return _answer(
            services.activate_version(rule_id=rule_id, number=number, activated_by=_actor(request))
        )

    @extend_schema(
        summary="Stop a version from deciding", request=None, responses=VersionSerializer
    )
    def retire(self, request: Request, rule_id: UUID, number: int) -> Response:
        return _answer(
            services.retire_version(rule_id=rule_id, number=number, retired_by=_actor(request))
        )


@extend_schema(tags=["rules"])
class Inbox(mixins.ListModelMixin, viewsets.GenericViewSet[RuleVersion]):
    """What waits for the review of whoever asks."""

    scopes: ClassVar = {"read": "rules:approve", "write": "rules:approve"}
    serializer_class = VersionSerializer
    filter_backends = ()

    def get_queryset(self) -> QuerySet[RuleVersion]:
        if getattr(self, "swagger_fake_view", False):
            return RuleVersion._base_manager.none()  # noqa: SLF001 - the document is made for no tenant
        return queries.inbox_of(_actor(self.request)).prefetch_related("reviews")


@extend_schema_view(list=extend_schema(summary="List guardrails"))
@extend_schema(tags=["rules"])
class Guardrails(mixins.ListModelMixin, viewsets.GenericViewSet[Guardrail]):
    """What a tenant states that no decision may break; every review proves it."""

    scopes: ClassVar = SCOPES
    action_scopes: ClassVar = {"destroy": "rules:approve"}
    serializer_class = GuardrailSerializer
    filter_backends = ()
    lookup_url_kwarg = "guardrail_id"

    def get_queryset(self) -> QuerySet[Guardrail]:
        if getattr(self, "swagger_fake_view", False):
            return Guardrail._base_manager.none()  # noqa: SLF001 - the document is made for no tenant
        stated: QuerySet[Guardrail] = Guardrail.objects.order_by("point", "name")
        return stated

    @extend_schema(
        summary="State a guardrail",
        request=GuardrailSerializer,
        responses={201: GuardrailSerializer},
        parameters=[IDEMPOTENCY_KEY],
    )
    @idempotent
    def create(self, request: Request) -> Response:
        asked = GuardrailSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        stated = services.state_guardrail(
            point=asked.validated_data["point"], text=asked.text(), stated_by=_actor(request)
        )
        return Response(GuardrailSerializer(stated).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        summary="Withdraw a guardrail", responses={204: None},
        parameters=[OpenApiParameter("guardrail_id", OpenApiTypes.UUID, OpenApiParameter.PATH)],
    )  # fmt: skip
    def destroy(self, request: Request, guardrail_id: UUID) -> Response:
        services.withdraw_guardrail(guardrail_id=guardrail_id, withdrawn_by=_actor(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


def _actor(request: Any) -> str:
    return principal_of(request._request).actor  # noqa: SLF001 - DRF keeps the request it wraps there


def _content(request: Request) -> Any:
    asked = ContentSerializer(data=request.data)
    asked.is_valid(raise_exception=True)
    return asked.text()


def _validated(kind: type[ApprovalSerializer], request: Request) -> dict[str, Any]:
    asked = kind(data=request.data)
    asked.is_valid(raise_exception=True)
    given: dict[str, Any] = asked.validated_data
    return given


def _answer(version: RuleVersion, code: int = status.HTTP_200_OK) -> Response:
    response = Response(VersionSerializer(version).data, status=code)
    response["ETag"] = etag_of(version.revision)
    return response
