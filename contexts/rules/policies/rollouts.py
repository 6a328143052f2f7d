"""
A ramp: for how many of a hundred customers a release decides, and how long, step by step.

Written as `shadow 1h, 5% 1h, 25% 4h, 100%`; a number alone means seconds, `s`, `m`, `h`, `d` what they say. `shadow` is 0 percent:
compared only. Every step is wider than the one before; the last is 100, which is production, and takes no time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Final, get_args, get_type_hints

import msgspec

from contexts.rules.errors import RolloutUnsound
from contexts.rules.events import RolloutGuard

MOST_STEPS, MOST_GUARDS, LONGEST = 20, 10, 90 * 86_400
SLOT: Final = Decimal("0.01")  # one of 10,000
ALL: Final = Decimal(100)
SECONDS: Final = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}
METRICS: Final[tuple[str, ...]] = get_args(get_type_hints(RolloutGuard)["metric"])
_STEP = re.compile(r"(?:(?P<shadow>shadow)|(?P<percent>\d+(?:\.\d+)?)\s*%)(?:\s+(?P<time>.+))?")
_TIME = re.compile(r"(\d+)\s*([smhd]?)(?:\s+|$)")


class RampStep(msgspec.Struct, frozen=True):
    """For so many of a hundred customers, so many seconds long."""

    percent: Decimal
    seconds: int = 0


def ramp_of(text: str) -> tuple[RampStep, ...]:
    """
    The ramp that a text says.

    Raises:
        RolloutUnsound.

    """
    return demand_ramp([_step_of(it.strip()) for it in text.strip().strip(",").split(",")])


def _step_of(text: str) -> RampStep:
    found = _STEP.fullmatch(text)
    if found is None:
        raise _unsound(f'"{text}" is no step; write such as: shadow 1h, 5% 30m, 100%.', "/ramp")
    percent = Decimal(0) if found["shadow"] else Decimal(found["percent"])
    return RampStep(percent, _seconds_of(found["time"] or ""))


def _seconds_of(text: str) -> int:
    parts, place = [], 0
    while place < len(text) and (part := _TIME.match(text, place)):
        parts.append(int(part[1]) * SECONDS[part[2]])
        place = part.end()
    if place < len(text):
        raise _unsound(f'"{text}" is no time; write such as 30s, 15m, 4h, 2d, or 1h 30m.', "/ramp")
    return sum(parts)


def demand_ramp(steps: Sequence[RampStep]) -> tuple[RampStep, ...]:
    """
    The same steps, if they are a ramp.

    Raises:
        RolloutUnsound.

    """
    if not 1 < len(steps) <= MOST_STEPS:
        raise _unsound(f"A ramp has 2 to {MOST_STEPS} steps, the last of which is 100%.", "/ramp")
    for number, step in enumerate(steps):
        pointer = f"/ramp/{number}"
        if not step.percent.is_finite() or not 0 <= step.percent <= ALL or step.percent % SLOT:
            raise _unsound("A step is 0 to 100 percent, with two decimals at most.", pointer)
        if number and step.percent <= steps[number - 1].percent:
            raise _unsound("Each step is for more customers than the one before.", pointer)
        is_last = number == len(steps) - 1
        if not is_last and not 1 <= step.seconds <= LONGEST:
            raise _unsound(
                f"Say how long {said(step.percent)} is to last, 90 days at most.", pointer
            )
        if is_last and (step.percent != ALL or step.seconds):
            raise _unsound(
                "The last step is 100%, which is production, and takes no time.", pointer
            )
    return tuple(RampStep(it.percent.normalize() + 0, it.seconds) for it in steps)


def demand_guards(guards: Iterable[RolloutGuard]) -> tuple[RolloutGuard, ...]:
    """
    The same guards, if they can be judged.

    Raises:
        RolloutUnsound.

    """
    found = tuple(guards)
    if len(found) > MOST_GUARDS or len({it.metric for it in found}) < len(found):
        raise _unsound("State each guard once.", "/guards")
    for number, it in enumerate(found):
        pointer = f"/guards/{number}"
        if it.metric not in METRICS:
            raise _unsound(f"A guard is one of {', '.join(METRICS)}.", pointer)
        if not (it.at_most.is_finite() and 0 <= it.at_most <= 1000):  # noqa: PLR2004 - says itself
            raise _unsound("A guard allows 0 to 1000 percent.", pointer)
        if not 1 <= it.min_carts <= 1_000_000:  # noqa: PLR2004 - says itself
            raise _unsound("A guard is judged from 1 to 1,000,000 carts on.", pointer)
    return found


def steps_from(rows: Iterable[dict[str, Any]]) -> tuple[RampStep, ...]:
    return tuple(msgspec.convert(row, RampStep) for row in rows)


def said(percent: Decimal) -> str:
    """A step's share in words."""
    return f"{percent.normalize():f} %" if percent else "shadow"


def time_said(seconds: int) -> str:
    """A time as a ramp writes it: 1h 30m."""
    parts = []
    for unit in ("d", "h", "m", "s"):
        count, seconds = divmod(seconds, SECONDS[unit])
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts)


def written(steps: Iterable[RampStep]) -> str:
    """The ramp as one would write it."""
    return ", ".join(
        f"{'shadow' if not it.percent else f'{it.percent.normalize():f}%'} {time_said(it.seconds)}".strip()
        for it in steps
    )


def _unsound(fault: str, pointer: str) -> RolloutUnsound:
    return RolloutUnsound(fault=fault, pointers=(pointer,))
