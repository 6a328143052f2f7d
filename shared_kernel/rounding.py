"""
Rounding: the only place in the project where a digit is given up.

Every result is the exact one rounded once: quotients are rounded from the exact ratio, never from an
already rounded quotient. Nothing here reads or changes the thread's ambient decimal context.
Modes are those of IEEE 754-2019 section 4.3 and the General Decimal Arithmetic Specification.
"""

from __future__ import annotations

import decimal
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from http import HTTPStatus

from shared_kernel.errors import DomainError

MAX_DIGITS = 100
"""How many digits an exact intermediate may have; what would need more is refused, not rounded."""

EXACT = decimal.Context(
    prec=MAX_DIGITS,
    Emin=-MAX_DIGITS,
    Emax=MAX_DIGITS,
    traps=[
        decimal.InvalidOperation,
        decimal.DivisionByZero,
        decimal.Overflow,
        decimal.Underflow,
        decimal.Inexact,
        decimal.FloatOperation,
    ],
)
"""Arithmetic that is exact or raises: use its methods (`EXACT.add(a, b)`) instead of operators."""


class Rounding(StrEnum):
    """Which neighbour to take when a value lies between two multiples of the quantum."""

    HALF_UP = "half_up"  # nearest, ties away from zero: the usual commercial rule
    HALF_EVEN = "half_even"  # nearest, ties to the even neighbour: unbiased over many values
    HALF_DOWN = "half_down"  # nearest, ties towards zero
    UP = "up"  # away from zero
    DOWN = "down"  # towards zero
    CEILING = "ceiling"  # towards plus infinity
    FLOOR = "floor"  # towards minus infinity


class NotRoundable(DomainError, ValueError):
    """The value cannot be rounded as asked."""

    code = "kernel.not-roundable"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    sentence = "{value} cannot be rounded to {quantum}: {reason}."


_MODES = {mode: f"ROUND_{mode.name}" for mode in Rounding}
_CONTEXTS = {
    mode: decimal.Context(prec=MAX_DIGITS, rounding=name, traps=[decimal.InvalidOperation])
    for mode, name in _MODES.items()
}
_ONE = Decimal(1)


def round_to(value: Decimal, quantum: Decimal, mode: Rounding = Rounding.HALF_UP) -> Decimal:
    """
    The multiple of `quantum` that `mode` picks for `value`: 0.01 for cents, 0.05 for Swiss cash, 1000, ...

    The result carries exactly the quantum's fraction digits and no negative zero. Both values must be
    finite, the quantum positive, and neither may reach beyond `MAX_DIGITS` places on either side of the point.

    Raises:
        NotRoundable: a value is NaN, infinite or out of those bounds, or the quantum is not positive.

    """
    if not value.is_finite():
        raise NotRoundable(value=value, quantum=quantum, reason="the value must be a finite number")
    step, is_power_of_ten = _step(quantum)
    try:
        if is_power_of_ten:
            rounded = _CONTEXTS[mode].quantize(value, step)
        else:
            rounded = EXACT.multiply(round_ratio(*_ratio(value, step), mode), step)
    except decimal.DecimalException as refusal:
        reason = f"it may have at most {MAX_DIGITS} digits"
        raise NotRoundable(value=value, quantum=quantum, reason=reason) from refusal
    return rounded or rounded.copy_abs()


def divide(
    dividend: Decimal, divisor: Decimal, quantum: Decimal, mode: Rounding = Rounding.HALF_UP
) -> Decimal:
    """
    The exact quotient, rounded once to a multiple of `quantum`; bounds and errors as for `round_to`.

    Raises:
        NotRoundable: also when the divisor is zero.

    """
    if not (dividend.is_finite() and divisor.is_finite() and divisor):
        reason = "both must be finite numbers and the divisor not zero"
        raise NotRoundable(value=f"{dividend} / {divisor}", quantum=quantum, reason=reason)
    step, _ = _step(quantum)
    try:
        steps = round_ratio(*_ratio(dividend, EXACT.multiply(divisor, step)), mode)
        rounded = EXACT.multiply(steps, step)
    except decimal.DecimalException as refusal:
        reason = f"exact steps may have at most {MAX_DIGITS} digits"
        raise NotRoundable(
            value=f"{dividend} / {divisor}", quantum=quantum, reason=reason
        ) from refusal
    return rounded


def round_ratio(numerator: int, denominator: int, mode: Rounding = Rounding.HALF_UP) -> int:
    """
    The integer that `mode` picks for the exact ratio of two integers of any size.

    Raises:
        NotRoundable: the denominator is zero.

    """
    if denominator == 0:
        reason = "the denominator is zero"
        raise NotRoundable(value=f"{numerator} / 0", quantum=1, reason=reason)
    negative = (numerator < 0) != (denominator < 0)
    whole, rest = divmod(abs(numerator), abs(denominator))
    if rest and _goes_away_from_zero(mode, 2 * rest - abs(denominator), whole, negative=negative):
        whole += 1
    return -whole if negative else whole


def _goes_away_from_zero(mode: Rounding, beyond_half: int, whole: int, *, negative: bool) -> bool:
    """Choose between `whole` and `whole + 1`; `beyond_half` has the sign of (rest - one half)."""
    return {
        Rounding.HALF_UP: beyond_half >= 0,
        Rounding.HALF_DOWN: beyond_half > 0,
        Rounding.HALF_EVEN: beyond_half > 0 or (beyond_half == 0 and whole % 2 == 1),
        Rounding.UP: True,
        Rounding.DOWN: False,
        Rounding.CEILING: not negative,
        Rounding.FLOOR: negative,
    }[mode]


@lru_cache(maxsize=256)
def _step(quantum: Decimal) -> tuple[Decimal, bool]:
    """The quantum without a positive exponent, and whether it is 1, 0.1, 0.01, ..."""
    if not (quantum.is_finite() and quantum > 0):
        raise NotRoundable(value="the value", quantum=quantum, reason="it must be positive")
    digits, exponent = quantum.as_tuple().digits, int(quantum.as_tuple().exponent)
    if abs(exponent) + len(digits) > MAX_DIGITS:
        reason = f"it may have at most {MAX_DIGITS} digits"
        raise NotRoundable(value="the value", quantum=quantum, reason=reason)
    if exponent > 0:
        return EXACT.quantize(quantum, _ONE), False
    return quantum, digits == (1,)


def _ratio(numerator: Decimal, denominator: Decimal) -> tuple[int, int]:
    """Give numerator / denominator as two integers; EXACT's bounds keep them small."""
    EXACT.plus(numerator)  # refuses what has too many digits or too great an exponent
    low = min(int(numerator.as_tuple().exponent), int(denominator.as_tuple().exponent), 0)
    return int(EXACT.scaleb(numerator, -low)), int(EXACT.scaleb(denominator, -low))
