"""`/api/v1/rules/notice-hook`: where a tenant's own systems are told what wants somebody's attention."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from contexts.rules import queries, services
from contexts.rules.api.asking import actor_of, validated
from contexts.rules.models import NoticeHook
from contexts.rules.services import KINDS


class NoticeHookSerializer(serializers.ModelSerializer[NoticeHook]):
    """Where notices are posted, which, and what became of the last one."""

    kinds = serializers.ListField(
        child=serializers.ChoiceField(choices=KINDS), required=False, help_text="None means all."
    )

    class Meta:
        model = NoticeHook
        fields = ("url", "kinds", "set_by", "set_at", "told_at", "trouble")
        read_only_fields = ("set_by", "set_at", "told_at", "trouble")


class NewNoticeHookSerializer(NoticeHookSerializer):
    """The same, with the secret that signs its notices; it is told once."""

    secret = serializers.CharField(read_only=True)

    class Meta(NoticeHookSerializer.Meta):
        fields = (*NoticeHookSerializer.Meta.fields, "secret")  # type: ignore[assignment]


@extend_schema(tags=["rules"])
class NoticeHooks(viewsets.GenericViewSet[NoticeHook]):
    """At most one address of the tenant's; a notice is posted until it is taken."""

    # its address may be a secret of the tenant's
    scopes: ClassVar = {"read": "rules:govern", "write": "rules:govern"}
    serializer_class = NoticeHookSerializer
    pagination_class = None
    filter_backends = ()

    @extend_schema(summary="Where notices are posted", responses=NoticeHookSerializer)
    def retrieve(self, request: Request) -> Response:
        del request
        return Response(NoticeHookSerializer(queries.notice_hook()).data)

    @extend_schema(
        summary="Post notices to an address", request=NoticeHookSerializer,
        responses=NewNoticeHookSerializer,
    )  # fmt: skip
    def update(self, request: Request) -> Response:
        given: dict[str, Any] = validated(NoticeHookSerializer, request)
        hook, secret = services.set_notice_hook(
            url=given["url"], kinds=given.get("kinds", ()), set_by=actor_of(request)
        )
        return Response({**NoticeHookSerializer(hook).data, "secret": secret})

    @extend_schema(summary="Post notices nowhere", responses={204: None})
    def destroy(self, request: Request) -> Response:
        services.remove_notice_hook(removed_by=actor_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)
