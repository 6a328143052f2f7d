"""Who is asking: one interface between the API and whatever proves identity."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.http import HttpRequest
from django.utils.module_loading import import_string

from shared_kernel.errors import DomainError


class Principal(msgspec.Struct, frozen=True):
    """
    Somebody whose credential was proven, the tenant it belongs to and what it may do.

    `actor` names a person wherever one stands behind the credential, so that a key and its owner are the same.
    """

    actor: str
    tenant: UUID
    scopes: frozenset[str]
    plan: str = "default"
    by_session: bool = False
    is_authenticated: bool = True

    @property
    def pk(self) -> str:
        return self.actor

    def may(self, scope: str) -> bool:
        context = scope.partition(":")[0]
        return bool(self.scopes & {scope, f"{context}:*", "*"})


Authenticator = Callable[[HttpRequest], Principal | None]


class CredentialRefused(DomainError):
    """The credential is not valid."""

    code = "kernel.credential-refused"
    status = HTTPStatus.UNAUTHORIZED
    sentence = "The credential is unknown, revoked or expired; send `Authorization: Bearer` with a live API key."


class CredentialMissing(DomainError):
    """This needs a credential."""

    code = "kernel.credential-missing"
    status = HTTPStatus.UNAUTHORIZED
    sentence = "Send `Authorization: Bearer` followed by an API key."


class ScopeMissing(DomainError):
    """The credential is good, but not for this."""

    code = "kernel.scope-missing"
    status = HTTPStatus.FORBIDDEN
    sentence = "This needs the scope {scope}; ask an administrator of your tenant for it."


def authenticate(request: HttpRequest) -> Principal | None:
    """The principal behind a request, by the first of `API_AUTHENTICATORS` that recognises its credential."""
    for path in settings.API_AUTHENTICATORS:
        authenticator: Authenticator = import_string(path)
        principal = authenticator(request)
        if principal is not None:
            return principal
    return None


def principal_of(request: Any) -> Principal:
    """The principal of a request that has passed the middleware."""
    principal: Principal | None = getattr(request, "principal", None)
    if principal is None:
        raise CredentialMissing
    return principal
