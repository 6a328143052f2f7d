"""
Rules in layers, of each of which at most one rule matches: a thousand rules of a thousand articles are one step of a proof.

Two rules exclude each other if both can only be true of one path, and of other values there: `line.sku == "A"` and
`line.sku == "B"`, or `line.category.startsWith("Garden/")` and `line.category == "Toys"`. What this cannot do: see that rules
exclude each other in any other way; then they stand in different layers, which is as true and takes longer to prove.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import merge
from typing import Any, TypeVar

from .constants import Unknown, constant
from .errors import EvaluationError
from .keys import equality_of, terms_of
from .nodes import Call, Node
from .paths import Path, path_of

T = TypeVar("T")
D = TypeVar("D", bound=Hashable)


@dataclass(frozen=True)
class Place:
    """What must stand at a path: one of these values, or a text that begins so."""

    values: frozenset[Any] = frozenset()
    prefix: str = ""


Places = Mapping[Path, Place]


def places_of(tree: Node) -> Places:
    """Return what must stand where for a condition to be true; empty where it may be true of anything."""
    found: dict[Path, Place] = {}
    for term in terms_of(tree):
        known = _place(term)
        if known is not None:
            found.setdefault(*known)
    return found


def _place(term: Node) -> tuple[Path, Place] | None:
    equal = equality_of(term)
    if equal is not None:
        return equal[0], Place(frozenset(equal[1]))
    match term:
        case Call(function="startsWith", operands=(target, wanted)):
            path = path_of(target)
            try:
                prefix = constant(wanted)
            except (Unknown, EvaluationError):
                return None
            if path is not None and isinstance(prefix, str) and target.typed.name == "string":
                return path, Place(prefix=prefix)
    return None


@dataclass
class _Layer:
    """Rules of which at most one matches; `taken` is what stands at the paths that all of them name."""

    members: list[Any] = field(default_factory=list)
    taken: dict[Path, _Taken] = field(default_factory=dict)

    def excludes(self, places: Places) -> bool:
        """Whether a rule matches only where none of these does."""
        return any(
            path in self.taken and self.taken[path].excludes(it) for path, it in places.items()
        )

    def add(self, member: Any, places: Places) -> None:
        if not self.members:
            self.taken = {path: _Taken() for path in places}
        self.taken = {
            path: it
            for path, it in self.taken.items()
            if path in places and it.excludes(places[path])
        }
        for path, it in self.taken.items():
            it.add(places[path])
        self.members.append(member)


@dataclass
class _Taken:
    """Everything that one of several rules may want at a path."""

    values: set[Any] = field(default_factory=set)
    prefixes: set[str] = field(default_factory=set)
    lengths: set[int] = field(default_factory=set)

    def excludes(self, place: Place) -> bool:
        if place.values:
            return self.values.isdisjoint(place.values) and not any(map(self._begins, place.values))
        if self._begins(place.prefix) or any(it.startswith(place.prefix) for it in self.prefixes):
            return False
        return not any(isinstance(it, str) and it.startswith(place.prefix) for it in self.values)

    def _begins(self, value: Any) -> bool:
        """Whether one of the prefixes is the beginning of a text."""
        return isinstance(value, str) and any(value[:it] in self.prefixes for it in self.lengths)

    def add(self, place: Place) -> None:
        self.values |= place.values
        if not place.values:
            self.prefixes.add(place.prefix)
            self.lengths.add(len(place.prefix))


def in_layers(
    members: Iterable[tuple[T, Places, D]], commute: Callable[[D, D], bool]
) -> Sequence[Sequence[T]]:
    """
    Return members in layers: at most one of a layer matches, and what does one after the other stands in that order.

    Each comes with its places and with what it does; two whose doings `commute` may change places.
    """
    made = _Layers()
    for member, places, does in members:
        others = (it for it in made.doing if not commute(does, it))
        first = 1 + max((made.last_in_the_way(places, it) for it in others), default=-1)
        made.put(member, places, does, first)
    return [it.members for it in made.layers]


@dataclass
class _Layers:
    """Layers, and which of them may be asked: those that name a path, or in which something is done."""

    layers: list[_Layer] = field(default_factory=list)
    naming: dict[Path, list[int]] = field(default_factory=dict)
    doing: dict[Any, list[int]] = field(default_factory=dict)
    tried: dict[frozenset[tuple[Path, Place]], int] = field(default_factory=dict)

    def last_in_the_way(self, places: Places, does: Hashable) -> int:
        """The last layer in which that is done, by a rule that may match together with one of these places."""
        numbers = reversed(self.doing[does])
        return next((it for it in numbers if not self.layers[it].excludes(places)), -1)

    def put(self, member: Any, places: Places, does: Hashable, first: int) -> None:
        """Add to the first layer from `first` on that excludes these places; one that did not once never will."""
        key = frozenset(places.items())
        first = max(first, self.tried.get(key, 0))
        number = next(
            (it for it in self._named(places, first) if self.layers[it].excludes(places)), None
        )
        if number is None:
            number = len(self.layers)
            self.layers.append(_Layer())
            for path in places:
                self.naming.setdefault(path, []).append(number)
        self.tried[key] = number + 1
        self.layers[number].add(member, places)
        done = self.doing.setdefault(does, [])
        if number not in done[bisect_left(done, number) :][:1]:
            insort(done, number)

    def _named(self, places: Places, first: int) -> Iterable[int]:
        """The layers from that one on that name one of these paths, in order."""
        found = (
            numbers[bisect_left(numbers, first) :]
            for path in places
            if (numbers := self.naming.get(path))
        )
        return merge(*found)
