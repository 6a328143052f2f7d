"""`/api/v1/rules/…`: guardrails, who has to approve what, and what colleagues say."""

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
from contexts.rules.api.asking import NUMBER, RULE, SCOPES, actor_of, validated
from contexts.rules.api.serializers import (
    CommentSerializer,
    GuardrailSerializer,
    PolicySerializer,
)
from contexts.rules.models import ApprovalPolicy, Comment, Guardrail
from shared_kernel.api.idempotency import idempotent
from shared_kernel.api.principals import principal_of
from shared_kernel.api.schema import IDEMPOTENCY_KEY

POLICY = OpenApiParameter("policy_id", OpenApiTypes.UUID, OpenApiParameter.PATH)


@extend_schema_view(list=extend_schema(summary="List guardrails"))
@extend_schema(tags=["rules"])
class Guardrails(mixins.ListModelMixin, viewsets.GenericViewSet[Guardrail]):
    """What a tenant states that no decision may break; every review proves it."""

    scopes: ClassVar = SCOPES
    action_scopes: ClassVar = {"destroy": "rules:govern"}
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
        strict = asked.validated_data.get("proof_demanded", False)
        if strict and not principal_of(request._request).may("rules:govern"):  # noqa: SLF001 - DRF keeps the request it wraps there
            raise PermissionDenied("Demanding a proof needs the scope rules:govern.")
        stated = services.state_guardrail(
            point=asked.validated_data["point"], text=asked.text(), stated_by=actor_of(request),
            proof_demanded=strict,
        )  # fmt: skip
        return Response(GuardrailSerializer(stated).data, status=status.HTTP_201_CREATED)

    @extend_schema(
        summary="Withdraw a guardrail", responses={204: None},
        parameters=[OpenApiParameter("guardrail_id", OpenApiTypes.UUID, OpenApiParameter.PATH)],
    )  # fmt: skip
    def destroy(self, request: Request, guardrail_id: UUID) -> Response:
        services.withdraw_guardrail(guardrail_id=guardrail_id, withdrawn_by=actor_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)


@extend_schema_view(list=extend_schema(summary="List approval policies"))
@extend_schema(tags=["rules"])
class Policies(mixins.ListModelMixin, viewsets.GenericViewSet[ApprovalPolicy]):
    """Who has to approve what is submitted from now on, by point and risk."""

    scopes: ClassVar = {"read": "rules:read", "write": "rules:govern"}
    serializer_class = PolicySerializer
    filter_backends = ()
    lookup_url_kwarg = "policy_id"

    def get_queryset(self) -> QuerySet[ApprovalPolicy]:
        if getattr(self, "swagger_fake_view", False):
            return ApprovalPolicy._base_manager.none()  # noqa: SLF001 - the document is made for no tenant
        policies: QuerySet[ApprovalPolicy] = ApprovalPolicy.objects.order_by("point", "from_risk")
        return policies

    @extend_schema(
        summary="Set an approval policy",
        request=PolicySerializer,
        responses={201: PolicySerializer},
        parameters=[IDEMPOTENCY_KEY],
    )
    @idempotent
    def create(self, request: Request) -> Response:
        return self._set(request, None, status.HTTP_201_CREATED)

    @extend_schema(
        summary="Change an approval policy",
        request=PolicySerializer,
        responses=PolicySerializer,
        parameters=[POLICY],
    )
    def update(self, request: Request, policy_id: UUID) -> Response:
        return self._set(request, policy_id, status.HTTP_200_OK)

    @extend_schema(summary="Remove an approval policy", responses={204: None}, parameters=[POLICY])
    def destroy(self, request: Request, policy_id: UUID) -> Response:
        services.remove_policy(policy_id=policy_id, removed_by=actor_of(request))
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _set(self, request: Request, policy_id: UUID | None, code: int) -> Response:
        asked = PolicySerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        given = asked.validated_data
        policy = services.set_policy(
            name=given["name"],
            point=given.get("point", ""),
            from_risk=given.get("from_risk", "low"),
            requirements=asked.wanted(),
            limits=given.get("limits"),
            set_by=actor_of(request),
            policy_id=policy_id,
        )
        return Response(PolicySerializer(policy).data, status=code)


@extend_schema_view(list=extend_schema(summary="What colleagues said", parameters=[RULE, NUMBER]))
@extend_schema(tags=["rules"])
class Comments(mixins.ListModelMixin, viewsets.GenericViewSet[Comment]):
    """What colleagues say about a version."""

    scopes: ClassVar = {"read": "rules:read", "write": "rules:read"}
    serializer_class = CommentSerializer
    filter_backends = ()

    def get_queryset(self) -> QuerySet[Comment]:
        if getattr(self, "swagger_fake_view", False):
            return Comment._base_manager.none()  # noqa: SLF001 - the document is made for no tenant
        version = queries.version_of(rule_id=self.kwargs["rule_id"], number=self.kwargs["number"])
        said: QuerySet[Comment] = Comment.objects.filter(version=version).order_by("written_at")
        return said

    @extend_schema(
        summary="Say something about a version",
        request=CommentSerializer,
        responses={201: CommentSerializer},
        parameters=[RULE, NUMBER, IDEMPOTENCY_KEY],
    )
    @idempotent
    def create(self, request: Request, rule_id: UUID, number: int) -> Response:
        given = validated(CommentSerializer, request)
        said = services.comment_on(
            rule_id=rule_id, number=number, author=actor_of(request), **given
        )
        return Response(CommentSerializer(said).data, status=status.HTTP_201_CREATED)
