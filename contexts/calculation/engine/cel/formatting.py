"""
`"%s of %.2f".format([…])`: the clauses of the strings extension, without locales.

%s any value, %d whole numbers, %f and %e doubles with a precision, %b %o %x %X other bases, %% itself. What
this cannot do: widths, flags and other languages' digits, which CEL has not.
"""

import math
import re
from typing import Any, Final

from contexts.calculation.engine.errors import EvaluationError
from contexts.calculation.engine.limits import MAX_TEXT_RESULT, MAX_VALUE_NESTING

from .conversions import fixed_text, infinite_text, string_of_bool, string_of_double
from .times import write_duration, write_timestamp
from .values import CelMap, CelType, Duration, OptionalValue, Timestamp, Uint, type_name

_CLAUSE: Final = re.compile(r"%(?:(%)|(?:\.([0-9]{1,9}))?([a-zA-Z]))")
_MAX_PRECISION: Final = 1_000
_DEFAULT_PRECISION: Final = 6
_WHOLE: Final = frozenset({int, Uint})


def format_text(text: str, values: list[Any]) -> str:
    """Return the text with each clause replaced by its value; superfluous values are ignored."""
    parts: list[str] = []
    room, position, taken = MAX_TEXT_RESULT, 0, 0
    while (percent := text.find("%", position)) >= 0:
        clause = _CLAUSE.match(text, percent)
        if clause is None:
            raise EvaluationError("could not parse formatting clause")
        parts.append(text[position:percent])
        position = clause.end()
        if clause[1]:
            parts.append("%")
        else:
            if taken >= len(values):
                raise EvaluationError(f"index {taken} out of range")
            parts.append(_clause(clause, values[taken], room))
            taken += 1
        room -= len(parts[-1]) + len(parts[-2])
        if room < 0:
            raise EvaluationError(f"the result is longer than {MAX_TEXT_RESULT}")
    return "".join([*parts, text[position:]])


def _clause(clause: re.Match[str], value: Any, room: int) -> str:
    letter, precision = clause[3], clause[2]
    if precision is not None and (letter not in {"e", "f"} or int(precision) > _MAX_PRECISION):
        raise EvaluationError(f"unexpected precision {precision:.9} for %{letter}")
    match letter:
        case "s":
            return "".join(_Text(room).of(value))
        case "d":
            return _decimal(value)
        case "e" | "f":
            return _float(value, letter, int(precision or _DEFAULT_PRECISION))
        case "b":
            return format(int(value), "b") if type(value) is bool else _base(value, "b", "bools")
        case "o":
            return _base(value, "o")
        case "x" | "X":
            return _hexadecimal(value, letter)
    raise EvaluationError(f"unrecognized formatting clause %{letter}")


def _refused(letter: str, kinds: str, value: Any) -> EvaluationError:
    return EvaluationError(f"%{letter} takes {kinds}, was given {type_name(value)}")


def _decimal(value: Any) -> str:
    if type(value) in _WHOLE:
        return str(value)
    if type(value) is float:
        return fixed_text(value) if math.isfinite(value) else infinite_text(value)
    raise _refused("d", "numbers", value)


def _float(value: Any, letter: str, precision: int) -> str:
    if type(value) is not float and type(value) not in _WHOLE:
        raise _refused(letter, "numbers", value)
    number = float(value)
    return (
        format(number, f".{precision}{letter}") if math.isfinite(number) else infinite_text(number)
    )


def _base(value: Any, letter: str, also: str = "") -> str:
    if type(value) in _WHOLE:
        return format(int(value), letter)
    raise _refused(letter, f"ints{' and ' + also if also else ''}", value)


def _hexadecimal(value: Any, letter: str) -> str:
    if type(value) in _WHOLE:
        return format(int(value), letter)
    if type(value) not in {str, bytes}:
        raise _refused(letter, "ints, strings and bytes", value)
    text = (value.encode() if isinstance(value, str) else value).hex()
    return text.upper() if letter == "X" else text


class _Text:
    """The text of a value, in parts, that stops when there is no room for more."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.parts: list[str] = []

    def of(self, value: Any) -> list[str]:
        self.add(value, 0)
        return self.parts

    def write(self, text: str) -> None:
        self.room -= len(text)
        if self.room < 0:
            raise EvaluationError(f"the result is longer than {MAX_TEXT_RESULT}")
        self.parts.append(text)

    def add(self, value: Any, nesting: int) -> None:
        if nesting > MAX_VALUE_NESTING:
            raise EvaluationError(f"values nest deeper than {MAX_VALUE_NESTING}")
        if type(value) is list:
            self.write("[")
            for number, item in enumerate(value):
                self.write(", " if number else "")
                self.add(item, nesting + 1)
            self.write("]")
        elif type(value) is CelMap:
            self.write("{")
            pairs = sorted(((scalar_text(key), item) for key, item in value.pairs()), key=_first)
            for number, (key, item) in enumerate(pairs):
                self.write(f"{', ' if number else ''}{key}: ")
                self.add(item, nesting + 1)
            self.write("}")
        else:
            self.write(scalar_text(value))


def _first(pair: tuple[str, Any]) -> str:
    return pair[0]


def scalar_text(value: Any) -> str:  # noqa: PLR0911 - one for each type
    """Return how %s writes a value that is neither list nor map."""
    match value:
        case None:
            return "null"
        case bool():
            return string_of_bool(value)
        case float():
            return string_of_double(value)
        case bytes():
            return value.decode(errors="replace")
        case Timestamp():
            return write_timestamp(value)
        case Duration():
            return write_duration(value)
        case CelType(name=name):
            return name
        case OptionalValue():
            raise _refused("s", "no optionals", value)
    return str(value)


ROWS: Final = (("string.format(list(dyn)) -> string", format_text),)
