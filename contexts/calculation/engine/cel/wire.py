"""
Values as JSON that says what they are: `{"int": "1"}`, `{"map": [[KEY, VALUE], …]}`, `{"duration": "1.5s"}`.

Whole numbers are strings of digits, bytes base64, a double a number or "NaN", "Infinity", "-Infinity", a time what
CEL writes. An optional, which the notation does not have, is `{"optional": VALUE}`, none `{"optional": null}`.
"""

import math
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Callable
from typing import Any, Final

from contexts.calculation.engine.errors import EvaluationError
from contexts.calculation.engine.limits import MAX_LIST_RESULT, MAX_VALUE_NESTING

from .conversions import infinite_text, int_of_string, uint_of_string
from .times import read_duration, read_timestamp, write_duration, write_timestamp
from .values import (
    DENOTATIONS,
    NONE,
    CelMap,
    CelType,
    Duration,
    OptionalValue,
    Timestamp,
    Uint,
)


class NotAValue(ValueError):
    """A document is not a value in this notation."""


def read_value(document: Any, nesting: int = 0) -> Any:
    """
    Return the value that a document stands for.

    Raises:
        NotAValue: it stands for none.

    """
    if type(document) is not dict or len(document) != 1:
        raise NotAValue(f"{str(document)[:60]} is not a value such as {{'int': '1'}}")
    if nesting > MAX_VALUE_NESTING:
        raise NotAValue(f"values nest deeper than {MAX_VALUE_NESTING}")
    ((kind, content),) = document.items()
    try:
        return _READ[kind](content, nesting)
    except KeyError:
        raise NotAValue(f"{kind!r:.60} is not a kind of value") from None
    except (EvaluationError, TypeError, AttributeError, Error, UnicodeError, ValueError) as fault:
        raise NotAValue(f"{str(content)[:60]!r} is not {kind:.60}: {fault}") from None


def _read_double(content: Any, _nesting: int) -> float:
    if content in ("NaN", "Infinity", "-Infinity"):
        return float(content)
    if type(content) not in {int, float}:
        raise NotAValue("a double is a number")
    try:
        number = float(content)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):  # what JSON reads from 1e400
        raise NotAValue("outside the range of double")
    return number


def _read_list(content: Any, nesting: int) -> list[Any]:
    return [read_value(item, nesting + 1) for item in _expect(list, content)]


def _read_map(content: Any, nesting: int) -> CelMap:
    return CelMap(
        (read_value(key, nesting + 1), read_value(value, nesting + 1))
        for key, value in _expect(list, content)
    )


def _read_type(content: Any, _nesting: int) -> CelType:
    return DENOTATIONS.get(content) or CelType(_expect(str, content))


def _expect(kind: type, content: Any) -> Any:
    if type(content) is not kind:
        raise NotAValue(f"expected {kind.__name__}")
    return content


def _read_null(content: Any, _nesting: int) -> None:
    if content is not None:
        raise NotAValue("null is null")


def _read_string(content: Any, _nesting: int) -> str:
    text: str = _expect(str, content)
    text.encode()  # half a surrogate pair is no text
    return text


def _read_optional(content: Any, nesting: int) -> OptionalValue:
    return NONE if content is None else OptionalValue(read_value(content, nesting + 1))


_READ: Final[dict[str, Callable[[Any, int], Any]]] = {
    "null": _read_null,
    "bool": lambda content, _nesting: _expect(bool, content),
    "int": lambda content, _nesting: int_of_string(_expect(str, content)),
    "uint": lambda content, _nesting: uint_of_string(_expect(str, content)),
    "double": _read_double,
    "string": _read_string,
    "bytes": lambda content, _nesting: b64decode(_expect(str, content), validate=True),
    "list": _read_list,
    "map": _read_map,
    "timestamp": lambda content, _nesting: read_timestamp(_expect(str, content)),
    "duration": lambda content, _nesting: read_duration(_expect(str, content)),
    "type": _read_type,
    "optional": _read_optional,
}


def write_value(value: Any) -> dict[str, Any]:
    """
    Return the document of a value.

    Raises:
        EvaluationError: it is nested too deep, or has too many parts, to be written.

    """
    return _Writer().write(value, 0)


class _Writer:
    def __init__(self) -> None:
        self.room = MAX_LIST_RESULT

    def write(self, value: Any, nesting: int) -> dict[str, Any]:
        self.room -= 1
        if self.room < 0:
            raise EvaluationError(f"a value with more than {MAX_LIST_RESULT} parts")
        if nesting > MAX_VALUE_NESTING:
            raise EvaluationError(f"values nest deeper than {MAX_VALUE_NESTING}")
        if type(value) is list:
            return {"list": [self.write(item, nesting + 1) for item in value]}
        if type(value) is CelMap:
            return {
                "map": [[self.write(part, nesting + 1) for part in pair] for pair in value.pairs()]
            }
        if type(value) is OptionalValue:
            inner = self.write(value.value, nesting + 1) if value.present else None
            return {"optional": inner}
        return _write_scalar(value)


def _write_scalar(value: Any) -> dict[str, Any]:  # noqa: C901, PLR0911 - one for each type
    match value:
        case None:
            return {"null": None}
        case bool():
            return {"bool": value}
        case Uint():
            return {"uint": str(value)}
        case int():
            return {"int": str(value)}
        case float():
            return {"double": value if math.isfinite(value) else infinite_text(value)}
        case str():
            return {"string": value}
        case bytes():
            return {"bytes": b64encode(value).decode()}
        case Timestamp():
            return {"timestamp": write_timestamp(value)}
        case Duration():
            return {"duration": write_duration(value)}
        case CelType(name=name):
            return {"type": name}
    raise AssertionError(f"{type(value).__name__} is no value of CEL")
