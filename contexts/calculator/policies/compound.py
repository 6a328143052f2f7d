"""Percentages upon percentages, and growth over periods."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

import msgspec

from contexts.calculator.errors import NumberOutOfBounds
from contexts.calculator.policies.numbers import (
    Input,
    Output,
    bounded,
    fraction_of,
    percent_of,
    plain,
)
from contexts.calculator.policies.registry import published
from shared_kernel.money import Money
from shared_kernel.rounding import Rounding

_LEAST_PERCENT = Decimal(-100)


class Stacking(StrEnum):
    """What each percentage is taken of."""

    REMAINING = "remaining"
    """What the earlier ones left: 10 % and 20 % off are 28 % off."""
    INITIAL = "initial"
    """Always the base: 10 % and 20 % off are 30 % off."""


class StackedPercentages(Input, frozen=True):
    base: Money
    percents: Annotated[tuple[Decimal, ...], msgspec.Meta(max_length=100)]
    """Signed: -10 takes a tenth off, 7.5 puts that on top."""
    stacking: Stacking = Stacking.REMAINING
    rounding: Rounding = Rounding.HALF_UP

    def __post_init__(self) -> None:
        for percent in self.percents:
            bounded("percents", percent, least=_LEAST_PERCENT)


class Step(msgspec.Struct, frozen=True):
    percent: Decimal
    change: Money
    running: Money


class Stacked(Output, frozen=True):
    steps: tuple[Step, ...]
    change: Money
    result: Money


@published("compound.percentages", 1)
def stack_percentages(asked: StackedPercentages) -> Stacked:
    """
    Apply signed percentages in order, each of the remaining or of the initial amount.

    Every step is rounded to the minor unit, because each is shown as an amount of its own: the steps' changes
    sum to the whole change.
    """
    running = asked.base
    steps = []
    for percent in asked.percents:
        of = running if asked.stacking is Stacking.REMAINING else asked.base
        change = percent_of(of, percent, asked.rounding)
        running += change
        steps.append(Step(Decimal(plain(percent)), change, running))
    return Stacked(tuple(steps), running - asked.base, running)


class Growth(Input, frozen=True):
    principal: Money
    percent: Decimal
    """Per period; above -100, with at most 8 fraction digits."""
    periods: Annotated[int, msgspec.Meta(ge=0, le=1_200)]
    rounding: Rounding = Rounding.HALF_UP

    def __post_init__(self) -> None:
        bounded("percent", self.percent, least=_LEAST_PERCENT)
        if not -100 <= self.percent <= 1_000 or -int(self.percent.as_tuple().exponent) > 8:  # noqa: PLR2004 - stated
            more = "between -100 and 1000, with at most 8 of them after the point"
            raise NumberOutOfBounds(field="percent", more=more)


class Grown(Output, frozen=True):
    result: Money
    growth: Money


@published("compound.growth", 1)
def grow(asked: Growth) -> Grown:
    """The amount principal x (1 + percent / 100) ** periods, exact until it is rounded once at the end."""
    top, bottom = asked.percent.as_integer_ratio()
    factor_top, factor_bottom = 100 * bottom + top, 100 * bottom
    result = fraction_of(
        asked.principal,
        factor_top**asked.periods,
        factor_bottom**asked.periods,
        asked.rounding,
    )
    return Grown(result, result - asked.principal)
