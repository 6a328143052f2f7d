"""Use cases of identity."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Protocol
from uuid import UUID

from django.db import IntegrityError

from contexts.identity.errors import LoginNameTaken, OnlyPeopleApprove, OwnTeams, ScopeNotHeld
from contexts.identity.events import (
    ApiKeyIssued,
    ApiKeyRevoked,
    PasswordRenewed,
    TeamsAssigned,
    UserRegistered,
)
from contexts.identity.models import ApiKey, User
from contexts.identity.policies import approving
from shared_kernel import bus, clock
from shared_kernel.errors import NotFound
from shared_kernel.tenancy import current_tenant
from shared_kernel.tenancy.models import Tenant
from shared_kernel.tenancy.scope import tenant_scope


class Giver(Protocol):
    """Whoever gives scopes."""

    def may(self, scope: str) -> bool:
        """Whether they hold the scope."""
        ...


def found_tenant(*, tenant_id: UUID, slug: str, name: str) -> Tenant:
    """Open the books of a new tenant, or find them open."""
    with tenant_scope(tenant_id), bus.act():
        tenant, _ = Tenant.objects.get_or_create(
            id=tenant_id, defaults={"slug": slug, "name": name}
        )
    return tenant


def register_user(
    *,
    username: str,
    scopes: list[str],
    full_name: str = "",
    password: str | None = None,
    giver: Giver | None = None,
) -> tuple[User, str]:
    """
    Somebody who may sign in to the admin, and their first password in clear, to be shown once.

    `giver` gives the scopes and must hold them; without one the installation itself does.

    Raises:
        LoginNameTaken; ScopeNotHeld.

    """
    _demand_held(scopes, giver)
    password = password or _new_password()
    first, _, last = full_name.partition(" ")
    user = User(username=username, first_name=first, last_name=last, is_staff=True, scopes=scopes)
    user.set_password(password)
    try:
        with bus.act():
            user.save(force_insert=True)
            bus.publish(UserRegistered(user_id=user.id, username=username, scopes=tuple(scopes)))
    except IntegrityError as conflict:
        # names are unique across tenants, so that one form signs everybody in
        raise LoginNameTaken(username=username, pointers=("/username",)) from conflict
    return user, password


def renew_password(*, username: str) -> tuple[User, str]:
    """
    A fresh password, in clear, to be shown once; the old one is worth nothing from now on.

    Raises:
        NotFound: nobody of this tenant signs in under that name.

    """
    password = _new_password()
    with bus.act():
        people = User.objects.filter(tenant_id=current_tenant(), username=username)
        user: User | None = people.select_for_update().first()
        if user is None:
            raise NotFound(what="colleague", id=username)
        user.set_password(password)
        user.save(update_fields=["password"])
        bus.publish(PasswordRenewed(user_id=user.id, username=username))
    return user, password


def assign_teams(*, username: str, teams: Iterable[str], assigned_by: str = "") -> User:
    """
    Put somebody into these teams, and out of all others.

    Raises:
        OwnTeams: `assigned_by` is that person, or a key that is nobody's; NotFound: nobody of this tenant signs in
            under that name.

    """
    if assigned_by == f"user:{username}" or assigned_by.startswith("key:"):
        raise OwnTeams  # whoever made a key that is nobody's could speak for themselves through it
    wanted = sorted({team.strip().lower() for team in teams if team.strip()})
    with bus.act():
        people = User.objects.filter(tenant_id=current_tenant(), username=username)
        user: User | None = people.select_for_update().first()
        if user is None:
            raise NotFound(what="colleague", id=username)
        user.teams = wanted
        user.save(update_fields=["teams"])
        bus.publish(TeamsAssigned(user_id=user.id, username=username, teams=tuple(wanted)))
    return user


def issue_api_key(
    *,
    name: str,
    scopes: list[str],
    owner: User | None = None,
    plan: str = "default",
    giver: Giver | None = None,
) -> tuple[ApiKey, str]:
    """
    A new key and its secret, to be shown once. It acts in its owner's name, else in its own.

    `giver` gives the scopes and must hold them; without one the installation itself does.

    Raises:
        OnlyPeopleApprove: it would approve and nobody owns it; ScopeNotHeld.

    """
    _demand_held(scopes, giver)
    if owner is None and (scope := approving(scopes)):
        raise OnlyPeopleApprove(scope=scope, pointers=("/scopes",))
    with bus.act():
        key, secret = ApiKey.issue(name=name, scopes=scopes, owner=owner, plan=plan)
        bus.publish(ApiKeyIssued(key_id=key.id, prefix=key.prefix, scopes=tuple(scopes)))
    return key, secret


def revoke_api_key(*, key_id: UUID) -> ApiKey:
    """
    Make a key worthless, everywhere within a second.

    Raises:
        NotFound: this tenant has no such key.

    """
    with bus.act():
        keys = ApiKey.objects.select_for_update(of=("self",))
        key: ApiKey | None = keys.filter(id=key_id).first()
        if key is None:
            raise NotFound(what="API key", id=key_id)
        if key.revoked_at is None:
            key.revoked_at = clock.now()
            key.save(update_fields=["revoked_at"])
            bus.publish(ApiKeyRevoked(key_id=key.id, prefix=key.prefix))
    return key


def _demand_held(scopes: list[str], giver: Giver | None) -> None:
    missing = next((it for it in scopes if giver is not None and not giver.may(it)), None)
    if missing:
        raise ScopeNotHeld(scope=missing, pointers=("/scopes",))


def _new_password() -> str:
    return secrets.token_urlsafe(12)
