"""Whose data this is: the tenant in scope, kept from the credential down to the row."""

from shared_kernel.tenancy.fences import append_only, fence, worklist_fence
from shared_kernel.tenancy.scope import (
    ACROSS,
    NoTenantInScope,
    across_tenants,
    current_tenant,
    database_scope,
    tenant_scope,
)

__all__ = [
    "ACROSS",
    "NoTenantInScope",
    "across_tenants",
    "append_only",
    "current_tenant",
    "database_scope",
    "fence",
    "tenant_scope",
    "worklist_fence",
]
