"""Facts as they travel to facts as the engine reads them: declared decimals and times from their text."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from contexts.calculation.policies import open_point
from shared_kernel.decisions import Fact
from shared_kernel.errors import Invalid

Read = Callable[[Any], Any]


def engine_facts(point: str, many: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """
    Each set of facts with every declared decimal a Decimal and every declared timestamp aware; the rest as it came.

    What several sets share (the cart, all of its lines) is read once.

    Raises:
        Invalid: text stands where a number or time should, and is none.

    """
    read = reader_of(point)
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


@lru_cache(maxsize=64)
def reader_of(point: str) -> dict[str, Read]:
    """How to read each variable of a point that holds anything to be read."""
    declared = open_point(point)
    records: dict[str, Read] = {}
    for record in declared.records:
        records[record] = _record(declared.records[record], records)
    readers = {name: _reader(fact.type, records) for name, fact in declared.facts.items()}
    return {name: read for name, read in readers.items() if read is not None}


def _record(fields: dict[str, Fact], records: dict[str, Read]) -> Read:
    readers = [
        (name, read)
        for name, fact in fields.items()
        if (read := _reader(fact.type, records)) is not None
    ]

    def read_record(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        changed = {
            name: read(value[name])
            for name, read in readers
            if value.get(name) is not None and not isinstance(value[name], Decimal | datetime)
        }
        return {**value, **changed} if changed else value

    return read_record


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
