"""
Types and the facts declared with them, in a plain notation that callers write without importing us.

`string int decimal bool timestamp duration null dyn list(T) map(K, V) RECORD`, and a trailing `?`
where a field or variable may be absent or null. A field that is a `map(string, dyn)` may have declared entries,
typed like the fields of a record, beside whatever else it holds. What this cannot do: unions, recursive records.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from .errors import DefinitionError

SCALARS: Final = frozenset(
    {"string", "int", "decimal", "bool", "timestamp", "duration", "null", "dyn"}
)
_IDENTIFIER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}\Z")
_TYPE_TOKEN: Final = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*|[(),?])\s*")
_MAX_TYPE_LENGTH: Final = 200
_MAX_TYPES_KEPT: Final = 256


@dataclass(frozen=True, slots=True)
class Type:
    """A static type; `args` are the element of a list, the key and value of a map, `entries` names its declared ones."""

    name: str
    args: tuple["Type", ...] = ()
    optional: bool = False
    entries: str = ""

    def __str__(self) -> str:
        inner = f"({', '.join(map(str, self.args))})" if self.args else ""
        return f"{self.name}{inner}{'?' if self.optional else ''}"

    def required(self) -> "Type":
        """Return the type of the value once it is known to be there."""
        return Type(self.name, self.args, entries=self.entries) if self.optional else self


DYN: Final = Type("dyn")
BOOL: Final = Type("bool")
INT: Final = Type("int")
DECIMAL: Final = Type("decimal")
STRING: Final = Type("string")
NULL: Final = Type("null")


def list_of(element: Type) -> Type:
    return Type("list", (element,))


def map_of(key: Type, value: Type) -> Type:
    return Type("map", (key, value))


def parse_type(text: str, records: Mapping[str, object] | None = None) -> Type:
    """
    Read a type as written, for example `map(string, list(int))?`.

    Raises:
        DefinitionError: it is not a type, or names a record that is not declared.

    """
    if not isinstance(text, str) or len(text) > _MAX_TYPE_LENGTH:
        raise DefinitionError(f"{text!r:.80} is not a type")
    tokens: list[str] = []
    position = 0
    while position < len(text):
        found = _TYPE_TOKEN.match(text, position)
        if not found:
            raise DefinitionError(f"{text!r} is not a type: unexpected {text[position]!r}")
        tokens.append(found[1])
        position = found.end()
    tokens.reverse()
    parsed = _read_type(tokens, text, records or {}, inside=False)
    if tokens:
        raise DefinitionError(f"{text!r} is not a type: unexpected {tokens[-1]!r}")
    return parsed


def _read_type(
    tokens: list[str], text: str, records: Mapping[str, object], *, inside: bool
) -> Type:
    name = tokens.pop() if tokens else ""
    arity = {"list": 1, "map": 2}.get(name, 0)
    if arity == 0 and name not in SCALARS and name not in records:
        raise DefinitionError(f"{text!r} names the unknown type {name!r}: declare it as a record")
    args = tuple(
        _read_argument(tokens, text, records, opening="(" if number == 0 else ",")
        for number in range(arity)
    )
    if arity and (not tokens or tokens.pop() != ")"):
        raise DefinitionError(f"{text!r} is not a type: {name} takes {arity} in parentheses")
    if name == "map" and args[0].name not in {"string", "int", "bool", "dyn"}:
        raise DefinitionError(f"{text!r} is not a type: a map's key is a string, int or bool")
    optional = bool(tokens) and tokens[-1] == "?"
    if optional:
        tokens.pop()
        if inside:
            raise DefinitionError(f"{text!r} is not a type: only fields and variables may be `?`")
    return Type(name, args, optional)


def _read_argument(
    tokens: list[str], text: str, records: Mapping[str, object], *, opening: str
) -> Type:
    if not tokens or tokens.pop() != opening:
        raise DefinitionError(f"{text!r} is not a type: expected {opening!r}")
    return _read_type(tokens, text, records, inside=True)


def check_name(name: str, *, what: str) -> str:
    """Refuse a name that an expression could not write."""
    if not isinstance(name, str) or not _IDENTIFIER.match(name):
        raise DefinitionError(f"{name!r:.80} cannot name a {what}: use letters, digits and _")
    return name


@dataclass(frozen=True, eq=False)
class Schema:
    """
    The facts of one decision point: records by name, and the variables an expression may use.

    `attributes` declares entries of maps, by record and field: `{"customer.attributes": {"since": "timestamp?"}}`.

    Raises:
        DefinitionError: a name or a type is not well formed, or what has attributes is no map of them.

    """

    records: Mapping[str, Mapping[str, str]]
    variables: Mapping[str, str]
    attributes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    record_types: dict[str, dict[str, Type]] = field(init=False, repr=False, compare=False)
    variable_types: dict[str, Type] = field(init=False, repr=False, compare=False)
    attribute_types: dict[str, dict[str, Type]] = field(init=False, repr=False, compare=False)
    types_read: dict[str, Type] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        records = {
            check_name(record, what="record"): {
                check_name(name, what="field"): parse_type(text, self.records)
                for name, text in fields.items()
            }
            for record, fields in self.records.items()
        }
        if clash := records.keys() & (SCALARS | {"list", "map"}):
            raise DefinitionError(f"{min(clash)!r} is a type already: name the record otherwise")
        variables = {
            check_name(name, what="variable"): parse_type(text, self.records)
            for name, text in self.variables.items()
        }
        attributes = {
            place: _attribute_types(place, declared, records)
            for place, declared in self.attributes.items()
        }
        object.__setattr__(self, "attribute_types", attributes)
        object.__setattr__(self, "record_types", records)
        object.__setattr__(self, "variable_types", variables)

    def type_named(self, text: str) -> Type:
        """
        Return the type that a text names, among them its records.

        Raises:
            DefinitionError: it is not a type.

        """
        found = self.types_read.get(text) if isinstance(text, str) else None
        if found is None:
            found = parse_type(text, self.records)
            if len(self.types_read) < _MAX_TYPES_KEPT:
                self.types_read[text] = found
        return found

    def fields(self, kind: Type) -> dict[str, Type] | None:
        """Return the fields of a record type or the declared entries of a map, None for any other type."""
        return (
            self.attribute_types[kind.entries] if kind.entries else self.record_types.get(kind.name)
        )


def _attribute_types(
    place: str, declared: Mapping[str, str], records: dict[str, dict[str, Type]]
) -> dict[str, Type]:
    """Read the declared entries of one map, and let its field say that it has them."""
    record, _, name = place.partition(".")
    kind = records.get(record, {}).get(name)
    if kind is None or kind.required() != map_of(STRING, DYN):
        raise DefinitionError(
            f"{place!r:.80} is no map(string, dyn) that attributes could stand in"
        )
    types = {
        check_name(it, what="declared attribute"): parse_type(text) for it, text in declared.items()
    }
    if free := [it for it, kind in types.items() if kind.name in {"dyn", "null", "map"}]:
        raise DefinitionError(
            f"{place}.{min(free)} cannot be {types[min(free)]}: state what it holds"
        )
    records[record][name] = Type(kind.name, kind.args, kind.optional, place)
    return types


def assignable(given: Type, wanted: Type) -> bool:
    """Say whether a value of one type may stand where another is wanted; dyn is settled at run time."""
    if "dyn" in (given.name, wanted.name) or given.name == wanted.name:
        return all(map(assignable, given.args, wanted.args))
    return given.name == "int" and wanted.name == "decimal"


def comparable(left: Type, right: Type) -> bool:
    """Say whether `==` between two types has a meaning."""
    return assignable(left, right) or assignable(right, left)


def holds_dyn(kind: Type) -> bool:
    """Say whether values of this type must be examined at run time."""
    return kind.name in {"dyn", "null"} or any(map(holds_dyn, kind.args))


def joined(types: list[Type]) -> Type:
    """Return the one type that holds all of these, or dyn."""
    if not types:
        return DYN
    first, *rest = types
    for other in rest:
        if other == first:
            continue
        if holds_dyn(first) or holds_dyn(other):
            return DYN
        if assignable(first, other):
            first = other
        elif not assignable(other, first):
            return DYN
    return first
