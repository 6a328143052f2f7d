"""
Facts as they travel to facts as the engine reads them: declared decimals and times from their text.

Of what a point declares nothing else is looked at; an attribute that a tenant declared has to be what was declared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from contexts.calculation.engine.arithmetic import kind_of
from contexts.calculation.policies import Declared, open_point, place_of
from contexts.calculation.policies.attributes import FIELD, declared_at
from shared_kernel.decisions import Fact
from shared_kernel.errors import Invalid

Read = Callable[[Any], Any]


def engine_facts(
    point: str, many: Iterable[dict[str, Any]], declared: Declared = ()
) -> list[dict[str, Any]]:
    """
    Each set of facts with every declared decimal a Decimal and every declared timestamp aware; the rest as it came.

    What several sets share (the cart, all of its lines) is read once.

    Raises:
        Invalid: text stands where a number or time should, and is none; or an attribute is not what was declared.

    """
    read = reader_of(point, declared)
    seen: dict[tuple[str, int], Any] = {}
    found = []
    for facts in many:
        own = dict(facts)
        for name, reader in read.items():
            value = facts.get(name)
            if value is None:
                continue
            key = (name, id(value))
            if key not in seen:
                seen[key] = reader(value)
            own[name] = seen[key]
        found.append(own)
    return found


@lru_cache(maxsize=1024)
def reader_of(point: str, declared: Declared = ()) -> dict[str, Read]:
    """How to read each variable of a point that holds anything to be read."""
    opened = open_point(point)
    attributes: dict[str, dict[str, str]] = {}
    for place, name, kind in declared_at(opened, declared):
        attributes.setdefault(place, {})[name] = kind.rstrip("?")
    records: dict[str, Read] = {}
    for record in opened.records:
        own = attributes.get(place_of(record))
        records[record] = _record(record, opened.records[record], records, own)
    readers = {name: _reader(fact.type, records) for name, fact in opened.facts.items()}
    return {name: read for name, read in readers.items() if read is not None}


def _record(
    record: str,
    fields: dict[str, Fact],
    records: dict[str, Read],
    attributes: dict[str, str] | None,
) -> Read:
    readers = [
        (name, read)
        for name, fact in fields.items()
        if (read := _reader(fact.type, records)) is not None
    ]
    if attributes:
        readers.append((FIELD, _attributes(place_of(record), attributes)))

    def read_record(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        changed = {}
        for name, read in readers:
            held = value.get(name)
            if held.__class__ not in _AS_THEY_ARE and not isinstance(held, Decimal | datetime):
                changed[name] = read(held)
        return {**value, **changed} if changed else value

    return read_record


def _attributes(place: str, declared: dict[str, str]) -> Read:
    """How to read declared attributes; what else stands beside them is let be."""

    def read_attributes(held: Any) -> Any:
        if not isinstance(held, dict):
            raise Invalid(reason=f"{place} is {kind_of(held)}, where attributes are by name")
        read = {
            name: _declared(held[name], kind, f"{place}.{name}")
            for name, kind in declared.items()
            if held.get(name) is not None
        }
        return {**held, **read} if read else held

    return read_attributes


def _declared(value: Any, kind: str, path: str) -> Any:
    if kind.startswith("list("):
        if not isinstance(value, list | tuple):
            raise Invalid(reason=f"{path} is declared as {kind}, not {kind_of(value)}")
        inner = kind[5:-1]
        return [_declared(item, inner, f"{path}[{number}]") for number, item in enumerate(value)]
    try:
        read = _READ_AS[kind](value) if kind in _READ_AS else value
    except Invalid as fault:
        raise Invalid(reason=f"{path}: {fault}") from fault
    fits = type(read) is _HELD_AS[kind]
    if fits and isinstance(read, Decimal) and not read.is_finite():
        fits = False
    if not fits or (isinstance(read, datetime) and read.tzinfo is None):
        raise Invalid(reason=f"{path} is declared as {kind}, but {value!r:.40} is none")
    return read


def _reader(written: str, records: dict[str, Read]) -> Read | None:
    kind = written.rstrip("?")
    if kind == "decimal":
        return _decimal
    if kind == "timestamp":
        return _timestamp
    if kind.startswith("list("):
        inner = _reader(kind[5:-1], records)
        return None if inner is None else (lambda values: [inner(value) for value in values or ()])
    return records.get(kind)


def _decimal(value: Any) -> Any:
    if isinstance(value, str | int) and not isinstance(value, bool):
        try:
            return Decimal(value)
        except InvalidOperation as fault:
            raise Invalid(reason=f"{value!r} is not a decimal number") from fault
    return value


def _timestamp(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return datetime.fromisoformat(value)
        except ValueError as fault:
            raise Invalid(reason=f"{value!r} is not a time as RFC 3339 writes it") from fault
    return value


_AS_THEY_ARE = frozenset((Decimal, datetime, type(None)))
_READ_AS: dict[str, Read] = {"decimal": _decimal, "timestamp": _timestamp}
_HELD_AS = {"string": str, "int": int, "decimal": Decimal, "bool": bool, "timestamp": datetime}
