"""Which contexts in other processes hear which events: durable, so that nothing is lost while they are away."""

from __future__ import annotations

from cachetools import TTLCache, cached
from django.conf import settings

from shared_kernel.eventlog.models import Subscription

SECONDS_REMEMBERED = 5


def subscribe(*, context: str, events: frozenset[str]) -> None:
    """From now on that context hears exactly these events."""
    Subscription.objects.filter(context=context).exclude(event__in=events).delete()
    Subscription.objects.bulk_create(
        [Subscription(context=context, event=event) for event in sorted(events)],
        ignore_conflicts=True,
    )


def contexts_elsewhere(event: str) -> frozenset[str]:
    """The contexts at known addresses elsewhere that subscribed to this event."""
    elsewhere = settings.TOPOLOGY.elsewhere
    return _by_event().get(event, frozenset()) if elsewhere else frozenset()


@cached(TTLCache(1, SECONDS_REMEMBERED))
def _by_event() -> dict[str, frozenset[str]]:
    elsewhere = settings.TOPOLOGY.elsewhere
    found: dict[str, set[str]] = {}
    for one in Subscription.objects.filter(context__in=list(elsewhere)):
        found.setdefault(one.event, set()).add(one.context)
    return {event: frozenset(contexts) for event, contexts in found.items()}
