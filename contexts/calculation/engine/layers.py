"""
Rules in layers, of each of which at most one rule matches: a thousand rules of a thousand articles are one step of a proof.

Two rules exclude each other if both can only be true of one path, and of other values there: `line.sku == "A"` and
`line.sku == "B"`, or `line.category.startsWith("Garden/")` and `line.category == "Toys"`. What this cannot do: see that rules
exclude each other in any other way; then they stand in different layers, which is as true and takes longer to prove.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
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
    doings: set[Any] = field(default_factory=set)

    def excludes(self, places: Places) -> bool:
        """Whether a rule matches only where none of these does."""
        return any(
            path in self.taken and self.taken[path].excludes(it) for path, it in places.items()
        )

    def add(self, member: Any, places: Places, does: Hashable) -> None:
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
        self.doings.add(does)


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
    layers: list[_Layer] = []
    for member, places, does in members:
        first = 0
        for number in range(len(layers) - 1, -1, -1):
            layer = layers[number]
            if not layer.excludes(places) and not all(commute(does, it) for it in layer.doings):
                first = number + 1
                break
        for layer in layers[first:]:
            if layer.excludes(places):
                break
        else:
            layers.append(layer := _Layer())
        layer.add(member, places, does)
    return [it.members for it in layers]
