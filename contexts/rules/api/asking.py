"""What all endpoints of rules read from a request, and how they answer with a version."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from contexts.rules.api.serializers import ContentSerializer, VersionSerializer
from contexts.rules.models import RuleVersion
from shared_kernel.api.etags import etag_of
from shared_kernel.api.principals import principal_of

SCOPES = {"read": "rules:read", "write": "rules:write"}
RULE = OpenApiParameter("rule_id", OpenApiTypes.UUID, OpenApiParameter.PATH)
NUMBER = OpenApiParameter("number", OpenApiTypes.INT, OpenApiParameter.PATH)


def actor_of(request: Any) -> str:
    return principal_of(request._request).actor  # noqa: SLF001 - DRF keeps the request it wraps there


def content_in(request: Request) -> ContentSerializer:
    asked = ContentSerializer(data=request.data)
    asked.is_valid(raise_exception=True)
    return asked


def validated(kind: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    asked = kind(data=request.data)
    asked.is_valid(raise_exception=True)
    given: dict[str, Any] = asked.validated_data
    return given


def answer_with(
    version: RuleVersion, code: int = status.HTTP_200_OK, *, just_retired: bool = False
) -> Response:
    said = VersionSerializer(version, context={"just_retired": just_retired}).data
    response = Response(said, status=code)
    response["ETag"] = etag_of(version.revision)
    return response
