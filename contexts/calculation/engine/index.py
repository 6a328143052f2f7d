"""
Facts to the few rules that may be true of them.

Rules with one shape of key stand in one hash table; where many stand under one key, their ranges are looked up
in an interval tree. The index only ever grows: rule sets that share it know their own rules, so a changed
rule costs its own keys and a set that is still deciding is not disturbed. What this cannot do: decide; a
candidate may still be false.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from threading import Lock
from typing import Any, Final

from .intervals import Entry, Intervals
from .keys import Access, Shape
from .lookups import Lookup, compile_lookup, value_at
from .paths import Path

MANY: Final = 8  # rules under one key, from which on ranges pay
_Table = dict[Any, "Posting"]


class Posting:
    """The rules under one key: those without a range, and the ranges of the others by path."""

    __slots__ = ("ranges", "rules")

    def __init__(self) -> None:
        self.rules: list[Any] = []
        self.ranges: dict[Path, Intervals] = {}

    def add(self, access: Access, rule: Any) -> None:
        between = access.range
        if between is None or (len(self.rules) < MANY and access.shape.paths):
            self.rules.append(rule)
            return
        if between.path not in self.ranges:  # a new dict: somebody may be going over the old one
            self.ranges = {**self.ranges, between.path: Intervals()}
        self.ranges[between.path].add(Entry(between.low, between.high, rule))


class Index:
    """Rules by their keys; `size` counts all that were ever added."""

    def __init__(self) -> None:
        self._tables: dict[Shape, _Table] = {}
        self._lookup: tuple[dict[Shape, _Table], Lookup] | None = None
        self.size = 0
        self._rules: list[Any] = []
        self._writing = Lock()

    def add(self, rule: Any, ways: Iterable[Access]) -> None:
        """Let a rule be found by each of its ways; one writer at a time, readers are not disturbed."""
        with self._writing:
            self._add(rule, ways)

    def _add(self, rule: Any, ways: Iterable[Access]) -> None:
        self.size += 1
        self._rules.append(rule)
        for access in ways:
            table = self._tables.get(access.shape)
            if table is None:
                table = {}
                self._tables = {**self._tables, access.shape: table}
            for values in access.keys:
                key = values[0] if len(values) == 1 else values
                posting = table.get(key)
                if posting is None:
                    posting = table[key] = Posting()
                posting.add(access, rule)

    def rules(self) -> Sequence[Any]:
        """Return all that were ever added."""
        return self._rules

    def settle(self) -> None:
        """Bring many that were added at once into the form in which they are found fast."""
        for table in self._tables.values():
            for posting in table.values():
                for intervals in posting.ranges.values():
                    intervals.settle()

    def candidates(self, facts: Mapping[str, Any]) -> list[Any]:
        """
        Return the rules that may be true, some of them perhaps twice.

        Raises whatever facts of a wrong shape make it raise.
        """
        tables, known = self._tables, self._lookup
        if (
            known is None or known[0] is not tables
        ):  # a new shape came: whoever is late writes again
            known = self._lookup = tables, compile_lookup(tables)
        found: list[Any] = []
        values: dict[Path, Any] = {}
        for posting in known[1](facts):
            if posting.rules:
                found += posting.rules
            if not posting.ranges:
                continue
            for path, intervals in posting.ranges.items():
                if path not in values:
                    values[path] = value_at(path, facts)
                if values[path] is not None:
                    intervals.find(values[path], found)
        return found
