"""
The math extension: extremes, rounding, signs, kinds of doubles, bits, square root.

`math.greatest` and `math.least` take any number of numbers, or a list of them, of any number types, and give the
first of equals. Shifts are of 64 bits and logical, also for a negative int.
"""

import math
from typing import Any, Final

from contexts.calculation.engine.errors import EvaluationError
from contexts.calculation.engine.limits import MAX_INT

from .values import Uint, checked_int

_WIDTH: Final = 64
_MASK: Final = 2**_WIDTH - 1
_NUMBERS: Final = frozenset({int, Uint, float})


def _less(left: Any, right: Any) -> bool:
    if float in (type(left), type(right)):
        return float(left) < float(right)
    return bool(left < right)


def _numbers(values: tuple[Any, ...], name: str) -> Any:
    numbers = values[0] if len(values) == 1 and type(values[0]) is list else values
    if not numbers:
        raise EvaluationError(f"{name}() takes at least one number")
    if not all(type(number) in _NUMBERS for number in numbers):
        raise EvaluationError(f"no such overload: {name}() takes numbers")
    return numbers


def greatest(*values: Any) -> Any:
    best, *others = _numbers(values, "math.greatest")
    for number in others:
        best = number if _less(best, number) else best
    return best


def least(*values: Any) -> Any:
    best, *others = _numbers(values, "math.least")
    for number in others:
        best = number if _less(number, best) else best
    return best


def ceil(value: float) -> float:
    return math.copysign(float(math.ceil(value)), value) if math.isfinite(value) else value


def floor(value: float) -> float:
    return math.copysign(float(math.floor(value)), value) if math.isfinite(value) else value


def trunc(value: float) -> float:
    return math.copysign(float(math.trunc(value)), value) if math.isfinite(value) else value


def rounded(value: float) -> float:
    """Return the nearest whole number, half away from zero."""
    if not math.isfinite(value):
        return value
    whole = math.floor(abs(value))
    up = abs(value) - whole >= 0.5  # noqa: PLR2004 - a half; the difference is exact
    return math.copysign(float(whole + up), value)


def absolute_int(value: int) -> int:
    return checked_int(abs(value))


def absolute_uint(value: Uint) -> Uint:
    return value


def sign_of_int(value: int) -> int:
    return (value > 0) - (value < 0)


def sign_of_uint(value: Uint) -> Uint:
    return Uint(value > 0)


def sign_of_double(value: float) -> float:
    return value if value == 0 or math.isnan(value) else math.copysign(1.0, value)


def square_root(value: Any) -> float:
    return math.sqrt(value) if not value < 0 else math.nan


def _signed(bits: int) -> int:
    return bits - 2**_WIDTH if bits > MAX_INT else bits


def and_ints(left: int, right: int) -> int:
    return left & right


def or_ints(left: int, right: int) -> int:
    return left | right


def xor_ints(left: int, right: int) -> int:
    return left ^ right


def not_int(value: int) -> int:
    return ~value


def and_uints(left: Uint, right: Uint) -> Uint:
    return Uint(int(left) & int(right))


def or_uints(left: Uint, right: Uint) -> Uint:
    return Uint(int(left) | int(right))


def xor_uints(left: Uint, right: Uint) -> Uint:
    return Uint(int(left) ^ int(right))


def not_uint(value: Uint) -> Uint:
    return Uint(int(value) ^ _MASK)


def _left(value: int, by: int) -> int:
    if by < 0:
        raise EvaluationError(f"negative offset: {by}")
    return (value & _MASK) << by & _MASK if by < _WIDTH else 0


def _right(value: int, by: int) -> int:
    if by < 0:
        raise EvaluationError(f"negative offset: {by}")
    return (value & _MASK) >> by if by < _WIDTH else 0


def shift_int_left(value: int, by: int) -> int:
    return _signed(_left(value, by))


def shift_int_right(value: int, by: int) -> int:
    return _signed(_right(value, by))


def shift_uint_left(value: Uint, by: int) -> Uint:
    return Uint(_left(int(value), by))


def shift_uint_right(value: Uint, by: int) -> Uint:
    return Uint(_right(int(value), by))


ROWS: Final = (
    ("math.ceil(double) -> double", ceil),
    ("math.floor(double) -> double", floor),
    ("math.round(double) -> double", rounded),
    ("math.trunc(double) -> double", trunc),
    ("math.abs(int) -> int", absolute_int),
    ("math.abs(uint) -> uint", absolute_uint),
    ("math.abs(double) -> double", abs),
    ("math.sign(int) -> int", sign_of_int),
    ("math.sign(uint) -> uint", sign_of_uint),
    ("math.sign(double) -> double", sign_of_double),
    ("math.isNaN(double) -> bool", math.isnan),
    ("math.isInf(double) -> bool", math.isinf),
    ("math.isFinite(double) -> bool", math.isfinite),
    ("math.sqrt(int) -> double", square_root),
    ("math.sqrt(uint) -> double", square_root),
    ("math.sqrt(double) -> double", square_root),
    ("math.bitAnd(int, int) -> int", and_ints),
    ("math.bitAnd(uint, uint) -> uint", and_uints),
    ("math.bitOr(int, int) -> int", or_ints),
    ("math.bitOr(uint, uint) -> uint", or_uints),
    ("math.bitXor(int, int) -> int", xor_ints),
    ("math.bitXor(uint, uint) -> uint", xor_uints),
    ("math.bitNot(int) -> int", not_int),
    ("math.bitNot(uint) -> uint", not_uint),
    ("math.bitShiftLeft(int, int) -> int", shift_int_left),
    ("math.bitShiftLeft(uint, int) -> uint", shift_uint_left),
    ("math.bitShiftRight(int, int) -> int", shift_int_right),
    ("math.bitShiftRight(uint, int) -> uint", shift_uint_right),
)

# These take any number of arguments, which no row can say.
VARIADIC: Final = {"math.greatest": greatest, "math.least": least}
