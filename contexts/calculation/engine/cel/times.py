"""
Timestamps and durations in nanoseconds: read, written, taken apart in a time zone.

A timestamp is from 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999999Z, a duration fits 64 bits of
nanoseconds. What this cannot do: leap seconds, which RFC 3339 may write and CEL has not.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final

from contexts.calculation.engine.constants import zone
from contexts.calculation.engine.errors import EvaluationError
from contexts.calculation.engine.limits import MAX_INT, MIN_INT

from .values import Duration, Timestamp

SECOND: Final = 1_000_000_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST: Final = -62_135_596_800 * SECOND
_LAST: Final = 253_402_300_800 * SECOND - 1

_RFC_3339: Final = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,30}))?(Z|[+-]\d\d:\d\d)\Z", re.ASCII
)
_UNITS: Final = {
    "h": 3600 * SECOND,
    "m": 60 * SECOND,
    "s": SECOND,
    "ms": 1_000_000,
    "us": 1_000,
    "\u00b5s": 1_000,  # the micro sign
    "\u03bcs": 1_000,  # the Greek letter
    "ns": 1,
}
_UNIT: Final = r"(?:h|ms|us|\u00b5s|\u03bcs|ns|m|s)"
_DURATION: Final = re.compile(rf"([+-]?)((?:[0-9]{{0,20}}(?:\.[0-9]{{0,20}})?{_UNIT})+)\Z")
_PARTS: Final = re.compile(rf"([0-9]*)(?:\.([0-9]*))?({_UNIT})")
_MAX_DURATION_LENGTH: Final = 200


def checked_timestamp(nanoseconds: int) -> Timestamp:
    if _FIRST <= nanoseconds <= _LAST:
        return Timestamp(nanoseconds)
    raise EvaluationError("a timestamp is within the years 1 to 9999")


def checked_duration(nanoseconds: int) -> Duration:
    if MIN_INT <= nanoseconds <= MAX_INT:
        return Duration(nanoseconds)
    raise EvaluationError("duration out of range")


def read_timestamp(text: str) -> Timestamp:
    """Return the instant of RFC 3339, `2025-03-01T00:00:00.5+01:00`; digits after the ninth are cut."""
    found = _RFC_3339.match(text)
    if not found:
        raise EvaluationError(f"{text[:40]!r} is not a timestamp such as 2025-03-01T00:00:00Z")
    whole, fraction, offset = found.groups()
    try:
        local = datetime.fromisoformat(f"{whole}+00:00")
    except ValueError:
        raise EvaluationError(f"{text[:40]!r} is not a date that exists") from None
    seconds = (local - _EPOCH) // timedelta(seconds=1) - _offset_seconds(offset)
    return checked_timestamp(seconds * SECOND + int((fraction or "0")[:9].ljust(9, "0")))


def _offset_seconds(offset: str) -> int:
    if offset == "Z":
        return 0
    hours, minutes = int(offset[1:3]), int(offset[4:6])
    if hours > 23 or minutes > 59:  # noqa: PLR2004 - of a day and of an hour
        raise EvaluationError(f"{offset} is not an offset")
    seconds = hours * 3600 + minutes * 60
    return -seconds if offset[0] == "-" else seconds


def timestamp_of_seconds(seconds: int) -> Timestamp:
    return checked_timestamp(seconds * SECOND)


def seconds_of_timestamp(at: Timestamp) -> int:
    return at.nanoseconds // SECOND


def write_timestamp(at: Timestamp) -> str:
    seconds, fraction = divmod(at.nanoseconds, SECOND)
    text = (_EPOCH + timedelta(seconds=seconds)).replace(tzinfo=None).isoformat()
    return f"{text}{_fraction(fraction)}Z"


def _fraction(nanoseconds: int) -> str:
    return f".{nanoseconds:09d}".rstrip("0") if nanoseconds else ""


def read_duration(text: str) -> Duration:
    """Return the length of Go's notation, `1h30m`, `-1.5s`, `10ms`; what is under a nanosecond is cut."""
    found = _DURATION.match(text) if len(text) <= _MAX_DURATION_LENGTH else None
    if text in {"0", "+0", "-0"}:
        return Duration(0)
    if not found:
        raise EvaluationError(f"{text[:40]!r} is not a duration such as 1h30m or 90s")
    total = 0
    for whole, fraction, unit in _PARTS.findall(found[2]):
        if not whole and not fraction:
            raise EvaluationError(f"{text[:40]!r} is not a duration such as 1h30m or 90s")
        total += int(whole or "0") * _UNITS[unit]
        total += int(fraction or "0") * _UNITS[unit] // 10 ** len(fraction)
    return checked_duration(-total if found[1] == "-" else total)


def write_duration(length: Duration) -> str:
    """Return the length in seconds, `-1.5s`."""
    seconds, fraction = divmod(abs(length.nanoseconds), SECOND)
    sign = "-" if length.nanoseconds < 0 else ""
    return f"{sign}{seconds}{_fraction(fraction)}s"


def _local(at: Timestamp, place: tzinfo) -> tuple[datetime, int]:
    """
    Return the time there, and how many years to add to it.

    There it may be the year 0 or 10000 already, which a datetime has not: the calendar is the same 400 years away.
    """
    moment = _EPOCH + timedelta(seconds=at.nanoseconds // SECOND)
    try:
        return moment.astimezone(place), 0
    except (OverflowError, ValueError):
        years = 400 if moment.year > 1 else -400
        days = timedelta(days=146_097)
        return (moment - days if years > 0 else moment + days).astimezone(place), years


# Months, days of the month (but getDate), of the year and hours count from 0; Sunday is 0.
_CALENDAR: Final[dict[str, Callable[[datetime], int]]] = {
    "getFullYear": lambda at: at.year,
    "getMonth": lambda at: at.month - 1,
    "getDate": lambda at: at.day,
    "getDayOfMonth": lambda at: at.day - 1,
    "getDayOfWeek": lambda at: at.isoweekday() % 7,
    "getDayOfYear": lambda at: at.timetuple().tm_yday - 1,
    "getHours": lambda at: at.hour,
    "getMinutes": lambda at: at.minute,
    "getSeconds": lambda at: at.second,
}


def milliseconds_of_timestamp(at: Timestamp) -> int:
    return at.nanoseconds % SECOND // 1_000_000


def milliseconds_in_zone(at: Timestamp, name: str) -> int:
    zone(name)  # a zone that does not exist is an error here too
    return milliseconds_of_timestamp(at)


def _rows_of_calendar() -> list[tuple[str, Callable[..., int]]]:
    def here(part: Callable[[datetime], int]) -> Callable[[Timestamp], int]:
        return lambda at: part(_local(at, UTC)[0])

    def there(part: Callable[[datetime], int]) -> Callable[[Timestamp, str], int]:
        def compute(at: Timestamp, name: str) -> int:
            local, years = _local(at, zone(name))
            return part(local) + (years if part is _CALENDAR["getFullYear"] else 0)

        return compute

    rows: list[tuple[str, Callable[..., int]]] = []
    for name, part in _CALENDAR.items():
        rows.append((f"timestamp.{name}() -> int", here(part)))
        rows.append((f"timestamp.{name}(string) -> int", there(part)))
    return rows


def _whole(unit: int) -> Callable[[Duration], int]:
    """Return a function that gives a duration in whole units, cut towards zero."""

    def units(length: Duration) -> int:
        count = abs(length.nanoseconds) // unit
        return -count if length.nanoseconds < 0 else count

    return units


def milliseconds_of_duration(length: Duration) -> int:
    """Return the milliseconds of the last second, as the conformance suite has it."""
    count = abs(length.nanoseconds) % SECOND // 1_000_000
    return -count if length.nanoseconds < 0 else count


ROWS: Final = (
    *_rows_of_calendar(),
    ("timestamp.getMilliseconds() -> int", milliseconds_of_timestamp),
    ("timestamp.getMilliseconds(string) -> int", milliseconds_in_zone),
    ("duration.getHours() -> int", _whole(_UNITS["h"])),
    ("duration.getMinutes() -> int", _whole(_UNITS["m"])),
    ("duration.getSeconds() -> int", _whole(_UNITS["s"])),
    ("duration.getMilliseconds() -> int", milliseconds_of_duration),
)
