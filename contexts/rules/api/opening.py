"""`/api/v1/rules/{rule}/versions/{number}/template`: which values of a rule could be left open, and the template that makes."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

import msgspec
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from contexts.calculation.messages import OpenBlank
from contexts.rules import services
from contexts.rules.api.asking import NUMBER, RULE, SCOPES, actor_of, validated
from contexts.rules.api.templates import ParameterSerializer, TemplateVersionSerializer, answer
from contexts.rules.models import RuleTemplateVersion
from contexts.rules.queries.opening import blanks_in
from shared_kernel.api.idempotency import idempotent
from shared_kernel.api.schema import IDEMPOTENCY_KEY
from shared_kernel.decisions import TemplateParameter

PLACE = "Where the value stands, as `GET` says."


class BlankSerializer(serializers.Serializer[Any]):
    """A value that could be left open: `written` between `before` and `after`, and what it would become."""

    place = serializers.CharField(max_length=200, help_text=PLACE)
    written = serializers.CharField()
    before = serializers.CharField(allow_blank=True)
    after = serializers.CharField(allow_blank=True)
    about = serializers.CharField()
    parameter = ParameterSerializer()


class OpenBlankSerializer(ParameterSerializer):
    """A parameter in the place of a value; the value is its default. Several places may have one, by its name."""

    place = serializers.CharField(max_length=200, help_text=PLACE)
    default = None  # type: ignore[assignment]  # it is the value that stands there


class OpeningSerializer(serializers.Serializer[Any]):
    """What the template is called, and which values are left open."""

    slug = serializers.SlugField(max_length=80)
    name = serializers.CharField(max_length=120)
    about = serializers.CharField(max_length=400, default="", allow_blank=True)
    parameters = OpenBlankSerializer(many=True, allow_empty=False)


@extend_schema(tags=["rules"], parameters=[RULE, NUMBER])
class Openings(viewsets.GenericViewSet[RuleTemplateVersion]):
    """Templates out of rules."""

    scopes: ClassVar = SCOPES
    serializer_class = TemplateVersionSerializer
    filter_backends = ()
    pagination_class = None

    def get_queryset(self) -> QuerySet[RuleTemplateVersion]:
        return RuleTemplateVersion._base_manager.none()  # noqa: SLF001 - for the document only

    @extend_schema(
        summary="Which values of a rule could be left open",
        responses=BlankSerializer(many=True),
    )
    def list(self, request: Request, rule_id: UUID, number: int) -> Response:
        del request
        found = msgspec.to_builtins(blanks_in(rule_id=rule_id, number=number))
        return Response(BlankSerializer(found, many=True).data)

    @extend_schema(
        summary="Make a template of a rule",
        description="A draft of a template; filled in with its defaults it says exactly what the rule says.",
        request=OpeningSerializer,
        responses={201: TemplateVersionSerializer},
        parameters=[IDEMPOTENCY_KEY],
    )
    @idempotent
    def create(self, request: Request, rule_id: UUID, number: int) -> Response:
        given = validated(OpeningSerializer, request)
        draft = services.open_rule(
            rule_id=rule_id,
            number=number,
            slug=given["slug"],
            name=given["name"],
            about=given["about"],
            blanks=[_blank(dict(it)) for it in given["parameters"]],
            author=actor_of(request),
        )
        return answer(draft, status.HTTP_201_CREATED)


def _blank(given: dict[str, Any]) -> OpenBlank:
    place = given.pop("place")
    return OpenBlank(place, msgspec.convert(given, TemplateParameter))
