"""The numbers that every algorithm takes, and the two steps they all share."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import msgspec

from contexts.calculator.errors import NumberOutOfBounds
from shared_kernel.money import Money
from shared_kernel.rounding import EXACT, Rounding, round_ratio

MAX_PLACES = 18
_BOUND = Decimal(10) ** MAX_PLACES

DecimalText = Annotated[str, msgspec.Meta(pattern=r"^-?[0-9]+(\.[0-9]+)?$")]
"""A decimal number that was computed, written without an exponent."""
CurrencyCode = Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")]


class Input(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an algorithm takes; an unknown field is refused rather than ignored."""


class Output(msgspec.Struct, frozen=True):
    """What an algorithm gives."""


def bounded(field: str, value: Decimal, *, least: Decimal | None = None) -> Decimal:
    """
    Return a finite number of at most 18 digits on either side of the point.

    Raises:
        NumberOutOfBounds: it is not, or it is below `least`.

    """
    if not value.is_finite() or value.copy_abs() >= _BOUND or _places(value) > MAX_PLACES:
        raise NumberOutOfBounds(field=field, more="written like 12.34")
    if least is not None and value < least:
        raise NumberOutOfBounds(field=field, more=f"and at least {least}")
    return value


def _places(value: Decimal) -> int:
    return -int(value.as_tuple().exponent)


def plain(value: Decimal) -> str:
    """Write a number without an exponent, whatever its size, and zero without a sign."""
    return f"{value or value.copy_abs():f}"


def percent_of(amount: Money, percent: Decimal, rounding: Rounding) -> Money:
    """Amount x percent / 100, rounded once."""
    return amount.times(EXACT.scaleb(percent, -2), rounding)


def fraction_of(amount: Money, numerator: int, denominator: int, rounding: Rounding) -> Money:
    """Amount x numerator / denominator, rounded once from the exact ratio."""
    minor = round_ratio(amount.minor * numerator, denominator, rounding)
    return Money.of_minor(minor, amount.currency)
