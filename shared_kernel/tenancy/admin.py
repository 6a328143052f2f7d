"""The page of the tenant: whoever is signed in sees their own, and no other."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from shared_kernel.admin import ReadOnlyAdmin
from shared_kernel.tenancy.models import Tenant
from shared_kernel.tenancy.scope import current_tenant


@admin.register(Tenant)
class TenantAdmin(ReadOnlyAdmin):
    read_scope = "identity:read"
    list_display: ClassVar = ["name", "slug", "created_at"]
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        queryset: QuerySet[Any] = super().get_queryset(request)
        return queryset.filter(id=current_tenant())
