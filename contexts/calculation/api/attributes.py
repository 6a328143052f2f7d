"""`/api/v1/calculation/attributes`: what a tenant's own facts are, so that rules about them are checked."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from contexts.calculation import queries, services
from contexts.calculation.api.serializers import (
    AttributeSerializer,
    DeclarationSerializer,
    NewAttributeSerializer,
)
from contexts.calculation.models import DeclaredAttribute
from shared_kernel.api.etags import etag_of, require_match
from shared_kernel.api.idempotency import idempotent
from shared_kernel.api.principals import principal_of
from shared_kernel.api.schema import IDEMPOTENCY_KEY, IF_MATCH

RECORD = OpenApiParameter("record", OpenApiTypes.STR, OpenApiParameter.PATH)
NAME = OpenApiParameter("name", OpenApiTypes.STR, OpenApiParameter.PATH)


class AttributeFilter(filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    record = filters.CharFilter()


@extend_schema_view(list=extend_schema(summary="List declared attributes"))
@extend_schema(tags=["calculation"])
class DeclaredAttributes(mixins.ListModelMixin, viewsets.GenericViewSet[DeclaredAttribute]):
    scopes: ClassVar = {"read": "rules:read", "write": "rules:write"}
    action_scopes: ClassVar = {"destroy": "rules:approve"}
    serializer_class = AttributeSerializer
    filterset_class = AttributeFilter

    def get_queryset(self) -> QuerySet[DeclaredAttribute]:
        if getattr(self, "swagger_fake_view", False):
            return DeclaredAttribute._base_manager.none()  # noqa: SLF001 - the document is made for no tenant
        return DeclaredAttribute.at(None)

    @extend_schema(
        summary="Declare an attribute",
        request=NewAttributeSerializer,
        responses={201: AttributeSerializer},
        parameters=[IDEMPOTENCY_KEY],
    )
    @idempotent
    def create(self, request: Request) -> Response:
        asked = NewAttributeSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        declared = services.declare_attribute(
            record=asked.validated_data["record"],
            name=asked.validated_data["name"],
            **asked.said(),
            declared_by=_actor(request),
        )
        return _answer(declared, status.HTTP_201_CREATED)

    @extend_schema(
        summary="A declared attribute", parameters=[RECORD, NAME], responses=AttributeSerializer
    )
    def retrieve(self, request: Request, record: str, name: str) -> Response:
        del request
        return _answer(queries.declaration_of(record=record, name=name))

    @extend_schema(
        summary="Change what an attribute is",
        description="Its type and whether it may be missing stay as they are while an active rule reads it.",
        request=DeclarationSerializer,
        responses=AttributeSerializer,
        parameters=[RECORD, NAME, IF_MATCH],
    )
    def update(self, request: Request, record: str, name: str) -> Response:
        revision = queries.declaration_of(record=record, name=name).revision
        require_match(request, revision)
        asked = DeclarationSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        changed = services.change_attribute(
            record=record,
            name=name,
            **asked.said(),
            changed_by=_actor(request),
            revision=revision,
        )
        return _answer(changed)

    @extend_schema(summary="Retire an attribute", parameters=[RECORD, NAME], responses={204: None})
    def destroy(self, request: Request, record: str, name: str) -> Response:
        services.retire_attribute(record=record, name=name, retired_by=_actor(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


def _actor(request: Any) -> str:
    return principal_of(request._request).actor  # noqa: SLF001 - DRF keeps the request it wraps there


def _answer(declared: DeclaredAttribute, code: int = status.HTTP_200_OK) -> Response:
    response = Response(AttributeSerializer(declared).data, status=code)
    response["ETag"] = etag_of(declared.revision)
    return response
