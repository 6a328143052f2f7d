"""Which guard is missing in this process."""

from __future__ import annotations

import os
import time
from typing import Any
from uuid import UUID

from django.apps import AppConfig

LATE = 0.2


class Sabotaged(AppConfig):
    name = "tests.proofs.sabotaged"
    label = "sabotaged"

    def ready(self) -> None:
        {
            "claim": _every_claim_is_fresh,
            "manager": _managers_show_everybody,
            "transaction": _events_follow_the_commit,
            "inbox": _events_are_heard_anew,
            "cache": _caches_know_no_tenant,
            "replay": _replays_go_by_the_rules_of_today,
            "refusals": _refusals_are_the_library_s_own,
        }[os.environ["SABOTAGE"]]()


def _every_claim_is_fresh() -> None:
    from shared_kernel.eventlog import once
    from shared_kernel.ids import new_id

    claim = once.claim

    def fresh(*, key: str, name: str, content: bytes) -> once.Claim:
        return claim(key=f"{key}/{new_id()}", name=name, content=content)

    once.claim = fresh


def _managers_show_everybody() -> None:
    """But of releases: they are numbered by tenant, and the second tenant would never come to have one."""
    from django.db.models import Manager

    from shared_kernel.tenancy.models import TenantManager

    filtered = TenantManager.get_queryset

    def everybody(self: Any) -> Any:
        return (filtered if self.model.__name__ == "Release" else Manager.get_queryset)(self)

    TenantManager.get_queryset = everybody  # type: ignore[method-assign]


def _events_follow_the_commit() -> None:
    """Each event is written in a transaction of its own, a moment after that of its change."""
    from django.db import transaction

    from shared_kernel.eventlog import port
    from shared_kernel.tenancy.acts import prove_act

    write = port.write_events

    def afterwards(events: list[Any]) -> None:
        def later() -> None:
            time.sleep(LATE)
            with transaction.atomic():
                prove_act()
                write(events)

        transaction.on_commit(later)

    port.write_events = afterwards


def _events_are_heard_anew() -> None:
    """The constraint is gone, and nothing asks for it."""
    from shared_kernel.eventlog import receiving

    insert, _, _ = receiving._INBOX.partition("ON CONFLICT")
    receiving._INBOX = insert


def _caches_know_no_tenant() -> None:
    from shared_kernel.cache import TwoLevelCache

    get = TwoLevelCache.get

    def shared(self: Any, tenant: UUID, key: str, load: Any) -> Any:
        del tenant
        return get(self, UUID(int=0), key, load)

    TwoLevelCache.get = shared  # type: ignore[method-assign]


def _replays_go_by_the_rules_of_today() -> None:
    from contexts.calculation.queries import standing

    standing.recorded = lambda point, _fingerprint: standing.active(point)  # type: ignore[assignment]


def _refusals_are_the_library_s_own() -> None:
    from rest_framework.settings import api_settings
    from rest_framework.views import exception_handler

    api_settings.EXCEPTION_HANDLER = exception_handler
