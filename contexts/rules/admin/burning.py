"""
The burn-down of a budget as SVG: what is left by day, the straight line to its end, and where the last week leads.

Pure functions of numbers, coloured by the page's style sheet; a screen reader reads the table beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from contexts.rules.queries.budgets import Standing

WIDTH, HEIGHT, LEFT, RIGHT, TOP, FOOT = 960, 250, 62, 26, 14, 28
DAY = timedelta(days=1)
LEAST_DAYS = 7
TICKS = 7
Point = tuple[float, float]


def burn_down_chart(standing: Standing, now: datetime) -> SafeString:
    """From the budget's first day to its end; without an end, to the day on which nothing will be left, or today."""
    budget, burned = standing.budget, standing.burned
    first, amount = budget.starts_at, budget.amount_minor
    shown_until = _shown_until(standing, now)
    seen = min(now, budget.counted_until)
    points = [(0.0, float(amount))]
    points += [(_days(first, min(_end_of(day), seen)), float(left)) for day, left in burned.left]
    levels = [0.0, *(y for _, y in points)]
    frame = _Frame(_days(first, shown_until), min(levels), max(levels))
    straight = [(0.0, float(amount)), (_days(first, budget.ends_at), 0.0)] if budget.ends_at else []
    ahead: list[Point] = []
    if burned.per_day and burned.per_day > 0 and not burned.over:
        to = min(_days(now, shown_until), points[-1][1] / burned.per_day)
        x, y = points[-1]
        ahead = [(x, y), (x + to, y - to * burned.per_day)]
    shown = format_html(
        "{}{}{}{}",
        frame.grid(first, float(amount), budget.amount.unit.digits),
        frame.line("v-straight", straight),
        frame.line("v-ahead", ahead),
        frame.area(points),
    )
    return format_html(
        '<svg class="v-burning" viewBox="0 0 {} {}" aria-hidden="true" focusable="false">{}</svg>',
        WIDTH, HEIGHT, shown,
    )  # fmt: skip


class _Frame:
    """Where so many days and so many minor units stand."""

    def __init__(self, days: float, low: float, high: float) -> None:
        self.days, self.low, self.high = days, low, high

    def at(self, point: Point) -> tuple[str, str]:
        wide, tall = WIDTH - LEFT - RIGHT, HEIGHT - TOP - FOOT
        x = LEFT + point[0] / self.days * wide
        y = TOP + (self.high - point[1]) / (self.high - self.low) * tall
        return f"{x:.1f}", f"{y:.1f}"

    def line(self, kind: str, points: Sequence[Point]) -> SafeString:
        if not points:
            return SafeString("")
        path = format_html_join(" ", "{},{}", map(self.at, points))
        return format_html('<polyline class="{}" points="{}"/>', kind, path)

    def area(self, points: Sequence[Point]) -> SafeString:
        """What is left as a line, filled down to nothing, with a dot where it stands now."""
        around = [(points[0][0], 0.0), *points, (points[-1][0], 0.0)]
        x, y = self.at(points[-1])
        return format_html(
            '<polygon class="v-left-area" points="{}"/>{}<circle class="v-now" cx="{}" cy="{}" r="4"/>',
            format_html_join(" ", "{},{}", map(self.at, around)), self.line("v-left-line", points), x, y,
        )  # fmt: skip

    def grid(self, first: datetime, amount: float, digits: int) -> SafeString:
        """Nothing, half and all of the amount from left to right, and days below."""
        levels = [amount, amount / 2, 0.0]
        across = format_html_join(
            "",
            '<line class="{}" x1="{}" y1="{}" x2="{}" y2="{}"/><text class="v-level" x="{}" y="{}">{}</text>',
            (
                ("v-nothing" if not level else "v-level-line", LEFT, y, WIDTH - RIGHT, y, LEFT - 8,
                 f"{float(y) + 4:.1f}", _written(level / 10**digits, digits))
                for level in levels for y in [self.at((0, level))[1]]
            ),
        )  # fmt: skip
        step = max(1, round(self.days / TICKS))
        ticks = ((it, first + it * DAY) for it in range(0, int(self.days) + 1, step))
        below = format_html_join(
            "",
            '<text x="{}" y="{}">{} {}</text>',
            (
                (self.at((it, 0))[0], HEIGHT - 8, day.astimezone(UTC).day, f"{day:%b}")
                for it, day in ticks
            ),
        )
        return format_html("{}{}", across, below)


def _shown_until(standing: Standing, now: datetime) -> datetime:
    budget, burned = standing.budget, standing.burned
    if budget.ends_at is not None:
        return budget.ends_at
    until = max(now, budget.starts_at + LEAST_DAYS * DAY)
    if burned.used_up_on:
        until = max(until, _end_of(burned.used_up_on))
    return min(until, budget.counted_until)


def _end_of(day: date) -> datetime:
    return datetime.combine(day + DAY, time(), UTC)


def _days(first: datetime, moment: datetime) -> float:
    return max((moment - first) / DAY, 1 / 24)


def _written(amount: float, digits: int) -> str:
    return f"{amount:,.{0 if amount.is_integer() else digits}f}"
