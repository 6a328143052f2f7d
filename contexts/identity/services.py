"""Use cases of identity."""

from __future__ import annotations

import secrets
from uuid import UUID

from contexts.identity.events import ApiKeyIssued, ApiKeyRevoked
from contexts.identity.models import ApiKey, User
from shared_kernel import bus, clock
from shared_kernel.errors import NotFound
from shared_kernel.tenancy.models import Tenant
from shared_kernel.tenancy.scope import tenant_scope


def found_tenant(*, tenant_id: UUID, slug: str, name: str) -> Tenant:
    """Open the books of a new tenant, or find them open."""
    with tenant_scope(tenant_id), bus.unit_of_work():
        tenant, _ = Tenant.objects.get_or_create(
            id=tenant_id, defaults={"slug": slug, "name": name}
        )
    return tenant


def register_user(
    *, username: str, scopes: list[str], full_name: str = "", password: str | None = None
) -> tuple[User, str]:
    """Somebody who may sign in to the admin; an existing user gets a fresh password. Both, the password in clear."""
    password = password or secrets.token_urlsafe(12)
    first, _, last = full_name.partition(" ")
    with bus.unit_of_work():
        user = User.objects.filter(username=username).first() or User(username=username)
        user.first_name, user.last_name = first, last
        user.is_staff, user.scopes = True, scopes
        user.set_password(password)
        user.save()
    return user, password


def issue_api_key(
    *, name: str, scopes: list[str], owner: User | None = None, plan: str = "default"
) -> tuple[ApiKey, str]:
    """A new key and its secret, to be shown once."""
    with bus.unit_of_work():
        key, secret = ApiKey.issue(name=name, scopes=scopes, owner=owner, plan=plan)
        bus.publish(ApiKeyIssued(key_id=key.id, prefix=key.prefix, scopes=tuple(scopes)))
    return key, secret


def revoke_api_key(*, key_id: UUID) -> ApiKey:
    """
    Make a key worthless, everywhere within a second.

    Raises:
        NotFound: this tenant has no such key.

    """
    with bus.unit_of_work():
        keys = ApiKey.objects.select_for_update(of=("self",))
        key: ApiKey | None = keys.filter(id=key_id).first()
        if key is None:
            raise NotFound(what="API key", id=key_id)
        if key.revoked_at is None:
            key.revoked_at = clock.now()
            key.save(update_fields=["revoked_at"])
            bus.publish(ApiKeyRevoked(key_id=key.id, prefix=key.prefix))
    return key
