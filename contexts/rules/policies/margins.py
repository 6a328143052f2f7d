"""
How near a version brings the guardrails that hold, as reasons of its risk: pure, of values only.

A margin below one per cent of the price before is a high risk: the proof is about exact figures, and half a cent that is
rounded is a per cent of a price of 0.50; and whatever is changed next breaks it. Below five it is a medium one.
What is not known counts as medium, and says so. Where the rules came as near before, it is not this version's doing, but
whether it comes nearer still may not be known.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, Literal

from contexts.calculation.messages import GuardrailMargin

NARROW: Final = Decimal(1)  # per cent of the price before
FAIR: Final = Decimal(5)
_NAMED: Final = 3
Level = Literal["low", "medium", "high"]
_LEVELS: Final[tuple[Level, ...]] = ("low", "medium", "high")


def of_margins(margins: Sequence[GuardrailMargin]) -> list[tuple[Level, str]]:
    """A level and a reason for each guardrail that may be near; those that are far are told together."""
    near = [_told(it) for it in margins if not _is_far(it)]
    return [*near, *_far([it for it in margins if _is_far(it)])]


def _is_far(margin: GuardrailMargin) -> bool:
    return margin.below is None and margin.at_least > FAIR


def _told(margin: GuardrailMargin) -> tuple[Level, str]:
    name, below, known = f"“{margin.guardrail}”", margin.below, margin.at_least
    if below is None:
        level: Level = "low" if known >= FAIR else "medium"
        proved = f"it stays {known:f} % of the price away from it at least, and " if known else ""
        return (
            level,
            f"how near it comes to breaking {name} is not known: {proved}no more is proved",
        )
    said = f"it comes within {below:f} % of the price of breaking {name}"
    if margin.nearest is not None and margin.nearest < below:
        said += f" (a case was found with {_shown(margin.nearest)} % to spare)"
    level = "high" if below <= NARROW else "medium" if below <= FAIR else "low"
    if margin.as_before:
        level, said = "low", f"{said}, as the rules do without it"
    if margin.is_settled:
        return level, said
    open_end: Level = "medium" if known < FAIR else "low"
    return max(level, open_end, key=_LEVELS.index), f"{said}; whether nearer is not known"


def _shown(number: Decimal) -> str:
    """To the hundredth."""
    return format(number.quantize(Decimal("0.01"), ROUND_HALF_UP).normalize(), "f")


def _far(margins: Sequence[GuardrailMargin]) -> Iterator[tuple[Level, str]]:
    if not margins:
        return
    least = min(it.at_least for it in margins)
    names = ", ".join(f"“{it.guardrail}”" for it in margins[:_NAMED])
    more = f" and {len(margins) - _NAMED} more" if len(margins) > _NAMED else ""
    yield "low", f"it stays {least:f} % of the price or more away from breaking {names}{more}"
