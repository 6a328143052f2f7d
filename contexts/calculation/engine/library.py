"""
The functions and operators an expression may use, as rows: what they take and what they give.

How they compute is in `functions.py`. Rows marked "ours" are not in CEL's standard library: money
needs them. In CEL's place of `double` stands `decimal`; an int is taken where a decimal is wanted.
An int divided by an int is an int, as in CEL: write `decimal(a) / b` for the exact quotient.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from .schema import DYN, STRING, Type, assignable, joined, list_of, parse_type

_ROWS: Final = """
size(string) -> int
size(list(dyn)) -> int
size(map(dyn, dyn)) -> int
string.size() -> int
list(dyn).size() -> int
map(dyn, dyn).size() -> int
string.startsWith(string) -> bool
string.endsWith(string) -> bool
string.contains(string) -> bool
string.matches(string) -> bool
matches(string, string) -> bool
string.lowerAscii() -> string
string.upperAscii() -> string
string.trim() -> string
int(int) -> int
int(decimal) -> int
int(string) -> int
int(timestamp) -> int
decimal(int) -> decimal          # ours
decimal(decimal) -> decimal      # ours
decimal(string) -> decimal       # ours
string(string) -> string
string(int) -> string
string(decimal) -> string
string(bool) -> string
string(timestamp) -> string
string(duration) -> string
bool(bool) -> bool
bool(string) -> bool
timestamp(timestamp) -> timestamp
timestamp(string) -> timestamp
duration(duration) -> duration
duration(string) -> duration
timestamp.getFullYear() -> int
timestamp.getMonth() -> int
timestamp.getDate() -> int
timestamp.getDayOfMonth() -> int
timestamp.getDayOfWeek() -> int
timestamp.getDayOfYear() -> int
timestamp.getHours() -> int
timestamp.getMinutes() -> int
timestamp.getSeconds() -> int
timestamp.getMilliseconds() -> int
timestamp.getFullYear(string) -> int
timestamp.getMonth(string) -> int
timestamp.getDate(string) -> int
timestamp.getDayOfMonth(string) -> int
timestamp.getDayOfWeek(string) -> int
timestamp.getDayOfYear(string) -> int
timestamp.getHours(string) -> int
timestamp.getMinutes(string) -> int
timestamp.getSeconds(string) -> int
timestamp.getMilliseconds(string) -> int
duration.getHours() -> int
duration.getMinutes() -> int
duration.getSeconds() -> int
duration.getMilliseconds() -> int
abs(int) -> int                  # ours, as are all below; CEL has math.abs, math.round, math.least
abs(decimal) -> decimal
round(decimal) -> decimal        # half away from zero
round(decimal, int) -> decimal   # to that many digits after the point, from -9 to 18
floor(decimal) -> decimal
ceil(decimal) -> decimal
min(int, int) -> int
min(decimal, decimal) -> decimal
min(int, int, int) -> int
min(decimal, decimal, decimal) -> decimal
min(list(int)) -> int
min(list(decimal)) -> decimal
max(int, int) -> int
max(decimal, decimal) -> decimal
max(int, int, int) -> int
max(decimal, decimal, decimal) -> decimal
max(list(int)) -> int
max(list(decimal)) -> decimal
sum(list(int)) -> int
sum(list(decimal)) -> decimal
"""

ZONED: Final = frozenset(
    [
        "getFullYear",
        "getMonth",
        "getDate",
        "getDayOfMonth",
        "getDayOfWeek",
        "getDayOfYear",
        "getHours",
        "getMinutes",
        "getSeconds",
        "getMilliseconds",
    ]
)


@dataclass(frozen=True, slots=True)
class Overload:
    """One way to call a function; `receiver` is the type before the point, if it is a method."""

    name: str
    receiver: Type | None
    parameters: tuple[Type, ...]
    result: Type

    def takes(self, receiver: Type | None, arguments: list[Type]) -> bool:
        if (receiver is None) != (self.receiver is None) or len(arguments) != len(self.parameters):
            return False
        given = [*arguments] if receiver is None else [receiver, *arguments]
        wanted = self.parameters if self.receiver is None else (self.receiver, *self.parameters)
        return all(map(assignable, given, wanted))


def _overloads() -> Iterator[Overload]:
    row = re.compile(r"(?:(.+)\.)?(\w+)\((.*)\) -> (\w+)")
    for line in _ROWS.strip().splitlines():
        found = row.match(line)
        if not found:
            raise AssertionError(f"not a signature: {line}")
        receiver, name, parameters, result = found.groups()
        types = re.findall(r"\w+(?:\([^)]*\))?", parameters)
        yield Overload(
            name,
            parse_type(receiver) if receiver else None,
            tuple(map(parse_type, types)),
            parse_type(result),
        )


OVERLOADS: Final = tuple(_overloads())
FUNCTIONS: Final = frozenset(row.name for row in OVERLOADS if row.receiver is None)
METHODS: Final = frozenset(row.name for row in OVERLOADS if row.receiver is not None)

_NUMBERS: Final = {"int", "decimal"}
_TIMES: Final = {
    ("+", "timestamp", "duration"): "timestamp",
    ("+", "duration", "timestamp"): "timestamp",
    ("+", "duration", "duration"): "duration",
    ("-", "timestamp", "duration"): "timestamp",
    ("-", "timestamp", "timestamp"): "duration",
    ("-", "duration", "duration"): "duration",
}
ORDERED: Final = frozenset({"int", "decimal", "string", "timestamp", "duration"})


def resolve(name: str, receiver: Type | None, arguments: list[Type]) -> Type | None:
    """Return what a call gives, dyn if the arguments leave it open, None if nothing fits."""
    fitting = [row for row in OVERLOADS if row.name == name and row.takes(receiver, arguments)]
    if not fitting:
        return None
    given = arguments if receiver is None else [receiver, *arguments]
    open_types = any(kind.name == "dyn" for kind in given)
    open_types = open_types or any("dyn" in map(str, kind.args) for kind in given)
    if open_types and len({row.result for row in fitting}) > 1:
        return DYN
    return fitting[0].result


def arithmetic(operator: str, left: Type, right: Type) -> Type | None:
    """Return the type of `left operator right` for + - * / %, or None where it has no meaning."""
    if "dyn" in (left.name, right.name):
        return DYN
    pair = {left.name, right.name}
    if pair <= _NUMBERS:
        if operator == "%":
            return left if pair == {"int"} else None
        return left if left.name == right.name else Type("decimal")
    if operator == "+" and pair == {"string"}:
        return STRING
    if operator == "+" and pair == {"list"}:
        return list_of(joined([left.args[0], right.args[0]]))
    result = _TIMES.get((operator, left.name, right.name))
    return Type(result) if result else None


def ordered(left: Type, right: Type) -> bool:
    """Say whether `<` between two types has a meaning."""
    if "dyn" in (left.name, right.name):
        return {left.name, right.name} - {"dyn"} <= ORDERED
    same = left.name == right.name and left.name in ORDERED
    return same or {left.name, right.name} <= _NUMBERS
