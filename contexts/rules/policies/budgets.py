"""
How a budget burns down: what is left day by day, and when it is used up if it goes on like the last week.

Pure functions of figures and moments; days are those of UTC. What this cannot do: seasons, weekdays, or anything but a
straight line through the last whole days.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

DAY = timedelta(days=1)
LOOKS_BACK = timedelta(days=7)
THRESHOLDS = (80, 100)
HUNDRED = 100


@dataclass(frozen=True, slots=True)
class BurnDown:
    """
    Minor units: what was given in all, what is left at the end of each day, and what a day costs lately.

    `per_day` is nothing before a whole day is over, and after the budget's end. `used_up_on` is the day on which nothing
    was left, or on which nothing will be; none if it lasts.
    """

    used: int
    left: tuple[tuple[date, int], ...]
    per_day: float | None
    used_up_on: date | None

    @property
    def over(self) -> bool:
        """Nothing is left."""
        return bool(self.left) and self.left[-1][1] <= 0


def burn_down(
    *,
    amount: int,
    starts_at: datetime,
    counted_until: datetime,
    given: Mapping[date, int],
    now: datetime,
) -> BurnDown:
    """What became of a budget so far; `given` says what was given on which day of its time."""
    left, remaining, gone_on = [], amount, None
    seen = min(now, counted_until - timedelta.resolution)  # midnight ends the day before
    for day in _days(starts_at, seen) if seen >= starts_at else ():
        remaining -= given.get(day, 0)
        left.append((day, remaining))
        if gone_on is None and remaining <= 0:
            gone_on = day
    per_day = _per_day(starts_at, counted_until, given, now)
    if gone_on is None and per_day is not None and per_day > 0:
        will_be = now + min(remaining / per_day, 10_000) * DAY
        gone_on = will_be.astimezone(UTC).date() if will_be < counted_until else None
    return BurnDown(amount - remaining, tuple(left), per_day, gone_on)


def percent_used(used: int, amount: int) -> int:
    """Of an amount, rounded down: 79.9 percent are not 80. What was taken back altogether is 0."""
    return max(used, 0) * HUNDRED // amount


def threshold(percent: int) -> int:
    """The highest share that is to be told, of those reached; 0 if none is."""
    return max((it for it in THRESHOLDS if percent >= it), default=0)


def _days(starts_at: datetime, until: datetime) -> list[date]:
    first, last = starts_at.astimezone(UTC).date(), until.astimezone(UTC).date()
    return [first + it * DAY for it in range((last - first).days + 1)]


def _per_day(
    starts_at: datetime, counted_until: datetime, given: Mapping[date, int], now: datetime
) -> float | None:
    """What was given a day in the last seven whole days, or in as many as there were; the first may be a part of one."""
    today = datetime.combine(now.astimezone(UTC).date(), time(), UTC)
    since = max(starts_at, today - LOOKS_BACK)
    if now >= counted_until or today - since < DAY:
        return None
    days = _days(since, today - DAY)
    return sum(given.get(it, 0) for it in days) / ((today - since) / DAY)
