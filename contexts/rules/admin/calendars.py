"""The calendar: bars by rule, made here as positions in per cent, with the same as a table beside them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from contexts.rules.admin import words
from contexts.rules.policies.rollouts import said as share_said
from contexts.rules.queries import calendar as calendars
from contexts.rules.queries import trials
from shared_kernel import clock
from shared_kernel.admin import demand

LENGTHS: Final = {"week": 7, "month": 28, "quarter": 91}
STANDINGS: Final = {
    "active": "Active", "tried": "Tried by a roll-out", "paused": "Paused", "retired": "Was active",
    "scheduled": "To come",
}  # fmt: skip
LEAST = 0.6  # per cent: what lasted a moment can be seen


def calendar_page(request: HttpRequest, model_admin: Any) -> HttpResponse:
    """What is active in a week, four weeks or a quarter, in the house's time zone."""
    demand(request, "rules:read")
    zone = ZoneInfo(timezone.get_current_timezone_name())
    length = request.GET.get("length", "month")
    length = length if length in LENGTHS else "month"
    today = clock.now().astimezone(zone).date()
    around = today if length == "week" else today - timedelta(days=7)
    first = _monday(_day(request.GET.get("from", "")) or around)
    last = first + timedelta(days=LENGTHS[length])
    starts, ends = _midnight(first, zone), _midnight(last, zone)
    found = calendars.calendar(starts, ends)
    kept = None if first <= today < last else first
    scale = _Scale(starts, ends)
    context = {
        "title": "Calendar",
        "first": first,
        "last": last - timedelta(days=1),
        "zone": timezone.get_current_timezone_name(),
        "length": length,
        "lengths": [
            {"name": it, "address": _address(it, kept), "chosen": it == length} for it in LENGTHS
        ],
        "before": _address(length, first - timedelta(days=LENGTHS[length])),
        "after": _address(length, last),
        "today": _address(length, None),
        "ticks": _ticks(first, last, scale, zone),
        "now": scale.at(clock.now()) if starts <= clock.now() < ends else None,
        "rows": [_row(spans, scale) for spans in found.rules],
        "stops": [_stop(it, scale) for it in found.stops],
        "elsewhere": [] if found.rules or found.stops else _elsewhere(starts, ends, zone, length),
        "more": found.more,
        "most": calendars.MOST_SPANS,
        "most_tried": trials.MOST,
        "standings": STANDINGS,
    }
    page: HttpResponse = model_admin.page(request, "rules/calendar.html", context)
    return page


class _Scale:
    """Where a moment stands between two others, in per cent."""

    def __init__(self, starts: datetime, ends: datetime) -> None:
        self.starts, self.ends = starts, ends
        self._all = (ends - starts).total_seconds()

    def at(self, moment: datetime) -> float:
        part = 100 * (moment - self.starts).total_seconds() / self._all
        return round(min(max(part, 0.0), 100.0), 3)

    def bar(self, starts: datetime, ends: datetime | None) -> dict[str, Any]:
        """Where a time stands, and whether it goes on beyond either end."""
        left = self.at(starts)
        right = self.at(ends) if ends is not None else 100.0
        return {
            "left": min(left, 100 - LEAST),
            "width": max(right - left, LEAST),
            "from_before": starts < self.starts,
            "goes_on": ends is None or ends > self.ends,
        }


def _row(spans: tuple[calendars.Span, ...], scale: _Scale) -> dict[str, Any]:
    newest = spans[-1].version
    now = clock.now()
    return {
        "has_two_lanes": len({it.standing == "tried" for it in spans}) > 1,
        "name": newest.name,
        "slug": newest.rule.slug,
        "rule_id": newest.rule_id,
        "point": words.title_of(newest.rule.point),
        "spans": [
            {
                "of": it,
                "said": _said(it),
                "share": share_said(it.percent) if it.percent is not None else "",
                "is_past": it.ends_at is not None and it.ends_at <= now,
                "bar": scale.bar(it.starts_at, it.ends_at),
            }
            for it in spans
        ],
    }


def _said(span: calendars.Span) -> str:
    if span.percent is None:
        return STANDINGS[span.standing]
    return f"Tried on {share_said(span.percent)}" if span.percent else "Compared (shadow)"


def _elsewhere(
    starts: datetime, ends: datetime, zone: ZoneInfo, length: str
) -> list[dict[str, Any]]:
    """Where to look instead of a time with nothing in it: when something begins or ends next, and when it last did."""
    found = (("next", calendars.next_change(ends)), ("last", calendars.last_change(starts)))
    days = ((which, moment.astimezone(zone).date()) for which, moment in found if moment)
    return [
        {"which": which, "day": day, "address": _address(length, _monday(day))}
        for which, day in days
    ]


def _stop(stop: Any, scale: _Scale) -> dict[str, Any]:
    return {
        "of": stop,
        "point": words.title_of(stop.point),
        "is_over": stop.lifted_at is not None,
        "by": words.person(stop.stopped_by),
        "bar": scale.bar(stop.stopped_at, stop.lifted_at),
    }


def _ticks(first: date, last: date, scale: _Scale, zone: ZoneInfo) -> list[dict[str, Any]]:
    """The days that are written above: each of a week, else the Mondays."""
    days = (last - first).days
    step = 1 if days <= LENGTHS["week"] else 7 if days <= LENGTHS["month"] else 14
    return [
        {
            "day": first + timedelta(days=it),
            "left": scale.at(_midnight(first + timedelta(days=it), zone)),
        }
        for it in range(0, days, step)
    ]


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _day(written: str) -> date | None:
    try:
        found = date.fromisoformat(written)
    except ValueError:
        return None
    return found if date(1970, 1, 5) <= found <= date(2200, 1, 1) else None


def _address(length: str, first: date | None) -> str:
    given = {"length": length} | ({"from": first.isoformat()} if first else {})
    return f"?{urlencode(given)}"
