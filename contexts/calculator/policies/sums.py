"""Sum, percentage and rounding."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import msgspec

from contexts.calculator.policies.numbers import (
    CurrencyCode,
    DecimalText,
    Input,
    Output,
    bounded,
    percent_of,
    plain,
)
from contexts.calculator.policies.registry import published
from shared_kernel.money import Money
from shared_kernel.rounding import EXACT, Rounding, round_to


class Amounts(Input, frozen=True):
    amounts: Annotated[tuple[Money, ...], msgspec.Meta(max_length=10_000)]
    currency: CurrencyCode


class Total(Output, frozen=True):
    total: Money


@published("sum", 1)
def total_of(asked: Amounts) -> Total:
    """The exact sum of amounts of one currency; of none, zero."""
    return Total(Money.sum(asked.amounts, asked.currency))


class Percentage(Input, frozen=True):
    base: Money
    percent: Decimal
    rounding: Rounding = Rounding.HALF_UP

    def __post_init__(self) -> None:
        bounded("percent", self.percent)


class PercentageShare(Output, frozen=True):
    share: Money
    less: Money
    """The base without the share."""
    more: Money
    """The base with the share on top."""


@published("percentage", 1)
def percentage(asked: Percentage) -> PercentageShare:
    """The share base x percent / 100, rounded once, and the base less and plus that share."""
    share = percent_of(asked.base, asked.percent, asked.rounding)
    return PercentageShare(share, asked.base - share, asked.base + share)


class Number(Input, frozen=True):
    value: Decimal
    quantum: Decimal
    mode: Rounding = Rounding.HALF_UP

    def __post_init__(self) -> None:
        bounded("value", self.value)
        bounded("quantum", self.quantum)


class RoundedNumber(Output, frozen=True):
    value: DecimalText
    difference: DecimalText


@published("rounding", 1)
def rounding(asked: Number) -> RoundedNumber:
    """The multiple of the quantum that the mode picks, and what rounding added or took away."""
    value = round_to(asked.value, asked.quantum, asked.mode)
    return RoundedNumber(plain(value), plain(EXACT.subtract(value, asked.value)))


class CashAmount(Input, frozen=True):
    amount: Money
    increment: Decimal
    mode: Rounding = Rounding.HALF_UP

    def __post_init__(self) -> None:
        bounded("increment", self.increment)


class RoundedAmount(Output, frozen=True):
    amount: Money
    difference: Money


@published("rounding.cash", 1)
def cash_rounding(asked: CashAmount) -> RoundedAmount:
    """The amount payable in coins of the increment (0.05 in Switzerland), and the difference."""
    amount = asked.amount.rounded(asked.increment, asked.mode)
    return RoundedAmount(amount, amount - asked.amount)
