"""
What is active when: what was, from the versions; what is; what roll-outs try; and what is to come, from windows and the calendar.

What this cannot do: tell of pauses that are over, or of a version that was off and on again; the audit trail has those.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Max, Min, Q

from contexts.rules.errors import UnreadableWindow
from contexts.rules.models import PointStop, RuleVersion, Status
from contexts.rules.policies import EARLIEST, LATEST
from contexts.rules.queries.trials import steps_between
from shared_kernel import clock

MOST_DAYS = 400
MOST_SPANS = 1000
SHOWN = (Status.ACTIVE, Status.PAUSED, Status.RETIRED, Status.SCHEDULED)


@dataclass(frozen=True, slots=True)
class Span:
    """A time in which a version decides, is tried on so many of a hundred, was paused, or is to decide; an end of None is open."""

    version: RuleVersion
    standing: str
    starts_at: datetime
    ends_at: datetime | None
    percent: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Calendar:
    """Spans by rule, the oldest rule first, and the stops of points, within a time; `more` were left out."""

    starts_at: datetime
    ends_at: datetime
    rules: tuple[tuple[Span, ...], ...]
    stops: tuple[PointStop, ...]
    more: bool


def demand_shown(moment: datetime, pointer: str) -> None:
    """
    Refuse a moment beyond the years of a calendar.

    Raises:
        UnreadableWindow.

    """
    if not EARLIEST <= moment <= LATEST:
        raise UnreadableWindow(
            fault=f"A calendar shows the years {EARLIEST.year} to {LATEST.year}; ask for another time.",
            pointers=(pointer,),
        )


def calendar(starts_at: datetime, ends_at: datetime) -> Calendar:
    """
    What is active from a moment until just before another.

    Raises:
        UnreadableWindow: it ends before it starts, is longer than 400 days, or lies in no year that is shown.

    """
    demand_shown(starts_at, "query:from")
    demand_shown(ends_at, "query:to")
    if not starts_at < ends_at <= starts_at + timedelta(days=MOST_DAYS):
        raise UnreadableWindow(
            fault=f"A calendar ends after it starts, and shows at most {MOST_DAYS} days.",
            pointers=("query:to",),
        )
    now = clock.now()
    begun = Q(activated_at__lt=ends_at) | Q(status=Status.SCHEDULED, starts_at__lt=ends_at)
    over = Q(retired_at__lte=starts_at) | Q(status=Status.SCHEDULED, ends_at__lte=starts_at)
    versions = (
        RuleVersion.objects.select_related("rule")
        .filter(begun, status__in=SHOWN)
        .exclude(over)
        .order_by("rule_id", "number")[: MOST_SPANS + 1]
    )
    by_rule: dict[object, list[Span]] = defaultdict(list)
    listed = list(versions)
    for version in listed[:MOST_SPANS]:
        by_rule[version.rule_id] += [
            it
            for it in spans_of(version, now)
            if it.starts_at < ends_at and (it.ends_at is None or it.ends_at > starts_at)
        ]
    tried, more_tried = steps_between(starts_at, ends_at)
    for version, percent, begun_at, over_at in tried:
        by_rule[version.rule_id].append(Span(version, "tried", begun_at, over_at, percent))
    stops = PointStop.objects.filter(stopped_at__lt=ends_at).exclude(lifted_at__lte=starts_at)
    return Calendar(
        starts_at=starts_at,
        ends_at=ends_at,
        rules=tuple(
            tuple(sorted(by_rule[rule], key=lambda it: (it.version.number, it.starts_at)))
            for rule in sorted(by_rule, key=str)
            if by_rule[rule]
        ),
        stops=tuple(stops.order_by("stopped_at")),
        more=len(listed) > MOST_SPANS or more_tried,
    )


def spans_of(version: RuleVersion, now: datetime) -> list[Span]:
    """The times of one version: of a paused one until it was paused, and from then on."""
    if version.status == Status.SCHEDULED and version.starts_at is not None:
        return [Span(version, "scheduled", version.starts_at, version.ends_at)]
    begun = version.activated_at
    if begun is None:
        return []
    if version.status == Status.RETIRED:
        return [Span(version, "retired", begun, version.retired_at or now)]
    if version.status == Status.PAUSED and version.standing_since is not None:
        return [
            Span(version, "active", begun, version.standing_since),
            Span(version, "paused", version.standing_since, version.ends_at),
        ]
    return [Span(version, "active", begun, version.ends_at)]


def next_change(after: datetime) -> datetime | None:
    """When the next version begins or ends, or a point is stopped, from a moment on."""
    return min(_changes("gte", after, Min), default=None)


def last_change(before: datetime) -> datetime | None:
    """When a version last began or ended, or a point was stopped, before a moment."""
    return max(_changes("lt", before, Max), default=None)


def _changes(bound: str, moment: datetime, chosen: type[Min | Max]) -> Iterator[datetime]:
    """Of each kind of change on one side of a moment the one that is chosen."""
    versions = RuleVersion.objects.filter(status__in=SHOWN)
    kinds = (
        (versions, "activated_at"),
        (versions.filter(status=Status.RETIRED), "retired_at"),
        (versions.filter(status=Status.SCHEDULED), "starts_at"),
        (versions.exclude(status=Status.RETIRED), "ends_at"),
        (PointStop.objects.all(), "stopped_at"),
        (PointStop.objects.all(), "lifted_at"),
    )
    for rows, field in kinds:
        found = rows.filter(**{f"{field}__{bound}": moment}).aggregate(it=chosen(field))["it"]
        if found is not None:
            yield found
