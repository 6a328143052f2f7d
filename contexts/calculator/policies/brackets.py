"""Prices and rates that depend on how much: tiered, by volume, and by bracket of an amount."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Annotated

import msgspec

from contexts.calculator.errors import BeyondLastBracket, BracketsOutOfOrder
from contexts.calculator.policies.numbers import (
    CurrencyCode,
    DecimalText,
    Input,
    Output,
    bounded,
    plain,
)
from contexts.calculator.policies.registry import published
from shared_kernel.money import Money
from shared_kernel.rounding import EXACT, Rounding

_ZERO = Decimal(0)


class Tier(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A price per unit, and a fee once the tier is entered; `up_to` is included, and absent when open."""

    unit_price: Decimal
    up_to: Decimal | None = None
    fee: Decimal = _ZERO

    def __post_init__(self) -> None:
        bounded("unit_price", self.unit_price)
        bounded("fee", self.fee)


class Band(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A percentage of the part of an amount up to `up_to`, which is included, and absent when open."""

    percent: Decimal
    up_to: Decimal | None = None

    def __post_init__(self) -> None:
        bounded("percent", self.percent)


class TieredQuantity(Input, frozen=True):
    quantity: Decimal
    currency: CurrencyCode
    tiers: Annotated[tuple[Tier, ...], msgspec.Meta(min_length=1, max_length=100)]
    rounding: Rounding = Rounding.HALF_UP

    def __post_init__(self) -> None:
        bounded("quantity", self.quantity, least=_ZERO)
        _check_order(self.tiers)


class BandedAmount(Input, frozen=True):
    amount: Money
    bands: Annotated[tuple[Band, ...], msgspec.Meta(min_length=1, max_length=100)]
    rounding: Rounding = Rounding.HALF_UP

    def __post_init__(self) -> None:
        bounded("amount", self.amount.amount, least=_ZERO)
        _check_order(self.bands)


class Slice(msgspec.Struct, frozen=True):
    """So much of the whole fell into one tier or band; `amount` is exact, in major units."""

    bracket: int
    """Its place in the list, from 0."""
    size: DecimalText
    amount: DecimalText


class Priced(Output, frozen=True):
    total: Money
    slices: tuple[Slice, ...]


@published("price.tiered", 1)
def price_by_tiers(asked: TieredQuantity) -> Priced:
    """
    Each part of the quantity at the price of the tier it falls into (graduated pricing).

    The exact sum of the slices is rounded once; a quantity of zero costs nothing.
    """
    slices = [
        (place, size, _price(size, asked.tiers[place]))
        for place, size in _split(asked.quantity, asked.tiers)
    ]
    return _priced(slices, asked.currency, asked.rounding)


@published("price.volume", 1)
def price_by_volume(asked: TieredQuantity) -> Priced:
    """The whole quantity at the price of the tier that it reaches; a quantity of zero costs nothing."""
    reached = [place for place, _ in _split(asked.quantity, asked.tiers)][-1:]
    slices = [
        (place, asked.quantity, _price(asked.quantity, asked.tiers[place])) for place in reached
    ]
    return _priced(slices, asked.currency, asked.rounding)


@published("rate.bracket", 1)
def rate_by_bands(asked: BandedAmount) -> Priced:
    """Each part of an amount at the percentage of its band (marginal rates), summed exactly, rounded once."""
    slices = [
        (place, size, EXACT.scaleb(EXACT.multiply(size, asked.bands[place].percent), -2))
        for place, size in _split(asked.amount.amount, asked.bands)
    ]
    return _priced(slices, asked.amount.currency, asked.rounding)


def _split(whole: Decimal, brackets: Sequence[Tier | Band]) -> Iterator[tuple[int, Decimal]]:
    """How much falls into each bracket that is reached: (its place, the size of its slice)."""
    lower = _ZERO
    for place, bracket in enumerate(brackets):
        if whole <= lower:
            return
        upper = whole if bracket.up_to is None else min(whole, bracket.up_to)
        yield place, EXACT.subtract(upper, lower)
        lower = upper
    if whole > lower:
        raise BeyondLastBracket(value=whole, last=lower)


def _price(size: Decimal, tier: Tier) -> Decimal:
    return EXACT.add(EXACT.multiply(size, tier.unit_price), tier.fee)


def _priced(
    slices: list[tuple[int, Decimal, Decimal]], currency: str, rounding: Rounding
) -> Priced:
    total = _ZERO
    for _, _, amount in slices:
        total = EXACT.add(total, amount)
    shown = tuple(Slice(place, plain(size), plain(amount)) for place, size, amount in slices)
    return Priced(Money.parse(total, currency, rounding), shown)


def _check_order(brackets: Sequence[Tier | Band]) -> None:
    lower = _ZERO
    for place, bracket in enumerate(brackets):
        if bracket.up_to is None:
            if place != len(brackets) - 1:
                raise BracketsOutOfOrder(lower="an open one", upper="another")
            return
        if bounded("up_to", bracket.up_to) <= lower:
            raise BracketsOutOfOrder(lower=lower, upper=bracket.up_to)
        lower = bracket.up_to
