"""Facts as Z3 symbols, and a model's facts read back: what could stand where a rule looks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import z3  # type: ignore[import-untyped]  # ships no stubs

from .schema import Schema, Type

_SORTS: Final = {
    "string": z3.StringSort,
    "int": z3.IntSort,
    "decimal": z3.RealSort,
    "bool": z3.BoolSort,
    "timestamp": z3.IntSort,
    "duration": z3.IntSort,
}
_MONEY: Final = 10**14
_STEP: Final = 10**6
USUAL: Final = "numbers below 10^14 with at most six digits behind the point"
_PLACES: Final = 20  # of a number that no fraction is, as it is read
_INT: Final = 2**63
_LAST_CHARACTER: Final = 0x2FFFF  # of Z3's strings
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_FIRST = (datetime.min.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND
_LAST = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // _MICROSECOND
_LONGEST: Final = timedelta.max // _MICROSECOND


@dataclass(frozen=True)
class Term:
    """A scalar: its term, and the formula that says whether it is there."""

    kind: str
    term: Any
    there: Any

    def read(self, model: Any) -> Any:  # noqa: PLR0911 - one case for each type
        """What it is in a model; None where it is missing."""
        if not z3.is_true(model.eval(self.there, model_completion=True)):
            return None
        found = model.eval(self.term, model_completion=True)
        match self.kind:
            case "bool":
                return bool(z3.is_true(found))
            case "int":
                return found.as_long()
            case "decimal":
                near = found.approx(_PLACES) if z3.is_algebraic_value(found) else found
                return Decimal(near.numerator_as_long()) / near.denominator_as_long()
            case "string":
                return _text(found)
            case "timestamp":
                return _EPOCH + found.as_long() * _MICROSECOND
        return found.as_long() * _MICROSECOND


@dataclass(frozen=True)
class Record:
    """A record: its fields by name, made when first looked at."""

    symbols: Symbols
    name: str
    types: dict[str, Type]
    there: Any
    made: dict[str, Any]

    def field(self, name: str) -> Any:
        if name not in self.made:
            path = f"{self.name}.{name}"
            self.made[name] = self.symbols.make(path, self.types[name], self.there)
        return self.made[name]

    def read(self, model: Any) -> Any:
        if not z3.is_true(model.eval(self.there, model_completion=True)):
            return None
        found = {name: self._read(name, kind, model) for name, kind in self.types.items()}
        return {name: it for name, it in found.items() if it is not None}

    def _read(self, name: str, kind: Type, model: Any) -> Any:
        if kind.name in {"dyn", "map"} and not kind.entries:
            return {} if kind.name == "map" and not kind.optional else None
        if name not in self.made and kind.optional:
            return None
        return self.field(name).read(model)


@dataclass(frozen=True)
class Items:
    """A list: so many possible items, of which the first `count` are there."""

    members: tuple[Any, ...]
    count: Any
    there: Any

    def each(self) -> Iterator[tuple[Any, Any]]:
        """Each possible item, and the formula that says whether it is one."""
        for number, member in enumerate(self.members):
            yield self.count > number, member

    def read(self, model: Any) -> Any:
        if not z3.is_true(model.eval(self.there, model_completion=True)):
            return None
        count = model.eval(self.count, model_completion=True).as_long()
        return [member.read(model) for member in self.members[:count]]


class Symbols:
    """
    The variables of a schema as symbols, with `assumptions` about what facts can be at all.

    Of decimals, `usual` says more: USUAL, the size of money. An example is looked for there first, a proof needs to hold
    without it.
    """

    def __init__(self, schema: Schema, items: int, own: Mapping[str, str] | None = None) -> None:
        """Facts at the paths in `own` get that mark: they are other symbols than those of the same name elsewhere."""
        self.schema, self.items, self.own = schema, items, own or {}
        self.assumptions: list[Any] = []
        self.usual: list[Any] = []
        self._made: dict[str, Any] = {}

    def variable(self, name: str) -> Any:
        if name not in self._made:
            kind = self.schema.variable_types[name]
            self._made[name] = self.make(name, kind, z3.BoolVal(True))
        return self._made[name]

    def define(self, name: str, thing: Any) -> None:
        """Let a variable stand for something that is no fact."""
        self._made[name] = thing

    def make(self, name: str, kind: Type, within: Any) -> Any:
        """A symbol of a type that is there only `within`, and, if it is optional, may be missing."""
        name = self.own.get(name, "") + name
        there = z3.And(within, z3.Bool(f"{name}?")) if kind.optional else within
        fields = self.schema.fields(kind)
        if fields is not None:
            return Record(self, name, fields, there, {})
        if kind.name == "list":
            return self._list(name, kind.args[0], there)
        if kind.name not in _SORTS:
            return Term(kind.name, z3.BoolVal(False), z3.BoolVal(False))
        term = z3.Const(name, _SORTS[kind.name]())
        self.assumptions += _possible(kind.name, term)
        if kind.name == "decimal":
            whole = z3.Int(f"{name}*")
            self.usual += [term * _STEP == whole, term > -_MONEY, term < _MONEY]
        return Term(kind.name, term, there)

    def _list(self, name: str, kind: Type, there: Any) -> Items:
        count = z3.Int(f"{name}#")
        self.assumptions += [count >= 0, count <= self.items]
        plain = Type(kind.name, kind.args)
        members = (self.make(f"{name}[{it}]", plain, there) for it in range(self.items))
        return Items(tuple(members), count, there)

    def read(self, model: Any) -> dict[str, Any]:
        """The facts of a model; what no condition looked at is as empty as its type allows."""
        found = {
            name: self.variable(name).read(model)
            for name, kind in self.schema.variable_types.items()
            if name in self._made or not kind.optional
        }
        return {name: it for name, it in found.items() if it is not None}


def _possible(kind: str, term: Any) -> list[Any]:
    match kind:
        case "int":
            return [term >= -_INT, term < _INT]
        case "timestamp":
            return [term >= _FIRST, term <= _LAST]
        case "duration":
            return [term >= -_LONGEST, term <= _LONGEST]
    return []


def of_constant(known: Any) -> Term | None:  # noqa: PLR0911 - one case for each type
    """A constant of a rule as a term; None where the solver has no such value."""
    there = z3.BoolVal(True)
    match known:
        case bool():
            return Term("bool", z3.BoolVal(known), there)
        case int():
            return Term("int", z3.IntVal(known), there)
        case Decimal():
            return Term("decimal", z3.RealVal(str(Fraction(known))), there)
        case str() if all(ord(it) <= _LAST_CHARACTER for it in known):
            # Z3 reads \u{41} in a text as A
            return Term("string", z3.StringVal(known.replace("\\", "\\u{5c}")), there)
        case datetime():
            return Term("timestamp", z3.IntVal((known - _EPOCH) // _MICROSECOND), there)
        case timedelta():
            return Term("duration", z3.IntVal(known // _MICROSECOND), there)
    return None


def _text(found: Any) -> str:
    """A string of the model, in which Z3 writes what is not printable ASCII by its code in braces."""
    text = str(found.as_string())
    parts = text.split("\\u{")
    return parts[0] + "".join(
        chr(int(code, 16)) + rest for code, _, rest in (part.partition("}") for part in parts[1:])
    )
