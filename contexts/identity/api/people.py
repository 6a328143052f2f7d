"""`/api/v1/identity/people`: who may sign in, and in which teams they approve."""

from __future__ import annotations

from typing import ClassVar

from django.db.models import QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_view
from rest_framework import mixins, serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from contexts.identity import services
from contexts.identity.models import User
from shared_kernel.api.principals import principal_of
from shared_kernel.tenancy import current_tenant

TEAM = serializers.RegexField(r"^[\w .&-]{1,60}$", help_text="Such as finance.")


class PersonSerializer(serializers.ModelSerializer[User]):
    name = serializers.CharField(source="get_full_name", read_only=True)
    teams = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = User
        fields = ("username", "name", "actor", "teams", "scopes", "is_active")


class TeamsSerializer(serializers.Serializer[User]):
    teams = serializers.ListField(
        child=TEAM, max_length=20, help_text="All of them, and no others."
    )


@extend_schema_view(list=extend_schema(summary="List people"))
@extend_schema(tags=["identity"])
class People(mixins.ListModelMixin, viewsets.GenericViewSet[User]):
    """Who may sign in to this tenant."""

    scopes: ClassVar = {"read": "identity:read", "write": "identity:write"}
    serializer_class = PersonSerializer
    filter_backends = ()

    def get_queryset(self) -> QuerySet[User]:
        if getattr(self, "swagger_fake_view", False):
            return User._base_manager.none()  # noqa: SLF001 - the document is made for no tenant
        people: QuerySet[User] = User.objects.filter(tenant_id=current_tenant())
        return people.order_by("username")

    @extend_schema(
        summary="Say in which teams somebody is",
        description="Nobody says it of themselves.",
        request=TeamsSerializer,
        responses=PersonSerializer,
        parameters=[OpenApiParameter("username", OpenApiTypes.STR, OpenApiParameter.PATH)],
    )
    def teams(self, request: Request, username: str) -> Response:
        asked = TeamsSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        principal = principal_of(request._request)  # noqa: SLF001 - DRF keeps the request it wraps there
        person = services.assign_teams(
            username=username, teams=asked.validated_data["teams"], assigned_by=principal.actor
        )
        return Response(PersonSerializer(person).data)
