"""Currency conversion at a dated rate."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

import msgspec

from contexts.calculator.errors import NoRateForDate
from contexts.calculator.policies.numbers import CurrencyCode, Input, Output, bounded
from contexts.calculator.policies.registry import published
from shared_kernel.currencies import currency_of
from shared_kernel.money import Money
from shared_kernel.rounding import EXACT, Rounding, divide

_LEAST_RATE = Decimal("1E-18")
_ONE = Decimal(1)


class Rate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """On that day one `base` was worth `rate` of `quote`."""

    base: CurrencyCode
    quote: CurrencyCode
    rate: Decimal
    on: date

    def __post_init__(self) -> None:
        bounded("rate", self.rate, least=_LEAST_RATE)


class AmountToConvert(Input, frozen=True):
    amount: Money
    into: CurrencyCode
    on: date
    rates: Annotated[tuple[Rate, ...], msgspec.Meta(max_length=1_000)]
    oldest: Annotated[int, msgspec.Meta(ge=0, le=366)] = 7
    """How many days before `on` a rate may have been fixed: over weekends and holidays there is none."""
    rounding: Rounding = Rounding.HALF_UP


class Converted(Output, frozen=True):
    amount: Money
    rates: tuple[Rate, ...]
    """What was used: none for the same currency, one directly or inverted, two by way of a common base."""


@published("conversion.currency", 1)
def convert_currency(asked: AmountToConvert) -> Converted:
    """
    Convert at the newest rate fixed on or before a day: direct, else inverted, else crossed.

    A cross goes by the base currency whose two rates are newest (by code when equal). The exact product or quotient is
    rounded once, to the minor unit of the target: no rounded cross rate stands between.
    """
    source, target = asked.amount.currency, asked.into
    quantum = currency_of(target).quantum
    if source == target:
        return Converted(asked.amount, ())
    newest = _newest(asked)
    used: tuple[Rate, ...]
    if direct := newest.get((source, target)):
        factor, divisor, used = direct.rate, _ONE, (direct,)
    elif inverse := newest.get((target, source)):
        factor, divisor, used = _ONE, inverse.rate, (inverse,)
    else:
        to_source, to_target = _cross(asked, newest)
        factor, divisor, used = to_target.rate, to_source.rate, (to_source, to_target)
    product = EXACT.multiply(asked.amount.amount, factor)
    return Converted(Money(divide(product, divisor, quantum, asked.rounding), target), used)


def _newest(asked: AmountToConvert) -> dict[tuple[str, str], Rate]:
    """The newest usable rate of each pair; of two fixed on one day, the first given."""
    newest: dict[tuple[str, str], Rate] = {}
    for rate in asked.rates:
        if 0 <= (asked.on - rate.on).days <= asked.oldest:
            known = newest.get((rate.base, rate.quote))
            if known is None or rate.on > known.on:
                newest[rate.base, rate.quote] = rate
    return newest


def _cross(asked: AmountToConvert, newest: dict[tuple[str, str], Rate]) -> tuple[Rate, Rate]:
    source, target = asked.amount.currency, asked.into
    crosses = [
        (to_source, newest[base, target])
        for (base, quote), to_source in newest.items()
        if quote == source and (base, target) in newest
    ]
    if not crosses:
        raise NoRateForDate(source=source, target=target, on=asked.on, days=asked.oldest)
    return max(
        sorted(crosses, key=lambda cross: cross[0].base),
        key=lambda cross: min(cross[0].on, cross[1].on),
    )
