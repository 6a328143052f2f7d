"""`manage.py open_shop`: the sample shop's tenant and people, with fresh credentials, printed once as JSON."""

import json
from typing import Any
from uuid import NAMESPACE_DNS, uuid5

from django.core.management.base import BaseCommand

from contexts.identity import services
from contexts.identity.models import ApiKey, User
from shared_kernel.errors import NotFound
from shared_kernel.tenancy import tenant_scope

WRITES = [
    "rules:read",
    "rules:write",
    "rules:approve",
    "rules:release",
    "evaluation:*",
    "calculator:*",
]
APPROVES = [
    "rules:read",
    "rules:approve",
    "rules:activate",
    "evaluation:*",
    "eventlog:*",
    "audit:read",
    "identity:*",
]
PRICES = ["evaluation:*", "calculator:read", "calculator:calculate"]


class Command(BaseCommand):
    help = "Make sure that the sample shop exists and give its people fresh credentials."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--slug", default="garden-gate")
        parser.add_argument("--name", default="Garden Gate")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = uuid5(NAMESPACE_DNS, f"{options['slug']}.verdict.example")
        services.found_tenant(tenant_id=tenant, slug=options["slug"], name=options["name"])
        with tenant_scope(tenant):
            for old in ApiKey.objects.filter(revoked_at=None):
                services.revoke_api_key(key_id=old.id)
            anna, anna_password = _person("anna", "Anna Merchant", WRITES)
            ben, ben_password = _person("ben", "Ben Controller", APPROVES)
            keys = {
                "anna": services.issue_api_key(name="Anna's key", scopes=WRITES, owner=anna)[1],
                "ben": services.issue_api_key(name="Ben's key", scopes=APPROVES, owner=ben)[1],
                "storefront": services.issue_api_key(
                    name="Storefront", scopes=PRICES, plan="internal"
                )[1],
            }
        passwords = {"anna": anna_password, "ben": ben_password}
        self.stdout.write(json.dumps({"tenant": str(tenant), "keys": keys, "passwords": passwords}))


def _person(username: str, full_name: str, scopes: list[str]) -> tuple[User, str]:
    """One of the shop's people with a fresh password, whether the shop was open before or not."""
    try:
        return services.renew_password(username=username)
    except NotFound:
        return services.register_user(username=username, full_name=full_name, scopes=scopes)
