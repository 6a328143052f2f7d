"""
Rules by their ids, spread over so many dicts that a copy with one rule changed shares all but one of them.

What this cannot do: keep an order, or change.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from .rules import CompiledRule

_SPREAD: Final = 256  # a power of two: of 100,000 rules a changed one copies 400
_Part = dict[str, CompiledRule]


class Members:
    """Rules by id; never changed, only replaced."""

    __slots__ = ("_count", "_parts")

    def __init__(self, parts: tuple[_Part, ...] = ({},) * _SPREAD) -> None:
        self._parts = parts
        self._count = sum(map(len, parts))

    def get(self, rule_id: str) -> CompiledRule | None:
        return self._parts[hash(rule_id) % _SPREAD].get(rule_id)

    def __contains__(self, rule_id: str) -> bool:
        return self.get(rule_id) is not None

    def __iter__(self) -> Iterator[CompiledRule]:
        for part in self._parts:
            yield from part.values()

    def __len__(self) -> int:
        return self._count

    def replaced(self, changed: Iterable[CompiledRule], removed: Iterable[str] = ()) -> Members:
        """Return the same with these rules in it, and without those."""
        parts, copied = list(self._parts), dict[int, _Part]()

        def part_of(rule_id: str) -> _Part:
            place = hash(rule_id) % _SPREAD
            if place not in copied:
                copied[place] = parts[place] = parts[place].copy()
            return copied[place]

        for rule in changed:
            part_of(rule.id)[rule.id] = rule
        for rule_id in removed:
            part_of(rule_id).pop(rule_id, None)
        return Members(tuple(parts))
