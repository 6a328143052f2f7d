"""
How the library computes: every function takes any value at all and gives a value or an EvaluationError.

Numbers are exact or refused; only a quotient is rounded. Times have microseconds where CEL has
nanoseconds. Nothing here reads a clock; a time zone is resolved when the expression is checked.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any, Final

import re2  # type: ignore[import-untyped,unused-ignore]  # ships no stubs

from . import limits
from .arithmetic import EXACT, ROUNDING, as_decimal, bounded_int, decimal_sum, expect, is_number
from .canonical import quoted
from .errors import EvaluationError
from .lexer import plain

_OPTIONS: Final = re2.Options()
_OPTIONS.log_errors = False
_OPTIONS.max_mem = 4 << 20

_DURATION: Final = re.compile(r"([+-]?)((?:[0-9]{1,12}(?:\.[0-9]{1,9})?(?:h|ms|us|m|s))+)\Z")
_DURATION_PART: Final = re.compile(r"([0-9.]+)(h|ms|us|m|s)")
_MICROSECONDS: Final = {"h": 3_600_000_000, "m": 60_000_000, "s": 1_000_000, "ms": 1000, "us": 1}
_TIMESTAMP: Final = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)\Z",
    re.ASCII,
)
_INT: Final = re.compile(r"[+-]?[0-9]{1,40}\Z")
_DECIMAL: Final = re.compile(r"[+-]?[0-9]{1,38}(?:\.[0-9]{1,38})?\Z")
_LOWER: Final = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_UPPER: Final = {code: code - 32 for code in range(ord("a"), ord("z") + 1)}
_MAX_DIGITS: Final = 18
_MIN_DIGITS: Final = -9


def size(value: Any) -> int:
    if type(value) not in {str, list, dict}:
        raise EvaluationError("size() takes a string, a list or a map")
    return len(value)


def starts_with(text: Any, start: Any) -> bool:
    return bool(expect("string", text).startswith(expect("string", start)))


def ends_with(text: Any, end: Any) -> bool:
    return bool(expect("string", text).endswith(expect("string", end)))


def contains(text: Any, part: Any) -> bool:
    return expect("string", part) in expect("string", text)


@lru_cache(maxsize=256)
def pattern(text: str) -> Any:
    """Compile a regular expression of RE2, which takes linear time on any input."""
    if len(text) > limits.MAX_PATTERN_LENGTH:
        raise EvaluationError(f"a pattern has at most {limits.MAX_PATTERN_LENGTH} characters")
    try:
        return re2.compile(text, _OPTIONS)
    except re2.error as error:
        reason = error.args[0] if error.args else "refused"
        reason = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
        raise EvaluationError(f"{quoted(text)} is not a pattern of RE2: {reason}") from None


def matches(text: Any, regex: Any) -> bool:
    return pattern(expect("string", regex)).search(expect("string", text)) is not None


def lower_ascii(text: Any) -> str:
    return str(expect("string", text).translate(_LOWER))


def upper_ascii(text: Any) -> str:
    return str(expect("string", text).translate(_UPPER))


def trim(text: Any) -> str:
    return str(expect("string", text).strip())


def to_int(value: Any) -> int:
    if isinstance(value, datetime):
        return int((value - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(seconds=1))
    if type(value) is str:
        if not _INT.match(value):
            raise EvaluationError(f"{quoted(value[:40])} is not an int")
        return bounded_int(int(value))
    if type(value) is Decimal and value.adjusted() > len(str(limits.MAX_INT)):
        raise EvaluationError("an int has at most 64 bits")
    if not is_number(value):
        raise EvaluationError("int() takes a number, a string or a timestamp")
    return bounded_int(int(value))


def to_decimal(value: Any) -> Decimal:
    if type(value) is str:
        if not _DECIMAL.match(value):
            raise EvaluationError(f"{quoted(value[:40])} is not a decimal")
        return Decimal(value)
    return as_decimal(value)


def to_string(value: Any) -> str:
    if type(value) is bool:
        return "true" if value else "false"
    if type(value) is Decimal:
        return format(plain(as_decimal(value)), "f")
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, timedelta):
        return (
            f"{format(plain(Decimal(value // timedelta(microseconds=1)).scaleb(-6, EXACT)), 'f')}s"
        )
    if type(value) in {str, int}:
        return str(value)
    raise EvaluationError("string() takes a scalar")


def to_bool(value: Any) -> bool:
    if type(value) is bool:
        return value
    if type(value) is str and value.lower() in {"true", "false", "t", "f", "1", "0"}:
        return value.lower() in {"true", "t", "1"}
    raise EvaluationError("bool() takes a bool, or the string true or false")


def to_timestamp(value: Any) -> datetime:
    """Return a timestamp from RFC 3339, `2025-03-01T00:00:00Z`."""
    if isinstance(value, datetime):
        return value
    if type(value) is not str or not _TIMESTAMP.match(value):
        raise EvaluationError(
            f"{str(value)[:40]!r} is not a timestamp such as 2025-03-01T00:00:00Z"
        )
    cut = re.sub(r"(\.\d{6})\d+", r"\1", value)
    try:
        return datetime.fromisoformat(cut).astimezone(UTC)
    except (ValueError, OverflowError):
        raise EvaluationError(f"{value[:40]!r} is not a date that exists") from None


def to_duration(value: Any) -> timedelta:
    """Return a duration from Go's notation, `1h30m`, `90s`, `1.5s`; no day or month, as in CEL."""
    if isinstance(value, timedelta):
        return value
    found = _DURATION.match(value) if type(value) is str else None
    if not found:
        raise EvaluationError(f"{str(value)[:40]!r} is not a duration such as 1h30m or 90s")
    total = Decimal(0)
    for number, unit in _DURATION_PART.findall(found[2]):
        total = EXACT.add(total, EXACT.multiply(Decimal(number), Decimal(_MICROSECONDS[unit])))
    try:
        return timedelta(microseconds=-int(total) if found[1] == "-" else int(total))
    except OverflowError:
        raise EvaluationError(f"{value[:40]!r} is too long a duration") from None


def absolute(value: Any) -> Any:
    if not is_number(value):
        raise EvaluationError("abs() takes a number")
    return bounded_int(abs(value)) if type(value) is int else value.copy_abs()


def rounded(value: Any, digits: Any = 0, rounding: str = ROUND_HALF_UP) -> Decimal:
    if not _MIN_DIGITS <= expect("int", digits) <= _MAX_DIGITS:
        raise EvaluationError(f"round() takes from {_MIN_DIGITS} to {_MAX_DIGITS} digits")
    step = Decimal((0, (1,), -digits))
    number = as_decimal(value).quantize(step, rounding=rounding, context=ROUNDING)
    return plain(number) if digits < 0 else number


def floor(value: Any) -> Decimal:
    return rounded(value, 0, ROUND_FLOOR)


def ceil(value: Any) -> Decimal:
    return rounded(value, 0, ROUND_CEILING)


def least(*values: Any) -> Any:
    return min(_numbers("min", values))


def greatest(*values: Any) -> Any:
    return max(_numbers("max", values))


def _numbers(name: str, values: tuple[Any, ...]) -> Any:
    numbers = values[0] if len(values) == 1 else values
    if not isinstance(numbers, list | tuple) or not all(map(is_number, numbers)):
        raise EvaluationError(f"{name}() takes numbers")
    if not numbers:
        raise EvaluationError(f"{name}() of an empty list has no value")
    return numbers


def total(values: Any) -> Any:
    """Return the exact sum of a list of numbers; the sum of none is 0."""
    return decimal_sum(expect("list", values))


def sum_of_decimals(values: Any) -> Any:
    """Return the exact sum of what is known to be decimals, also where some are written as ints."""
    return decimal_sum([Decimal(0), *expect("list", values)])


def _part(name: str, of_time: Callable[[datetime], int]) -> Callable[..., int]:
    def part(value: Any, zone: tzinfo = UTC) -> int:
        if isinstance(value, timedelta):
            return duration_part(name, value)
        return of_time(expect("timestamp", value).astimezone(zone))

    return part


def duration_part(name: str, value: timedelta) -> int:
    """Return a whole duration in that unit, towards zero; its milliseconds are those of its second."""
    microseconds = value // timedelta(microseconds=1)
    sign = -1 if microseconds < 0 else 1
    unit = {"getHours": "h", "getMinutes": "m", "getSeconds": "s", "getMilliseconds": "ms"}.get(
        name
    )
    if unit is None:
        raise EvaluationError(f"{name}() takes a timestamp")
    whole = abs(microseconds) // _MICROSECONDS[unit]
    return sign * (whole % 1000 if unit == "ms" else whole)


# Months, days of the month (but getDate), of the year and hours count from 0; Sunday is 0: as in CEL.
_PARTS: Final[dict[str, Callable[[datetime], int]]] = {
    "getFullYear": lambda at: at.year,
    "getMonth": lambda at: at.month - 1,
    "getDate": lambda at: at.day,
    "getDayOfMonth": lambda at: at.day - 1,
    "getDayOfWeek": lambda at: at.isoweekday() % 7,
    "getDayOfYear": lambda at: at.timetuple().tm_yday - 1,
    "getHours": lambda at: at.hour,
    "getMinutes": lambda at: at.minute,
    "getSeconds": lambda at: at.second,
    "getMilliseconds": lambda at: at.microsecond // 1000,
}

IMPLEMENTATIONS: Final[dict[str, Callable[..., Any]]] = {
    "size": size,
    "startsWith": starts_with,
    "endsWith": ends_with,
    "contains": contains,
    "matches": matches,
    "lowerAscii": lower_ascii,
    "upperAscii": upper_ascii,
    "trim": trim,
    "int": to_int,
    "decimal": to_decimal,
    "string": to_string,
    "bool": to_bool,
    "timestamp": to_timestamp,
    "duration": to_duration,
    "abs": absolute,
    "round": rounded,
    "floor": floor,
    "ceil": ceil,
    "min": least,
    "max": greatest,
    "sum": total,
    **{name: _part(name, of_time) for name, of_time in _PARTS.items()},
}
