"""Reads of identity."""

from __future__ import annotations

from collections.abc import Iterable

from contexts.identity.messages import Credential, Teams
from contexts.identity.models import ApiKey, User, presented
from shared_kernel.tenancy import current_tenant
from shared_kernel.tenancy.scope import across_tenants, tenant_scope


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
    names = [actor.partition(":")[2] for actor in actors if actor.startswith("user:")]
    people = User.objects.filter(tenant_id=current_tenant(), username__in=names, is_active=True)
    return Teams(of={person.actor: tuple(person.teams) for person in people})
