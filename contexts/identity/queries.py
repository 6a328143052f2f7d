"""Reads of identity."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.db.models import Q, QuerySet

from contexts.identity.messages import Credential, Holders, Teams
from contexts.identity.models import ApiKey, User, presented
from contexts.identity.policies import letting
from shared_kernel.tenancy import current_tenant
from shared_kernel.tenancy.scope import across_tenants, tenant_scope

MOST_NAMED: Final = 500  # of whom nobody asked in particular


def credential_of(digest: str) -> Credential | None:
    """What the live key of this digest stands for; nothing when it is unknown, revoked or expired."""
    with across_tenants("a key names its tenant"), presented(digest):
        key = ApiKey.objects.filter(digest=digest).first()
    if key is None:
        return None
    with tenant_scope(key.tenant_id):
        if not key.is_live:
            return None
        return Credential(
            actor=key.actor,
            tenant=key.tenant_id,
            scopes=tuple(key.scopes),
            plan=key.plan,
            expires=key.expires_at.timestamp() if key.expires_at else None,
        )


def teams_of(actors: Iterable[str]) -> Teams:
    """The teams of those who may sign in to this tenant."""
    people = _colleagues().filter(username__in=_login_names(actors))
    return Teams(of={person.actor: tuple(person.teams) for person in people})


def holders_of(scope: str, among: Iterable[str] | None) -> Holders:
    """Those who may sign in to this tenant and hold the scope, by its own name or by a wider one."""
    held = Q(is_superuser=True)
    for it in letting(scope):
        held |= Q(scopes__contains=[it])
    people = _colleagues().filter(held).order_by("username")
    found = (
        people[:MOST_NAMED] if among is None else people.filter(username__in=_login_names(among))
    )
    return Holders(actors=tuple(person.actor for person in found))


def _colleagues() -> QuerySet[User]:
    people: QuerySet[User] = User.objects.filter(tenant_id=current_tenant(), is_active=True)
    return people


def _login_names(actors: Iterable[str]) -> list[str]:
    return [actor.partition(":")[2] for actor in actors if actor.startswith("user:")]
