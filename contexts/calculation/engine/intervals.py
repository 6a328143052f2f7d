"""
Ranges to the rules whose range holds a value: a centred interval tree, with a few newcomers beside it.

Finding costs the logarithm of the ranges, and the ranges found. What this cannot do: take a rule away; whoever
asks tells rules of its own from others.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

_FEW: Final = 16
_SHARE: Final = 64  # of the ranges, which may wait beside the tree


class Entry(NamedTuple):
    """A rule and the bounds, both included, between which it may be true; None is no bound."""

    low: Any
    high: Any
    rule: Any


class _Node(NamedTuple):
    """The ranges that hold `centre`, by their low and their high end; the others beneath."""

    centre: Any
    by_low: tuple[Entry, ...]
    by_high: tuple[Entry, ...]
    below: _Node | tuple[Entry, ...]
    above: _Node | tuple[Entry, ...]


class Intervals:
    """Ranges over values of one kind; adding to them does not disturb who is looking."""

    __slots__ = ("_new", "_tree", "size")

    def __init__(self) -> None:
        self._tree: _Node | tuple[Entry, ...] = ()
        self._new: list[Entry] = []
        self.size = 0

    def add(self, entry: Entry) -> None:
        """Take a range in; now and then, ever more rarely, the tree is built anew."""
        self._new.append(entry)
        self.size += 1
        if self._tree and len(self._new) > _FEW + self.size // _SHARE:
            self.settle()

    def settle(self) -> None:
        """Build the tree anew; whoever looks meanwhile sees the old one, or a rule twice."""
        self._tree = _built([*_entries(self._tree), *self._new])
        self._new = []

    def find(self, value: Any, found: list[Any]) -> None:
        """Append the rules whose range holds the value."""
        tree = self._tree
        while type(tree) is _Node:
            if value < tree.centre:
                for low, _, rule in tree.by_low:
                    if low is not None and low > value:
                        break
                    found.append(rule)
                tree = tree.below
            else:
                for _, high, rule in tree.by_high:
                    if high is not None and high < value:
                        break
                    found.append(rule)
                tree = tree.above
        for entries in (tree, self._new) if self._new else (tree,):
            for low, high, rule in entries:
                if (low is None or low <= value) and (high is None or value <= high):
                    found.append(rule)


def _entries(tree: _Node | tuple[Entry, ...]) -> list[Entry]:
    if not isinstance(tree, _Node):
        return list(tree)
    return [*tree.by_low, *_entries(tree.below), *_entries(tree.above)]


def _built(entries: list[Entry]) -> _Node | tuple[Entry, ...]:
    if len(entries) <= _FEW:
        return tuple(entries)
    ends = sorted(end for entry in entries for end in (entry.low, entry.high) if end is not None)
    centre = ends[len(ends) // 2]
    below = [it for it in entries if it.high is not None and it.high < centre]
    above = [it for it in entries if it.low is not None and it.low > centre]
    here = [
        it
        for it in entries
        if (it.high is None or it.high >= centre) and (it.low is None or it.low <= centre)
    ]
    unbounded = [it for it in here if it.low is None]
    by_low = unbounded + sorted((it for it in here if it.low is not None), key=lambda it: it.low)
    endless = [it for it in here if it.high is None]
    by_high = endless + sorted(
        (it for it in here if it.high is not None), key=lambda it: it.high, reverse=True
    )
    return _Node(centre, tuple(by_low), tuple(by_high), _built(below), _built(above))
