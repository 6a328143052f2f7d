"""Proving a credential: an API key anywhere, a browser's session where identity lives."""

from __future__ import annotations

import hashlib
from uuid import UUID

import msgspec
from django.http import HttpRequest

from contexts.identity.events import ApiKeyRevoked
from contexts.identity.messages import Credential, VerifyApiKey
from shared_kernel import bus, clock
from shared_kernel.api.principals import CredentialRefused, Principal
from shared_kernel.cache import TwoLevelCache, invalidation

NO_TENANT = UUID(int=0)

_credentials: TwoLevelCache[Credential | None] = TwoLevelCache(
    "credentials",
    stale_after=(),
    encode=msgspec.json.encode,
    decode=lambda data: msgspec.json.decode(data, type=Credential | None),
    seconds_here=5.0,
    seconds_in_redis=30,
)
# a digest is looked up before its tenant is known, so all of them are kept, and forgotten, together
invalidation.on_event(ApiKeyRevoked.name, lambda _tenant: _credentials.forget(NO_TENANT))


def by_api_key(request: HttpRequest) -> Principal | None:
    """
    The principal of `Authorization: Bearer vk_…`.

    Raises:
        CredentialRefused: there is such a header, but no live key behind it.

    """
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not secret:
        return None
    digest = hashlib.sha256(secret.strip().encode("utf-8", "surrogateescape")).hexdigest()
    found = _credentials.get(NO_TENANT, digest, lambda: bus.ask(VerifyApiKey(digest=digest)))
    if found is None or (found.expires is not None and found.expires <= clock.now().timestamp()):
        raise CredentialRefused
    return Principal(
        actor=found.actor,
        tenant=found.tenant,
        scopes=frozenset(found.scopes),
        plan=found.plan,
    )


def by_session(request: HttpRequest) -> Principal | None:
    """The principal of somebody signed in to the admin."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return None
    return Principal(
        actor=user.actor,
        tenant=user.tenant_id,
        scopes=user.held_scopes(),
        plan="premium",
        by_session=True,
    )
