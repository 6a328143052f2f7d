"""When points were stopped."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q

from contexts.calculation.messages import Stop, Stops, StopsOf
from contexts.calculation.models import HaltedPoint

# by then each process has heard that a point was freed, or does not trust any more what it has at hand
SECONDS_AT_HAND = 5.0


def stops_of(query: StopsOf) -> Stops:
    """The stops of these points that had not ended at a moment."""
    later = timedelta(seconds=SECONDS_AT_HAND)
    rows = HaltedPoint.objects.filter(
        Q(closed_at=None) | Q(closed_at__gt=query.since - later), point__in=query.points
    )
    return Stops(
        stops=tuple(
            Stop(it.point, it.halted_from, it.closed_at + later if it.closed_at else None)
            for it in rows
        )
    )
