"""The tenant in scope. It comes from a credential or a message's envelope, never from a body."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

ACROSS = "*"

_scope: ContextVar[UUID | str | None] = ContextVar("tenant", default=None)


class NoTenantInScope(RuntimeError):
    """Tenant data was touched without a tenant: wrap the work in `tenant_scope(tenant_id)`."""


def current_tenant() -> UUID:
    """The tenant whose work this is."""
    tenant = _scope.get()
    if isinstance(tenant, UUID):
        return tenant
    raise NoTenantInScope(NoTenantInScope.__doc__)


def tenant_or_none() -> UUID | None:
    tenant = _scope.get()
    return tenant if isinstance(tenant, UUID) else None


def is_across() -> bool:
    return _scope.get() == ACROSS


def database_scope() -> str:
    """What the database session is told: a tenant's id, `*` for named work across tenants, or nothing."""
    tenant = _scope.get()
    return "" if tenant is None else str(tenant)


@contextmanager
def tenant_scope(tenant: UUID) -> Iterator[None]:
    """Everything inside is that tenant's work."""
    token = _scope.set(tenant)
    try:
        yield
    finally:
        _scope.reset(token)


@contextmanager
def across_tenants(why: str) -> Iterator[None]:
    """
    Work lists of all tenants become visible, and nothing else does.

    `why` is written where the work stands, so that a reader finds each such place by name.
    """
    if not why:
        raise ValueError("work across tenants says why")
    token = _scope.set(ACROSS)
    try:
        yield
    finally:
        _scope.reset(token)
