"""
What is known when an expression is checked: literals, `timestamp("…")`, patterns, zones, lists of these.

What this cannot do: fold arithmetic; `2 + 3` is computed at each decision.
"""

from datetime import UTC, timedelta, timezone, tzinfo
from re import ASCII
from re import compile as regex
from typing import Any, Final
from zoneinfo import ZoneInfo

from .errors import EvaluationError
from .functions import pattern, rounded, to_duration, to_timestamp
from .library import ZONED
from .nodes import Call, ListOf, Literal, Node, Scalar

_OFFSET: Final = regex(r"([+-]?)(\d\d):(\d\d)\Z", ASCII)
_ZONE: Final = regex(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,2}\Z")


_OF_THE_HOST: Final = frozenset({"localtime", "posixrules", "Factory"})


class Unknown(Exception):
    """The value of this part depends on facts."""


def constant(node: Node) -> Any:
    """
    Return the value of a part that depends on no fact.

    Raises:
        Unknown: it depends on facts, or is a computation.
        EvaluationError: it is constant, and wrong.

    """
    match node:
        case Literal(value=value):
            return value
        case ListOf(items=items):
            return [constant(item) for item in items]
        case Call(function="timestamp", target=None, arguments=(Literal(value=value),)):
            return to_timestamp(value)
        case Call(function="duration", target=None, arguments=(Literal(value=value),)):
            return to_duration(value)
    raise Unknown


def zone(name: Scalar) -> tzinfo:
    """Return a time zone by its IANA name or its offset, `Europe/Berlin` or `+02:00`."""
    text = name if isinstance(name, str) else ""
    if offset := _OFFSET.match(text):
        minutes = int(offset[2]) * 60 + int(offset[3])
        if minutes < 24 * 60:
            return timezone(timedelta(minutes=-minutes if offset[1] == "-" else minutes))
    if text.upper() == "UTC":
        return UTC
    try:
        if _ZONE.match(text) and text not in _OF_THE_HOST:
            return ZoneInfo(text)
    except (ValueError, OSError, KeyError):
        pass
    raise EvaluationError(f"{text[:40]!r} is not a time zone such as Europe/Berlin or +02:00")


def fault_of_constant(node: Call) -> str | None:
    """Return what is wrong with the literals of a call that could never work, None if nothing is."""
    try:
        constant(node)
    except Unknown:
        return _fault_of_arguments(node)
    except EvaluationError as error:
        return str(error)
    return None


def _fault_of_arguments(node: Call) -> str | None:
    try:
        if node.function in ZONED and node.arguments:
            if not isinstance(node.arguments[0], Literal):
                return "a time zone is written as a literal"
            zone(node.arguments[0].value)
        last = node.operands[-1] if node.operands else node
        if node.function == "matches" and isinstance(last, Literal) and isinstance(last.value, str):
            pattern(last.value)
        if node.function == "round" and len(node.operands) > 1 and isinstance(last, Literal):
            rounded(0, last.value)
    except EvaluationError as error:
        return str(error)
    return None
