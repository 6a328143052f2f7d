"""Proration and allocation: parts of an amount."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

import msgspec

from contexts.calculator.errors import ImpossiblePeriod, NumberOutOfBounds
from contexts.calculator.policies.numbers import Input, Output, bounded, fraction_of
from contexts.calculator.policies.registry import published
from shared_kernel.money import Money
from shared_kernel.rounding import Rounding

_ZERO = Decimal(0)


class UsedDays(Input, frozen=True):
    """Both periods are half open: the first day counts, the last does not."""

    amount: Money
    period_from: date
    period_until: date
    used_from: date
    used_until: date
    rounding: Rounding = Rounding.HALF_UP


class ProratedDays(Output, frozen=True):
    used: Money
    unused: Money
    days_used: int
    days_in_period: int


@published("proration.days", 1)
def prorate_by_days(asked: UsedDays) -> ProratedDays:
    """
    The share of a period's price for the days used: amount x days used / days in the period.

    The unused share is the rest, so that both sum to the amount. Days are calendar days (actual/actual).
    """
    period = (asked.period_until - asked.period_from).days
    used = (asked.used_until - asked.used_from).days
    within = asked.period_from <= asked.used_from and asked.used_until <= asked.period_until
    if period <= 0 or used < 0 or not within:
        raise ImpossiblePeriod(
            inner=f"{asked.used_from} to {asked.used_until}",
            outer=f"{asked.period_from} to {asked.period_until}",
        )
    share = fraction_of(asked.amount, used, period, asked.rounding)
    return ProratedDays(share, asked.amount - share, used, period)


class UsedPart(Input, frozen=True):
    amount: Money
    part: Decimal
    whole: Decimal
    rounding: Rounding = Rounding.HALF_UP

    def __post_init__(self) -> None:
        bounded("part", self.part, least=_ZERO)
        if bounded("whole", self.whole, least=self.part) == 0:
            raise NumberOutOfBounds(field="whole", more="and not zero")


class ProratedPart(Output, frozen=True):
    used: Money
    unused: Money


@published("proration.amount", 1)
def prorate_by_amount(asked: UsedPart) -> ProratedPart:
    """The share amount x part / whole (of units, weight or value; part <= whole), and the rest."""
    part_top, part_bottom = asked.part.as_integer_ratio()
    whole_top, whole_bottom = asked.whole.as_integer_ratio()
    share = fraction_of(
        asked.amount, part_top * whole_bottom, part_bottom * whole_top, asked.rounding
    )
    return ProratedPart(share, asked.amount - share)


class Weighted(Input, frozen=True):
    total: Money
    weights: Annotated[tuple[Decimal, ...], msgspec.Meta(min_length=1, max_length=10_000)]

    def __post_init__(self) -> None:
        for weight in self.weights:
            bounded("weights", weight, least=_ZERO)


class Parts(Output, frozen=True):
    parts: tuple[Money, ...]


@published("allocation.largest-remainder", 1)
def allocate_by_largest_remainder(asked: Weighted) -> Parts:
    """
    Parts in proportion to the weights that sum to the total to the minor unit (Hamilton's method).

    Equal remainders are served from first to last; weights that are all zero count as equal.
    """
    return Parts(asked.total.allocate(asked.weights))
