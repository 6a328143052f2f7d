"""`/api/v1/rules/inbox`: what waits for the approval of whoever asks: rules, templates and releases."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import prefetch_related_objects
from drf_spectacular.utils import OpenApiParameter, PolymorphicProxySerializer, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from contexts.rules import queries
from contexts.rules.api.asking import actor_of
from contexts.rules.api.releases import ReleaseSerializer
from contexts.rules.api.serializers import VersionSerializer
from contexts.rules.api.templates import TemplateVersionSerializer
from contexts.rules.models import RuleVersion
from contexts.rules.queries.waiting import KINDS, Waiting, WaitingRelease, waiting_for
from shared_kernel.api.pagination import ByNewestListed
from shared_kernel.api.principals import ScopeMissing, principal_of


class WaitingRuleSerializer(VersionSerializer):
    kind = serializers.CharField(help_text="Always rule.")

    class Meta(VersionSerializer.Meta):
        fields = ("kind", *VersionSerializer.Meta.fields)  # type: ignore[assignment]  # longer


class WaitingTemplateSerializer(TemplateVersionSerializer):
    kind = serializers.CharField(help_text="Always template.")

    class Meta(TemplateVersionSerializer.Meta):
        fields = ("kind", *TemplateVersionSerializer.Meta.fields)  # type: ignore[assignment]  # longer


class WaitingReleaseSerializer(ReleaseSerializer):
    """A release on its way, the stage for which it waits, and whose approvals it lacks."""

    kind = serializers.CharField(help_text="Always release.")
    stage = serializers.CharField()
    missing = serializers.CharField(help_text="Such as: 1 of finance.")

    class Meta(ReleaseSerializer.Meta):
        fields = ("kind", "stage", "missing", *ReleaseSerializer.Meta.fields)  # type: ignore[assignment]  # longer


WAITING = PolymorphicProxySerializer(
    component_name="Waiting",
    serializers={
        "rule": WaitingRuleSerializer,
        "template": WaitingTemplateSerializer,
        "release": WaitingReleaseSerializer,
    },
    resource_type_field_name="kind",
)


class InboxAsked(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=KINDS, default="", allow_blank=True)


class Inbox(viewsets.GenericViewSet[RuleVersion]):
    """What waits for the review of whoever asks, who may read rules too: as everywhere else."""

    scopes: ClassVar = {"read": "rules:approve", "write": "rules:approve"}
    serializer_class = VersionSerializer
    pagination_class = ByNewestListed
    filter_backends = ()

    @extend_schema(
        tags=["rules"],
        summary="What waits for the approval of whoever asks",
        description="Rules, templates, and releases on their way to a stage, as `kind` says; newest first. "
        "Needs the scopes rules:read and rules:approve.",
        operation_id="rules_inbox_list",
        parameters=[OpenApiParameter("kind", enum=KINDS, description="Of one kind only.")],
        responses=WAITING,
    )
    def list(self, request: Request) -> Response:
        if not principal_of(request._request).may("rules:read"):  # noqa: SLF001 - DRF keeps the request it wraps there
            raise ScopeMissing(scope="rules:read")
        asked = InboxAsked(data=request.query_params)
        asked.is_valid(raise_exception=True)
        found = waiting_for(actor_of(request), asked.validated_data["kind"])
        page: Any = self.paginator.paginate_queryset(found, request, self)  # type: ignore[union-attr]
        versions = [it.of for it in page if isinstance(it.of, RuleVersion)]
        prefetch_related_objects(versions, "reviews", "made_from")
        said = queries.said_of(versions)
        return self.get_paginated_response([_shown(it, said) for it in page])


def _shown(it: Waiting, said: dict[Any, Any]) -> dict[str, Any]:
    if isinstance(it.of, WaitingRelease):
        told = {"stage": it.of.stage, "missing": it.of.missing}
        return {"kind": it.kind, **told, **ReleaseSerializer(it.of.release).data}
    if isinstance(it.of, RuleVersion):
        return {"kind": it.kind, **VersionSerializer(it.of, context={"said": said}).data}
    return {"kind": it.kind, **TemplateVersionSerializer(it.of).data}
