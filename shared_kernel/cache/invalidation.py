"""Which caches an event makes stale, and telling them: in this process at the commit, in others by notification."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from uuid import UUID

Forget = Callable[[UUID], None]

_stale_after: dict[str, list[Forget]] = defaultdict(list)
_forget_everything: list[Callable[[], None]] = []


def on_event(name: str, forget: Forget) -> None:
    """After this event, `forget(tenant)`."""
    _stale_after[name].append(forget)


def on_doubt(forget_everything: Callable[[], None]) -> None:
    """When notifications may have been missed, forget everything."""
    _forget_everything.append(forget_everything)


def concerns(event: str) -> bool:
    return event in _stale_after


def invalidate(event: str, tenant: UUID) -> None:
    for forget in _stale_after.get(event, []):
        forget(tenant)


def forget_everything() -> None:
    for forget in _forget_everything:
        forget()
