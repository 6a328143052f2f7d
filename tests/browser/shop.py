"""
Opens shops of the tests' own in a running house, and employs people there, as the application's role.

It reads a line of JSON for each: `{}` opens a shop, `{"tenant", "name"}` employs somebody.
"""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING
from uuid import UUID

import django
from django.conf import settings
from django.contrib import auth

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser

WRITES = ["rules:read", "rules:write", "rules:approve", "rules:release", "evaluation:*"]
APPROVES = [
    "rules:read", "rules:approve", "rules:activate", "evaluation:*", "eventlog:*", "audit:read",
]  # fmt: skip
KEEPS_KEYS = ["rules:read", "rules:approve", "evaluation:*", "identity:*"]
PEOPLE = {
    "anna": WRITES,
    "olga": WRITES,
    "ben": APPROVES,
    "carl": APPROVES,
    "dora": KEEPS_KEYS,
    "keeper": ["rules:read", "rules:approve", "evaluation:read"],
    "zoe": ["rules:read", "rules:govern", "rules:approve"],
    "nobody": ["evaluation:read"],
}


def open_shop() -> dict[str, object]:
    """A tenant, and the key of its till."""
    from contexts.identity import services
    from shared_kernel.ids import new_id
    from shared_kernel.tenancy import tenant_scope

    tenant = new_id()
    services.found_tenant(tenant_id=tenant, slug=f"shop-{tenant.hex[-12:]}", name="Browser shop")
    with tenant_scope(tenant):
        _, till = services.issue_api_key(name="Till", scopes=["evaluation:write"], plan="internal")
    return {"tenant": str(tenant), "till": till}


def employ(tenant: UUID, name: str) -> dict[str, object]:
    """Somebody of a shop, with a key, and signed in already: a password that nobody types is not stretched."""
    from contexts.identity import services
    from shared_kernel.tenancy import tenant_scope

    scopes = PEOPLE[name]
    with tenant_scope(tenant):
        user, _ = services.register_user(
            username=f"{name}-{tenant.hex[-8:]}", full_name=name.title(), scopes=scopes
        )
        _, key = services.issue_api_key(name=f"{name}'s key", scopes=scopes, owner=user)
        session = session_of(user)
    return {"login": user.username, "session": session, "key": key, "actor": user.actor}


def session_of(user: AbstractBaseUser) -> str:
    """The key of a session in which somebody is signed in, as the login page would have begun it."""
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[auth.SESSION_KEY] = str(user.pk)
    session[auth.BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[auth.HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return str(session.session_key)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    for line in sys.stdin:
        wanted = json.loads(line)
        made = employ(UUID(wanted["tenant"]), wanted["name"]) if wanted else open_shop()
        print(json.dumps(made), flush=True)
