"""Opens shops of the tests' own in a running house, one for each line that it reads, as the application's role."""

from __future__ import annotations

import json
import os
import sys

import django

WRITES = ["rules:read", "rules:write", "rules:approve", "rules:release", "evaluation:*"]
APPROVES = [
    "rules:read", "rules:approve", "rules:activate", "evaluation:*", "eventlog:*", "audit:read",
]  # fmt: skip
KEEPS_KEYS = ["rules:read", "rules:approve", "evaluation:*", "identity:*"]
PEOPLE = {
    "anna": WRITES,
    "ben": APPROVES,
    "carl": APPROVES,
    "dora": KEEPS_KEYS,
    "keeper": ["rules:read", "rules:approve", "evaluation:read"],
    "zoe": ["rules:read", "rules:govern", "rules:approve"],
    "nobody": ["evaluation:read"],
}


def open_shop() -> dict[str, object]:
    """A tenant with its people: their passwords and keys, told once."""
    from contexts.identity import services
    from shared_kernel.ids import new_id
    from shared_kernel.tenancy import tenant_scope

    tenant = new_id()
    services.found_tenant(tenant_id=tenant, slug=f"shop-{tenant.hex[-12:]}", name="Browser shop")
    people = {}
    with tenant_scope(tenant):
        for name, scopes in PEOPLE.items():
            login = f"{name}-{tenant.hex[-8:]}"
            user, password = services.register_user(
                username=login, full_name=name.title(), scopes=scopes
            )
            _, key = services.issue_api_key(name=f"{name}'s key", scopes=scopes, owner=user)
            people[name] = {"login": login, "password": password, "key": key, "actor": user.actor}
        _, till = services.issue_api_key(name="Till", scopes=["evaluation:write"], plan="internal")
    return {"tenant": str(tenant), "people": people, "till": till}


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    for _ in sys.stdin:
        print(json.dumps(open_shop()), flush=True)
