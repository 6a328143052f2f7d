"""
Money: a whole number of minor units of one ISO 4217 currency, never a float, never two currencies at once.

A `Money` is a msgspec struct, so it needs no hook anywhere: in JSON it is {"amount": "12.34", "currency": "EUR"}.
It holds its amount as a Decimal with exactly the currency's fraction digits; `minor` is the same as an integer.
"""

from __future__ import annotations

import decimal
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from http import HTTPStatus
from typing import Self

import msgspec
from msgspec.structs import force_setattr

from shared_kernel import allocation
from shared_kernel.currencies import CURRENCIES, Currency, currency_of, unknown_currency
from shared_kernel.errors import DomainError
from shared_kernel.rounding import EXACT, Rounding, round_to

MAX_MINOR = 10**18
"""The largest number of minor units on either side of zero: a Postgres bigint holds it."""


class MoneyError(DomainError, ValueError):
    """The amount of money is impossible."""

    code = "kernel.money"
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class CurrencyMismatch(MoneyError):
    """Two currencies met in one operation."""

    code = "kernel.currency-mismatch"
    sentence = "{left} and {right} cannot be combined; convert one at a dated rate first."


class NotAnAmount(MoneyError):
    """The text or value is not an amount of money."""

    code = "kernel.not-an-amount"
    sentence = "{value} is not an amount of money; write a decimal number as text, such as 12.34."


class TooPrecise(MoneyError):
    """The amount has more fraction digits than its currency."""

    code = "kernel.too-precise"
    sentence = "{value} has more than the {digits} fraction digits of {currency}; round it by a stated mode."


class AmountOutOfBounds(MoneyError):
    """The amount is too large to be kept."""

    code = "kernel.amount-out-of-bounds"
    sentence = "{value} {currency} is beyond 10**18 minor units; split it, or check its digits."


_DIGITS = 19  # of MAX_MINOR itself
_BOUNDED = decimal.Context(
    prec=_DIGITS, traps=[decimal.Inexact, decimal.InvalidOperation, decimal.FloatOperation]
)
_quantize = _BOUNDED.quantize
_multiply = EXACT.multiply
_QUANTA = {code: currency.quantum for code, currency in CURRENCIES.items()}
_SCALES = {code: Decimal(10**currency.digits) for code, currency in CURRENCIES.items()}
_LIMITS = {code: _multiply(quantum, MAX_MINOR) for code, quantum in _QUANTA.items()}
_ZEROS = {code: _multiply(quantum, 0) for code, quantum in _QUANTA.items()}
_PLAIN = re.compile(r"-?[0-9]{1,19}(?:\.[0-9]{1,60})?", re.ASCII)


class Money(msgspec.Struct, frozen=True, gc=False):
    """
    An amount in a currency; |minor| <= 10**18.

    Make one with `Money.parse("12.34", "EUR")`, `Money.of_minor(1234, "EUR")` or, from a Decimal that needs no
    rounding, `Money(Decimal("12.34"), "EUR")`. Values are equal when amount and currency are: 0 EUR is not 0 USD.
    Ordering, adding and subtracting two currencies is a `CurrencyMismatch`.

    Raises:
        UnknownCurrency, NotAnAmount (NaN, infinity, a float or int), TooPrecise, AmountOutOfBounds.

    """

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        amount, currency = self.amount, self.currency
        try:
            exact = _quantize(amount, _QUANTA[currency])
            limit = _LIMITS[currency]
            if type(amount) is not Decimal or not -limit <= exact <= limit:
                raise _refusal(amount, currency)
        except (KeyError, TypeError, decimal.DecimalException):
            raise _refusal(amount, currency) from None
        force_setattr(self, "amount", exact or _ZEROS[currency])

    # Factories

    @classmethod
    def parse(cls, value: str | Decimal, currency: str, rounding: Rounding | None = None) -> Self:
        """
        Read plain text such as "-12.34" (ASCII digits, no exponent, no separators) or a Decimal.

        Digits beyond the currency's are refused, or rounded once if a mode is given.
        """
        if isinstance(value, str):
            if not _PLAIN.fullmatch(value):
                raise NotAnAmount(value=repr(value[:40]))
            value = Decimal(value)
        if rounding is not None and type(value) is Decimal and value.is_finite():
            value = round_to(value, currency_of(currency).quantum, rounding)
        return cls(value, currency)

    @classmethod
    def of_minor(cls, minor: int, currency: str) -> Self:
        """So many minor units: `of_minor(1234, "EUR")` is 12.34 EUR, `of_minor(1234, "JPY")` 1234 JPY."""
        quantum = _QUANTA.get(currency)
        if quantum is None:
            raise unknown_currency(currency)
        if not isinstance(minor, int):
            raise NotAnAmount(value=_short(minor))
        if not -MAX_MINOR <= minor <= MAX_MINOR:
            raise AmountOutOfBounds(value=_short(minor), currency=f"minor units of {currency}")
        return cls(_multiply(minor, quantum), currency)

    @classmethod
    def zero(cls, currency: str) -> Self:
        return cls(_ZEROS.get(currency, Decimal(0)), currency)

    @classmethod
    def sum(cls, amounts: Iterable[Money], currency: str) -> Self:
        """The exact sum; of nothing, zero. Every amount must be in `currency`."""
        total = _ZEROS.get(currency, Decimal(0))
        for each in amounts:
            if each.currency != currency:
                raise CurrencyMismatch(left=currency, right=each.currency)
            total = EXACT.add(total, each.amount)
        return cls(total, currency)

    # Properties

    @property
    def minor(self) -> int:
        """The amount in minor units, as it is stored."""
        return int(_multiply(self.amount, _SCALES[self.currency]))

    @property
    def unit(self) -> Currency:
        """The facts of its currency: digits, name, quantum."""
        return CURRENCIES[self.currency]

    def __bool__(self) -> bool:
        return bool(self.amount)

    def __str__(self) -> str:
        return f"{self.amount:f} {self.currency}"

    # Arithmetic

    def __add__(self, other: Money) -> Money:
        if not isinstance(other, Money):
            return NotImplemented
        return Money(EXACT.add(self.amount, self._same(other)), self.currency)

    def __sub__(self, other: Money) -> Money:
        if not isinstance(other, Money):
            return NotImplemented
        return Money(EXACT.subtract(self.amount, self._same(other)), self.currency)

    def __neg__(self) -> Money:
        return Money(self.amount.copy_negate(), self.currency)

    def __abs__(self) -> Money:
        return Money(self.amount.copy_abs(), self.currency)

    def __mul__(self, count: int) -> Money:
        """So many times this, exactly; for fractions see `times`, which asks how to round."""
        if not isinstance(count, int):
            return NotImplemented
        if not -MAX_MINOR <= count <= MAX_MINOR:
            raise AmountOutOfBounds(
                value=f"{self.amount} x {_short(count)}", currency=self.currency
            )
        return Money(EXACT.multiply(self.amount, count), self.currency)

    __rmul__ = __mul__

    def times(self, factor: int | Decimal, rounding: Rounding) -> Money:
        """
        The product with a rate, rounded once to the currency's minor unit.

        The exact product may have `rounding.MAX_DIGITS` digits.
        """
        if not isinstance(factor, int | Decimal) or not Decimal(factor).is_finite():
            raise NotAnAmount(value=_short(factor))
        try:
            product = EXACT.multiply(self.amount, factor)
        except decimal.DecimalException:
            raise AmountOutOfBounds(
                value=f"{self.amount} x {_short(factor)}", currency=self.currency
            ) from None
        return Money(round_to(product, _QUANTA[self.currency], rounding), self.currency)

    def rounded(self, increment: Decimal, rounding: Rounding) -> Money:
        """The nearest multiple of a cash increment, such as 0.05 for Swiss coins."""
        return Money(round_to(self.amount, increment, rounding), self.currency)

    def allocate(self, weights: Sequence[int | Decimal]) -> tuple[Money, ...]:
        """Parts in proportion to `weights` that sum to this: see `shared_kernel.allocation.allocate`."""
        parts = allocation.allocate(self.minor, weights)
        return tuple(Money.of_minor(part, self.currency) for part in parts)

    # Order

    def __lt__(self, other: Money) -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.amount <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.amount > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.amount >= self._same(other)

    def _same(self, other: object) -> Decimal:
        """The other's amount, once both are known to be of one currency."""
        if not isinstance(other, Money):
            msg = f"money cannot be combined with {type(other).__name__}; make it Money first"
            raise TypeError(msg)
        if self.currency != other.currency:
            raise CurrencyMismatch(left=self.currency, right=other.currency)
        return other.amount


def _refusal(amount: object, currency: object) -> DomainError:
    """Why these two are no money, most basic reason first."""
    if not isinstance(currency, str) or currency not in CURRENCIES:
        return unknown_currency(currency)
    if not isinstance(amount, Decimal) or not amount.is_finite():
        return NotAnAmount(value=_short(amount))
    if amount.copy_abs() > _LIMITS[currency]:
        return AmountOutOfBounds(value=_short(amount), currency=currency)
    digits = CURRENCIES[currency].digits
    return TooPrecise(value=_short(amount), digits=digits, currency=currency)


def _short(number: object) -> str:
    """A number as text of bounded length, and of bounded work."""
    if isinstance(number, int) and abs(number) > MAX_MINOR**3:
        return "a number of over 54 digits"
    return repr(number)[:60] if isinstance(number, str | float) else str(number)[:60]
