"""
From one type to another: `int()`, `uint()`, `double()`, `string()`, `bytes()`, `bool()`, times, `type()` and `dyn()`.

What does not fit the range of the target is an error; a double on its way to a whole number is cut towards
zero. A double becomes a string as Go writes it: the shortest digits that read back, an exponent from 1e+06 on and below 1e-04.
"""

import math
import re
from decimal import Decimal
from typing import Any, Final

from contexts.calculation.engine.errors import EvaluationError
from contexts.calculation.engine.limits import MAX_TEXT_RESULT

from .times import (
    read_duration,
    read_timestamp,
    seconds_of_timestamp,
    timestamp_of_seconds,
    write_duration,
    write_timestamp,
)
from .values import CelType, Uint, checked_int, checked_uint, type_of

_INT: Final = re.compile(r"[+-]?[0-9]{1,40}\Z")
_UINT: Final = re.compile(r"[0-9]{1,40}\Z")
_DOUBLE: Final = re.compile(
    r"[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?|inf(?:inity)?|nan)\Z", re.IGNORECASE
)
_BOOLS: Final = {
    **dict.fromkeys(("1", "t", "T", "true", "TRUE", "True"), True),
    **dict.fromkeys(("0", "f", "F", "false", "FALSE", "False"), False),
}
_INT_EDGE: Final = 2.0**63
_UINT_EDGE: Final = 2.0**64
_EXPONENT_FROM: Final = 6
_EXPONENT_BELOW: Final = 4
_MAX_NUMBER_LENGTH: Final = 1_000


def same(value: Any) -> Any:
    return value


def int_of_double(value: float) -> int:
    if -_INT_EDGE < value < _INT_EDGE:
        return int(value)
    raise EvaluationError("a double outside the range of int")


def uint_of_double(value: float) -> Uint:
    if 0 <= value < _UINT_EDGE:
        return Uint(value)
    raise EvaluationError("a double outside the range of uint")


def int_of_string(text: str) -> int:
    if _INT.match(text):
        return checked_int(int(text))
    raise EvaluationError(f"{text[:40]!r} is not an int")


def uint_of_string(text: str) -> Uint:
    if _UINT.match(text):
        return checked_uint(int(text))
    raise EvaluationError(f"{text[:40]!r} is not a uint")


def int_of_uint(value: Uint) -> int:
    return checked_int(int(value))


def double_of_string(text: str) -> float:
    if len(text) > _MAX_NUMBER_LENGTH or not _DOUBLE.match(text):
        raise EvaluationError(f"{text[:40]!r} is not a double")
    number = float(text)
    if math.isinf(number) and "n" not in text.lower():  # written as digits, not as infinity
        raise EvaluationError(f"{text[:40]!r} is outside the range of double")
    return number


def string_of_double(value: float) -> str:
    if not math.isfinite(value):
        return infinite_text(value)
    number = Decimal(repr(value))
    if value == 0 or -_EXPONENT_BELOW <= number.adjusted() < _EXPONENT_FROM:
        return fixed_text(value)
    digits = "".join(map(str, number.as_tuple().digits)).rstrip("0")
    mantissa = digits if len(digits) == 1 else f"{digits[0]}.{digits[1:]}"
    power = number.adjusted()
    return f"{'-' if value < 0 else ''}{mantissa}e{'-' if power < 0 else '+'}{abs(power):02d}"


def fixed_text(value: float) -> str:
    """Return a finite double in its shortest digits, without an exponent."""
    text = format(Decimal(repr(value)), "f")
    return text.removesuffix(".0")


def infinite_text(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return "-Infinity" if value < 0 else "Infinity"


def string_of_bytes(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise EvaluationError("invalid UTF-8 in bytes") from None


def bytes_of_string(text: str) -> bytes:
    octets = text.encode()
    if len(octets) > MAX_TEXT_RESULT:
        raise EvaluationError(f"the result is longer than {MAX_TEXT_RESULT}")
    return octets


def string_of_bool(value: bool) -> str:  # noqa: FBT001 - the value itself
    return "true" if value else "false"


def bool_of_string(text: str) -> bool:
    if text in _BOOLS:
        return _BOOLS[text]
    raise EvaluationError(f"{text[:40]!r} is not a bool")


def string_of_type(value: CelType) -> str:
    return value.name


ROWS: Final = (
    ("int(int) -> int", same),
    ("int(uint) -> int", int_of_uint),
    ("int(double) -> int", int_of_double),
    ("int(string) -> int", int_of_string),
    ("int(timestamp) -> int", seconds_of_timestamp),
    ("uint(uint) -> uint", same),
    ("uint(int) -> uint", checked_uint),
    ("uint(double) -> uint", uint_of_double),
    ("uint(string) -> uint", uint_of_string),
    ("double(double) -> double", same),
    ("double(int) -> double", float),
    ("double(uint) -> double", float),
    ("double(string) -> double", double_of_string),
    ("string(string) -> string", same),
    ("string(int) -> string", str),
    ("string(uint) -> string", str),
    ("string(double) -> string", string_of_double),
    ("string(bool) -> string", string_of_bool),
    ("string(bytes) -> string", string_of_bytes),
    ("string(timestamp) -> string", write_timestamp),
    ("string(duration) -> string", write_duration),
    ("string(type) -> string", string_of_type),
    ("bytes(bytes) -> bytes", same),
    ("bytes(string) -> bytes", bytes_of_string),
    ("bool(bool) -> bool", same),
    ("bool(string) -> bool", bool_of_string),
    ("timestamp(timestamp) -> timestamp", same),
    ("timestamp(string) -> timestamp", read_timestamp),
    ("timestamp(int) -> timestamp", timestamp_of_seconds),
    ("duration(duration) -> duration", same),
    ("duration(string) -> duration", read_duration),
    ("dyn(A) -> dyn", same),
    ("type(A) -> type", type_of),
)
