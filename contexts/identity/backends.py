"""Signing in to the admin, behind the tenants' fence."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from contexts.identity.events import SignedIn, SignedOut
from contexts.identity.models import User, presented
from shared_kernel import bus, clock
from shared_kernel.tenancy.scope import tenant_scope


class TenantBackend(ModelBackend):
    """Django's own check of the password; the row shows itself to whoever presents its name or id."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> User | None:
        with presented(username or ""):
            return super().authenticate(request, username, password, **kwargs)

    def get_user(self, user_id: Any) -> User | None:
        with presented(UUID(str(user_id))):
            user = super().get_user(user_id)
            return user if isinstance(user, User) else None


def note_sign_in(sender: Any, user: User, **facts: Any) -> None:
    """Keep when somebody last signed in, inside their tenant's scope, and tell it."""
    del sender, facts
    with tenant_scope(user.tenant_id), bus.unit_of_work():
        User.objects.filter(id=user.id).update(last_login=clock.now())
        bus.publish(SignedIn(user_id=user.id, username=user.username))


def note_sign_out(sender: Any, user: User | None, **facts: Any) -> None:
    """Tell that somebody signed out; a session that was over already is nobody's."""
    del sender, facts
    if user is None:
        return
    with tenant_scope(user.tenant_id), bus.unit_of_work():
        bus.publish(SignedOut(user_id=user.id, username=user.username))
