"""`/api/v1/rules/releases/{number}/export`, `/api/v1/rules/imports`: rules that leave the house and come in."""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from contexts.rules import services
from contexts.rules.api.asking import SCOPES, actor_of
from contexts.rules.api.releases import RELEASE
from contexts.rules.api.serializers import NewRuleSerializer
from contexts.rules.models import Release
from contexts.rules.policies.bundles import FORMAT, MOST_RULES, Bundle
from contexts.rules.queries.bundles import exported
from shared_kernel.api.bodies import convert
from shared_kernel.api.idempotency import idempotent
from shared_kernel.api.schema import IDEMPOTENCY_KEY


class ReleaseNamedSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    name = serializers.CharField()
    digest = serializers.CharField()


class BundleAttributeSerializer(serializers.Serializer[Any]):
    record = serializers.CharField()
    name = serializers.CharField()
    type = serializers.CharField()
    about = serializers.CharField(allow_blank=True)
    optional = serializers.BooleanField()
    path = serializers.CharField()


class BundleSerializer(serializers.Serializer[Any]):
    """Written rules, under a digest and a signature."""

    format = serializers.ChoiceField(choices=[FORMAT], default=FORMAT)
    release = ReleaseNamedSerializer(allow_null=True, required=False)
    attributes = BundleAttributeSerializer(many=True, required=False)
    rules = serializers.ListField(child=NewRuleSerializer(), max_length=MOST_RULES)
    digest = serializers.CharField()
    signature = serializers.CharField(help_text="Of a house with the same RULES_SIGNING_KEY.")


class DraftedSerializer(serializers.Serializer[Any]):
    slug = serializers.CharField()
    rule_id = serializers.UUIDField()
    version = serializers.IntegerField()


class ImportedSerializer(serializers.Serializer[Any]):
    digest = serializers.CharField()
    drafted = DraftedSerializer(many=True)
    unchanged = serializers.IntegerField(help_text="Rules that say so already.")


@extend_schema(tags=["rules"])
class Bundles(viewsets.GenericViewSet[Release]):
    """Rules as signed JSON."""

    scopes: ClassVar = SCOPES
    serializer_class = BundleSerializer
    filter_backends = ()
    pagination_class = None

    def get_queryset(self) -> QuerySet[Release]:
        return Release._base_manager.none()  # noqa: SLF001 - for the document only

    @extend_schema(
        summary="A release as a signed bundle", responses=BundleSerializer, parameters=[RELEASE]
    )
    def retrieve(self, request: Request, number: int) -> Response:
        del request
        return Response(msgspec.to_builtins(exported(number)))

    @extend_schema(
        summary="Draft what a signed bundle says otherwise",
        description="All of it or nothing; the drafts are submitted and reviewed like any other.",
        request=BundleSerializer,
        responses={201: ImportedSerializer},
        parameters=[IDEMPOTENCY_KEY],
    )
    @idempotent
    def create(self, request: Request) -> Response:
        bundle = convert(request.data, Bundle)
        done = services.import_bundle(bundle=bundle, author=actor_of(request))
        return Response(msgspec.to_builtins(done), status=status.HTTP_201_CREATED)
