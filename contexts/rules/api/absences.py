"""`/api/v1/rules/absences`: who is away, and who stands in."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, status, viewsets
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from contexts.rules import queries, services
from contexts.rules.api.asking import actor_of, validated
from contexts.rules.api.serializers import AbsenceChangeSerializer, AbsenceSerializer
from contexts.rules.models import Absence
from shared_kernel.api.idempotency import idempotent
from shared_kernel.api.principals import principal_of
from shared_kernel.api.schema import IDEMPOTENCY_KEY

ABSENCE = OpenApiParameter("absence_id", OpenApiTypes.UUID, OpenApiParameter.PATH)


@extend_schema_view(list=extend_schema(summary="List absences"))
@extend_schema(tags=["rules"])
class Absences(mixins.ListModelMixin, viewsets.GenericViewSet[Absence]):
    """Who is away, and who stands in."""

    scopes: ClassVar = {"read": "rules:read", "write": ("rules:approve", "rules:govern")}
    serializer_class = AbsenceSerializer
    filter_backends = ()

    def get_queryset(self) -> QuerySet[Absence]:
        if getattr(self, "swagger_fake_view", False):
            return Absence._base_manager.none()  # noqa: SLF001 - the document is made for no tenant
        absences: QuerySet[Absence] = Absence.objects.order_by("-starts_at")
        return absences

    @extend_schema(
        summary="Let a colleague stand in",
        description="For oneself with the scope rules:approve; for anybody with rules:govern. "
        "Who stands in is an active colleague who holds rules:approve.",
        request=AbsenceSerializer,
        responses={201: AbsenceSerializer},
        parameters=[IDEMPOTENCY_KEY],
    )
    @idempotent
    def create(self, request: Request) -> Response:
        given = validated(AbsenceSerializer, request)
        actor = actor_of(request)
        person = given.pop("person", actor)
        _demand_own(request, person)
        absence = services.tell_absence(person=person, told_by=actor, **given)
        return Response(AbsenceSerializer(absence).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        summary="Change an absence that lies ahead",
        description="One's own with the scope rules:approve; anybody's with rules:govern. Whose it is stays.",
        request=AbsenceChangeSerializer,
        responses=AbsenceSerializer,
        parameters=[ABSENCE],
    )
    def update(self, request: Request, absence_id: UUID) -> Response:
        _demand_own(request, queries.absence_of(absence_id).person)
        given = validated(AbsenceChangeSerializer, request)
        absence = services.change_absence(
            absence_id=absence_id, changed_by=actor_of(request), **given
        )
        return Response(AbsenceSerializer(absence).data)

    @extend_schema(
        summary="End an absence now, or call it off",
        description="One's own with the scope rules:approve; anybody's with rules:govern. What was approved meanwhile stays approved.",
        request=None,
        responses=AbsenceSerializer,
        parameters=[ABSENCE, IDEMPOTENCY_KEY],
    )
    @idempotent
    def end(self, request: Request, absence_id: UUID) -> Response:
        _demand_own(request, queries.absence_of(absence_id).person)
        absence = services.end_absence(absence_id=absence_id, ended_by=actor_of(request))
        return Response(AbsenceSerializer(absence).data)


def _demand_own(request: Request, person: str) -> None:
    principal = principal_of(request._request)  # noqa: SLF001 - DRF keeps the request it wraps there
    own = person == actor_of(request) and principal.may("rules:approve")
    if not own and not principal.may("rules:govern"):
        raise PermissionDenied("Saying so of a colleague needs the scope rules:govern.")
