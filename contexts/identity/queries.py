"""Reads of identity."""

from __future__ import annotations

from contexts.identity.messages import Credential
from contexts.identity.models import ApiKey, presented
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
