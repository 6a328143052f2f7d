"""Which contexts in other processes hear which events: durable, so that nothing is lost while they are away."""

from __future__ import annotations

from django.conf import settings

from shared_kernel.eventlog.models import Subscription

# no event has this name: the row says that a context told what it hears, be it nothing
INTRODUCED = ""


def subscribe(*, context: str, events: frozenset[str]) -> None:
    """From now on that context hears exactly these events."""
    wanted = events | {INTRODUCED}
    Subscription.objects.filter(context=context).exclude(event__in=wanted).delete()
    Subscription.objects.bulk_create(
        [Subscription(context=context, event=event) for event in sorted(wanted)],
        ignore_conflicts=True,
    )


def contexts_elsewhere(event: str) -> frozenset[str]:
    """
    The contexts at known addresses elsewhere that subscribed to this event.

    It is read in the transaction that tells the event: remembered, a subscription just made would lose it.
    """
    return _who_said(event) if settings.TOPOLOGY.elsewhere else frozenset()


def acquaintance() -> str:
    """`ok` once every context elsewhere told what it hears: an event before that would be lost to it."""
    elsewhere = frozenset(settings.TOPOLOGY.elsewhere)
    strangers = elsewhere - _who_said(INTRODUCED) if elsewhere else elsewhere
    return f"{', '.join(sorted(strangers))} not heard from yet" if strangers else "ok"


def _who_said(event: str) -> frozenset[str]:
    subscribed = Subscription.objects.filter(
        event=event, context__in=list(settings.TOPOLOGY.elsewhere)
    )
    return frozenset(subscribed.values_list("context", flat=True))
