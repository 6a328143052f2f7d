"""`/api/v1/rules/templates`: rules by filling in a form that colleagues approved."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

import msgspec
from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from contexts.rules import services
from contexts.rules.api.asking import NUMBER, SCOPES, actor_of, answer_with, validated
from contexts.rules.api.serializers import (
    ApprovalSerializer,
    ContentSerializer,
    RejectionSerializer,
    TakingBackSerializer,
    VersionSerializer,
)
from contexts.rules.models import RuleTemplate, RuleTemplateVersion
from contexts.rules.queries import templates as queries
from shared_kernel.api.etags import etag_of, require_match
from shared_kernel.api.idempotency import idempotent
from shared_kernel.api.schema import IDEMPOTENCY_KEY, IF_MATCH
from shared_kernel.decisions import EffectText, RuleText, TemplateParameter, TemplateText, Window

TEMPLATE = OpenApiParameter("template_id", OpenApiTypes.UUID, OpenApiParameter.PATH)
KINDS = ("number", "decimal", "money", "percent", "text", "choice", "list", "moment", "yes_no")
NO_WINDOW = ("starts", "ends", "time_zone")


class ParameterSerializer(serializers.Serializer[Any]):
    """A value that the template leaves open, and what it may be."""

    name = serializers.CharField(max_length=60, help_text="As the expressions write it.")
    kind = serializers.ChoiceField(choices=KINDS)
    label = serializers.CharField(max_length=120)  # type: ignore[assignment]  # of the parameter
    help = serializers.CharField(max_length=400, default="", allow_blank=True)
    least = serializers.CharField(
        max_length=40, default="", allow_blank=True, help_text="Of a text or a list: its size."
    )
    most = serializers.CharField(max_length=40, default="", allow_blank=True)
    choices = serializers.ListField(
        child=serializers.CharField(max_length=200), max_length=100, default=list
    )
    default = serializers.JSONField(default=None, allow_null=True)

    def validate_default(self, given: Any) -> Any:
        """A number with a point is written as text, so that it stays what was written."""
        try:
            return msgspec.convert(given, str | int | bool | tuple[str, ...] | None)
        except msgspec.ValidationError as fault:
            raise serializers.ValidationError(
                'Write a text, a whole number, true or false, or a list of texts; 2.5 is "2.5".'
            ) from fault


class TemplateRuleSerializer(ContentSerializer):
    """A rule in whose expressions parameters stand by name, and in its name and reason as `{name}`."""

    starts = None  # type: ignore[assignment]  # when a rule decides is said when one is made
    ends = None  # type: ignore[assignment]
    time_zone = None  # type: ignore[assignment]
    table = None  # type: ignore[assignment]  # a template has effects


class TemplateContentSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=120)
    about = serializers.CharField(max_length=400, default="", allow_blank=True)
    parameters = ParameterSerializer(many=True, default=list)
    rule = TemplateRuleSerializer()

    def text(self) -> TemplateText:
        """The template as the rules context speaks of it."""
        given = self.validated_data
        rule = given["rule"]
        return TemplateText(
            name=given["name"],
            about=given["about"],
            parameters=msgspec.convert(given["parameters"], tuple[TemplateParameter, ...]),
            rule=RuleText(
                rule_id="",
                version=0,
                name=rule["name"],
                reason=rule["reason"],
                condition=rule["condition"],
                effects=tuple(EffectText(it["kind"], dict(it["params"])) for it in rule["effects"]),
                priority=rule["priority"],
                order=rule["order"],
                group=rule["group"] or None,
                stop=rule["stop"],
            ),
        )


class NewTemplateSerializer(TemplateContentSerializer):
    slug = serializers.SlugField(max_length=80)
    point = serializers.CharField(max_length=100)


class TemplateVersionSerializer(serializers.ModelSerializer[RuleTemplateVersion]):
    template_id = serializers.UUIDField(read_only=True)
    parameters = ParameterSerializer(many=True, read_only=True)
    rule = TemplateRuleSerializer(source="content", read_only=True)

    class Meta:
        model = RuleTemplateVersion
        fields = (
            "template_id", "number", "status", "name", "about", "parameters", "rule", "content_hash", "revision",
            "author", "created_at", "submitted_by", "submitted_at", "reviewer", "comment", "decided_at",
            "retired_by", "retired_at", "taken_back_by", "taken_back_at", "taken_back_why",
        )  # fmt: skip


class TemplateSerializer(serializers.ModelSerializer[RuleTemplate]):
    versions = TemplateVersionSerializer(many=True, read_only=True)

    class Meta:
        model = RuleTemplate
        fields = ("id", "slug", "point", "created_at", "created_by", "versions")


class FillingSerializer(serializers.Serializer[Any]):
    """What to fill in, and which rule to write: a new one by its `slug`, or the next version of `rule_id`."""

    arguments = serializers.DictField(
        child=serializers.JSONField(allow_null=True), help_text="By the names of the parameters."
    )
    slug = serializers.SlugField(max_length=80, default="", allow_blank=True)
    rule_id = serializers.UUIDField(default=None, allow_null=True)
    version = serializers.IntegerField(
        default=None, allow_null=True, min_value=1,
        help_text="Of the template; without it, the one that is approved.",
    )  # fmt: skip
    starts = serializers.CharField(max_length=26, default="", allow_blank=True)
    ends = serializers.CharField(max_length=26, default="", allow_blank=True)
    time_zone = serializers.CharField(max_length=60, default="UTC")
    tags = serializers.ListField(
        child=serializers.CharField(max_length=40), max_length=30, default=list
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One rule is written, and it is clear which."""
        if bool(attrs["slug"]) == bool(attrs["rule_id"]):
            raise serializers.ValidationError(
                {"slug": "Name a slug for a new rule, or the rule_id of one that exists."}
            )
        return attrs


@extend_schema_view(list=extend_schema(summary="List templates, newest first"))
@extend_schema(tags=["rules"])
class Templates(mixins.ListModelMixin, viewsets.GenericViewSet[RuleTemplate]):
    """Kinds of rules that are made by filling in a form."""

    scopes: ClassVar = SCOPES
    serializer_class = TemplateSerializer
    filter_backends = ()

    def get_queryset(self) -> QuerySet[RuleTemplate]:
        if getattr(self, "swagger_fake_view", False):
            return RuleTemplate._base_manager.none()  # noqa: SLF001 - the document is made for no tenant
        return queries.templates()

    @extend_schema(
        summary="Create a template with its first draft",
        request=NewTemplateSerializer,
        responses={201: TemplateVersionSerializer},
        parameters=[IDEMPOTENCY_KEY],
    )
    @idempotent
    def create(self, request: Request) -> Response:
        asked = NewTemplateSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        draft = services.create_template(
            slug=given["slug"], point=given["point"], text=asked.text(), author=actor_of(request)
        )
        return answer(draft, status.HTTP_201_CREATED)

    @extend_schema(summary="A template with its versions", parameters=[TEMPLATE])
    def retrieve(self, request: Request, template_id: UUID) -> Response:
        del request
        return Response(TemplateSerializer(queries.template_of(template_id)).data)

    @extend_schema(
        summary="Make a rule by filling in the template",
        description="It is a draft, reviewed like any other, and remembers what was filled in.",
        request=FillingSerializer,
        responses={201: VersionSerializer},
        parameters=[TEMPLATE, IDEMPOTENCY_KEY],
    )
    @idempotent
    def rules(self, request: Request, template_id: UUID) -> Response:
        given = validated(FillingSerializer, request)
        number = given["version"]
        if number is None:
            usable = queries.usable_version(template_id)
            newest = queries.template_of(template_id).versions.order_by("-number").first()
            number = usable.number if usable else newest.number if newest else 1
        draft = services.make_rule(
            template_id=template_id,
            number=number,
            arguments=given["arguments"],
            author=actor_of(request),
            slug=given["slug"],
            rule_id=given["rule_id"],
            window=Window(given["starts"], given["ends"], given["time_zone"]),
            tags=given["tags"],
        )
        return answer_with(draft, status.HTTP_201_CREATED)


@extend_schema(tags=["rules"], parameters=[TEMPLATE, NUMBER])
class TemplateVersions(viewsets.GenericViewSet[RuleTemplateVersion]):
    """The versions of a template, and their way to being approved."""

    scopes: ClassVar = SCOPES
    action_scopes: ClassVar = {
        "approve": "rules:approve", "reject": "rules:approve", "retire": "rules:approve",
        "take_back": "rules:approve",
    }  # fmt: skip
    serializer_class = TemplateVersionSerializer
    filter_backends = ()
    pagination_class = None

    def get_queryset(self) -> QuerySet[RuleTemplateVersion]:
        return RuleTemplateVersion._base_manager.none()  # noqa: SLF001 - for the document only

    @extend_schema(summary="A version of a template")
    def retrieve(self, request: Request, template_id: UUID, number: int) -> Response:
        del request
        return answer(queries.template_version(template_id, number))

    @extend_schema(
        summary="Begin a new draft of a template",
        description="Without a body the draft begins with the newest version's content.",
        request=TemplateContentSerializer,
        responses={201: TemplateVersionSerializer},
        parameters=[TEMPLATE, IDEMPOTENCY_KEY],
    )
    @idempotent
    def create(self, request: Request, template_id: UUID) -> Response:
        draft = services.draft_template(
            template_id=template_id,
            text=_content_in(request) if request.data else None,
            author=actor_of(request),
        )
        return answer(draft, status.HTTP_201_CREATED)

    @extend_schema(
        summary="Change a draft of a template",
        request=TemplateContentSerializer,
        parameters=[IF_MATCH],
    )
    def update(self, request: Request, template_id: UUID, number: int) -> Response:
        revision = queries.template_version(template_id, number).revision
        require_match(request, revision)
        return answer(
            services.rewrite_template(
                template_id=template_id, number=number, text=_content_in(request),
                author=actor_of(request), revision=revision,
            )
        )  # fmt: skip

    @extend_schema(summary="Discard a draft of a template", responses={204: None})
    def destroy(self, request: Request, template_id: UUID, number: int) -> Response:
        services.discard_template(
            template_id=template_id, number=number, discarded_by=actor_of(request)
        )
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(summary="Submit a draft of a template for review", request=None)
    def submit(self, request: Request, template_id: UUID, number: int) -> Response:
        return answer(
            services.submit_template(
                template_id=template_id, number=number, submitted_by=actor_of(request)
            )
        )

    @extend_schema(summary="Approve the template you read", request=ApprovalSerializer)
    def approve(self, request: Request, template_id: UUID, number: int) -> Response:
        given = validated(ApprovalSerializer, request)
        return answer(
            services.approve_template(
                template_id=template_id, number=number, reviewer=actor_of(request), **given
            )
        )

    @extend_schema(summary="Refuse a template and say why", request=RejectionSerializer)
    def reject(self, request: Request, template_id: UUID, number: int) -> Response:
        given = validated(RejectionSerializer, request)
        return answer(
            services.reject_template(
                template_id=template_id, number=number, reviewer=actor_of(request), **given
            )
        )

    @extend_schema(
        summary="Take one's own approval of a template back",
        description="Until a rule is made from it. It is in review again, and the version that it replaced is used again.",
        request=TakingBackSerializer,
    )
    def take_back(self, request: Request, template_id: UUID, number: int) -> Response:
        given = validated(TakingBackSerializer, request)
        return answer(
            services.take_back_template_approval(
                template_id=template_id, number=number, reviewer=actor_of(request), **given
            )
        )

    @extend_schema(summary="Let no rule be made from it any more", request=None)
    def retire(self, request: Request, template_id: UUID, number: int) -> Response:
        return answer(
            services.retire_template(
                template_id=template_id, number=number, retired_by=actor_of(request)
            )
        )


def _content_in(request: Request) -> TemplateText:
    asked = TemplateContentSerializer(data=request.data)
    asked.is_valid(raise_exception=True)
    return asked.text()


def answer(version: RuleTemplateVersion, code: int = status.HTTP_200_OK) -> Response:
    response = Response(TemplateVersionSerializer(version).data, status=code)
    response["ETag"] = etag_of(version.revision)
    return response
