"""
The arithmetic of ints, uints, doubles, times, and the joining of texts and lists.

Whole numbers and times that leave their range are errors; doubles follow IEEE 754, infinity and NaN included. An
int divided by an int is cut towards zero, and the remainder has the sign of the dividend.
"""

import math
import operator
from typing import Any, Final

from contexts.calculation.engine import limits
from contexts.calculation.engine.errors import EvaluationError

from .times import checked_duration, checked_timestamp
from .values import Duration, Timestamp, Uint, checked_int, checked_uint


def add_ints(left: int, right: int) -> int:
    return checked_int(left + right)


def subtract_ints(left: int, right: int) -> int:
    return checked_int(left - right)


def multiply_ints(left: int, right: int) -> int:
    return checked_int(left * right)


def divide_ints(left: int, right: int) -> int:
    if right == 0:
        raise EvaluationError("divide by zero")
    quotient = abs(left) // abs(right)
    return checked_int(quotient if (left < 0) == (right < 0) else -quotient)


def modulo_ints(left: int, right: int) -> int:
    if right == 0:
        raise EvaluationError("modulus by zero")
    if right == -1 and left == limits.MIN_INT:
        raise EvaluationError("int overflow")
    remainder = abs(left) % abs(right)
    return -remainder if left < 0 else remainder


def negate_int(value: int) -> int:
    return checked_int(-value)


def add_uints(left: Uint, right: Uint) -> Uint:
    return checked_uint(int(left) + int(right))


def subtract_uints(left: Uint, right: Uint) -> Uint:
    return checked_uint(int(left) - int(right))


def multiply_uints(left: Uint, right: Uint) -> Uint:
    return checked_uint(int(left) * int(right))


def divide_uints(left: Uint, right: Uint) -> Uint:
    if right == 0:
        raise EvaluationError("divide by zero")
    return Uint(int(left) // int(right))


def modulo_uints(left: Uint, right: Uint) -> Uint:
    if right == 0:
        raise EvaluationError("modulus by zero")
    return Uint(int(left) % int(right))


def divide_doubles(left: float, right: float) -> float:
    if right:
        return left / right
    if left == 0 or math.isnan(left) or math.isnan(right):
        return math.nan
    return math.copysign(math.inf, left) * math.copysign(1.0, right)


def concatenate(left: Any, right: Any) -> Any:
    bound = limits.MAX_LIST_RESULT if isinstance(left, list) else limits.MAX_TEXT_RESULT
    if len(left) + len(right) > bound:
        raise EvaluationError(f"the result is longer than {bound}")
    return left + right


def shift(at: Timestamp, by: Duration) -> Timestamp:
    return checked_timestamp(at.nanoseconds + by.nanoseconds)


def shifted(by: Duration, at: Timestamp) -> Timestamp:
    return shift(at, by)


def shift_back(at: Timestamp, by: Duration) -> Timestamp:
    return checked_timestamp(at.nanoseconds - by.nanoseconds)


def between(later: Timestamp, earlier: Timestamp) -> Duration:
    return checked_duration(later.nanoseconds - earlier.nanoseconds)


def add_durations(left: Duration, right: Duration) -> Duration:
    return checked_duration(left.nanoseconds + right.nanoseconds)


def subtract_durations(left: Duration, right: Duration) -> Duration:
    return checked_duration(left.nanoseconds - right.nanoseconds)


ROWS: Final = (
    ("_+_(int, int) -> int", add_ints),
    ("_+_(uint, uint) -> uint", add_uints),
    ("_+_(double, double) -> double", operator.add),
    ("_+_(string, string) -> string", concatenate),
    ("_+_(bytes, bytes) -> bytes", concatenate),
    ("_+_(list(A), list(A)) -> list(A)", concatenate),
    ("_+_(timestamp, duration) -> timestamp", shift),
    ("_+_(duration, timestamp) -> timestamp", shifted),
    ("_+_(duration, duration) -> duration", add_durations),
    ("_-_(int, int) -> int", subtract_ints),
    ("_-_(uint, uint) -> uint", subtract_uints),
    ("_-_(double, double) -> double", operator.sub),
    ("_-_(timestamp, timestamp) -> duration", between),
    ("_-_(timestamp, duration) -> timestamp", shift_back),
    ("_-_(duration, duration) -> duration", subtract_durations),
    ("_*_(int, int) -> int", multiply_ints),
    ("_*_(uint, uint) -> uint", multiply_uints),
    ("_*_(double, double) -> double", operator.mul),
    ("_/_(int, int) -> int", divide_ints),
    ("_/_(uint, uint) -> uint", divide_uints),
    ("_/_(double, double) -> double", divide_doubles),
    ("_%_(int, int) -> int", modulo_ints),
    ("_%_(uint, uint) -> uint", modulo_uints),
    ("-_(int) -> int", negate_int),
    ("-_(double) -> double", operator.neg),
    ("!_(bool) -> bool", operator.not_),
)
