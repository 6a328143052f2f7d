"""`/api/v1/rules/…`: when approved versions decide, and the switch that stops a point."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from contexts.rules import services
from contexts.rules.api.asking import NUMBER, RULE, actor_of, answer_with, validated
from contexts.rules.api.serializers import (
    PauseSerializer,
    RetirementSerializer,
    StopSerializer,
    VersionSerializer,
)
from contexts.rules.models import PointStop, RuleVersion


@extend_schema(tags=["rules"], parameters=[RULE, NUMBER])
class Life(viewsets.GenericViewSet[RuleVersion]):
    """What becomes of an approved version; nothing here changes what it says."""

    scopes: ClassVar = {"read": "rules:read", "write": "rules:activate"}
    serializer_class = VersionSerializer
    filter_backends = ()
    pagination_class = None

    def get_queryset(self) -> QuerySet[RuleVersion]:
        return RuleVersion._base_manager.none()  # noqa: SLF001 - for the document only

    @extend_schema(
        summary="Let an approved version decide",
        description="At once, or by itself when its window opens: it is scheduled then.",
        request=None,
        responses=VersionSerializer,
    )
    def activate(self, request: Request, rule_id: UUID, number: int) -> Response:
        return answer_with(
            services.activate_version(
                rule_id=rule_id, number=number, activated_by=actor_of(request)
            )
        )

    @extend_schema(
        summary="Stop a version from deciding, for good",
        description="`begins_next` tells of a version that waits on the calendar and begins nevertheless.",
        request=RetirementSerializer,
        responses=VersionSerializer,
    )
    def retire(self, request: Request, rule_id: UUID, number: int) -> Response:
        given = validated(RetirementSerializer, request)
        version = services.retire_version(
            rule_id=rule_id, number=number, retired_by=actor_of(request), **given
        )
        return answer_with(version, just_retired=True)

    @extend_schema(
        summary="Take an approved version off the calendar",
        request=None,
        responses=VersionSerializer,
    )
    def unschedule(self, request: Request, rule_id: UUID, number: int) -> Response:
        return answer_with(
            services.unschedule_version(
                rule_id=rule_id, number=number, unscheduled_by=actor_of(request)
            )
        )

    @extend_schema(
        summary="Stop a version from deciding for a while",
        description="In all processes within a second; nobody has to approve it. `begins_next` tells of a version that begins nevertheless.",
        request=PauseSerializer,
        responses=VersionSerializer,
    )
    def pause(self, request: Request, rule_id: UUID, number: int) -> Response:
        given = validated(PauseSerializer, request)
        return answer_with(
            services.pause_version(
                rule_id=rule_id, number=number, paused_by=actor_of(request), **given
            )
        )

    @extend_schema(
        summary="Let a paused version decide again",
        description="The guardrails are proved first, beside all that decides by now.",
        request=None,
        responses=VersionSerializer,
    )
    def resume(self, request: Request, rule_id: UUID, number: int) -> Response:
        return answer_with(
            services.resume_version(rule_id=rule_id, number=number, resumed_by=actor_of(request))
        )


@extend_schema_view(list=extend_schema(summary="List the points that are or were stopped"))
@extend_schema(tags=["rules"])
class Stops(mixins.ListModelMixin, viewsets.GenericViewSet[PointStop]):
    """The kill switch: no rule of a stopped point decides."""

    scopes: ClassVar = {"read": "rules:read", "write": "rules:activate"}
    serializer_class = StopSerializer
    filter_backends = ()

    def get_queryset(self) -> QuerySet[PointStop]:
        if getattr(self, "swagger_fake_view", False):
            return PointStop._base_manager.none()  # noqa: SLF001 - the document is made for no tenant
        stops: QuerySet[PointStop] = PointStop.objects.order_by("-stopped_at")
        return stops

    @extend_schema(
        summary="Stop all rules of a point",
        request=StopSerializer,
        responses={201: StopSerializer},
    )
    def create(self, request: Request) -> Response:
        given: dict[str, Any] = validated(StopSerializer, request)
        stop = services.halt_point(**given, halted_by=actor_of(request))
        return Response(StopSerializer(stop).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        summary="Let the rules of a point decide again", responses=StopSerializer,
        parameters=[OpenApiParameter("point", OpenApiTypes.STR, OpenApiParameter.PATH)],
    )  # fmt: skip
    def destroy(self, request: Request, point: str) -> Response:
        stop = services.free_point(point=point, freed_by=actor_of(request))
        return Response(StopSerializer(stop).data)
