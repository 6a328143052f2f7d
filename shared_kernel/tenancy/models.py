"""The registry of tenants, and the first fence: a default manager that knows whose rows these are."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from django.db import models

from shared_kernel.ids import new_id
from shared_kernel.tenancy.scope import current_tenant, is_across

M_co = TypeVar("M_co", bound=models.Model, covariant=True)


class TenantManager(models.Manager[M_co], Generic[M_co]):
    """Rows of the tenant in scope; without one, an error rather than everybody's rows."""

    def get_queryset(self) -> models.QuerySet[M_co]:
        rows = super().get_queryset()
        return rows if is_across() else rows.filter(tenant_id=current_tenant())

    def none(self) -> models.QuerySet[M_co]:
        """No rows at all, which is safe to ask for without a tenant."""
        return super().get_queryset().none()


class TenantModel(models.Model):
    """A row that belongs to one tenant, under a time-ordered id."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant_id = models.UUIDField(default=current_tenant, editable=False)

    objects: TenantManager[Any] = TenantManager()

    class Meta:
        abstract = True


class Tenant(models.Model):
    """One shop, brand or company whose rules and prices are its own."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    slug = models.SlugField(unique=True, max_length=63)
    name = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name
