"""
A condition's parts as they are with some facts: their values, their places, and the items of a list.

Each look at a part is paid for by its nodes, by the entries of the lists it reads outside its loops (those pay for
themselves) and, the first time, by the code made for it. What this cannot do: say where an item stands that was computed; it has a value and no place.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Final

from .edits import Place, Situation, fraction
from .errors import FAULTS, EvaluationError
from .nodes import Field, Index, Literal, Macro, Name, Node, children, walk
from .python import Evaluator, compile_outcomes, compile_values
from .schema import DYN
from .units import Steps

_MOST_ITEMS: Final = 25  # of a list, looked at
_A_LOOK: Final = 20  # steps, whatever a part is
_AN_ENTRY: Final = 4
_CODE: Final = 1_000  # steps for making the code of a part
_CODE_OF_A_NODE: Final = 300


@dataclass(frozen=True)
class Weight:
    """What a look at a part costs: its nodes, and the lists and maps that it reads."""

    nodes: int
    read: tuple[Node, ...]


def weight(node: Node) -> Weight:
    """Return what a look at a part costs."""
    reads = tuple(
        it
        for it in walk(node)
        if it.type is not None and it.type.name in {"list", "map", "dyn"} and _is_path(it)
    )
    return Weight(sum(1 for _ in walk(node)), reads)


def _is_path(node: Node) -> bool:
    while isinstance(node, Field | Index):
        node = children(node)[0]
    return isinstance(node, Name)


@dataclass(frozen=True)
class View:
    """A condition's parts, seen with some facts; loops bind a variable to an item and, if it has one, its place."""

    situation: Situation
    steps: Steps
    evaluators: dict[tuple[int, str], Evaluator]
    places: dict[str, Place | None]
    values: dict[str, Any]
    weights: dict[int, Weight]
    made: set[tuple[int, str]]

    def value(self, node: Node) -> Any:
        """
        Return what a part is.

        Raises:
            FAULTS: it has no value.
            StepsExhausted: it costs too much.

        """
        return self._evaluate(node, "value")

    def holds(self, node: Node) -> bool | None:
        """Say whether a condition holds; None for an error."""
        seen = self._evaluate(node, "outcome")
        return None if isinstance(seen, EvaluationError) else seen is True

    def _evaluate(self, node: Node, what: str) -> Any:
        key = (id(node), what)
        self.steps.spend(self.price(node))
        if key not in self.made:  # whoever made it: the same search has the same price
            self.made.add(key)
            self.steps.spend(_CODE + _CODE_OF_A_NODE * self.weights[id(node)].nodes)
        if key not in self.evaluators:
            self.evaluators[key] = (
                compile_values([(node, DYN)]) if what == "value" else compile_outcomes([node])
            )[0]
        self.steps.start_rule()
        return self.evaluators[key]({**self.situation.facts, **self.values}, self.steps)

    def price(self, node: Node) -> int:
        """Return the steps that one look at a part costs."""
        known = self.weights.get(id(node))
        if known is None:
            known = self.weights[id(node)] = weight(node)
        return _A_LOOK + known.nodes + _AN_ENTRY * sum(map(self._entries, known.read))

    def _entries(self, node: Node) -> int:
        place = self.place(node)
        found = None if place is None else self.situation.at(place)
        if place is None and isinstance(node, Name):
            found = self.values.get(node.name)
        return len(found) if isinstance(found, list | dict) else 0

    def place(self, node: Node) -> Place | None:
        """Where a part stands in the facts; None for what is computed."""
        match node:
            case Name(name=name):
                return self.places.get(name, (name,))
            case Field(target=target, name=name):
                inner = self.place(target)
                return None if inner is None else (*inner, name)
            case Index(
                target=target, key=Literal(kind="string" | "int", value=str() | int() as key)
            ):
                inner = self.place(target)
                return None if inner is None else (*inner, key)
        return None

    def number(self, node: Node) -> Fraction | None:
        """Return what a part is, if it is a number."""
        try:
            found = self.value(node)
        except FAULTS:
            return None
        return fraction(found)

    def listed(self, node: Node) -> list[Any]:
        """Return a list that stands in the facts; one that is missing, or none, has no items."""
        try:
            found = self.value(node)
        except FAULTS:
            return []
        return found if isinstance(found, list) else []

    def within(self, variable: str, item: Item) -> View:
        return replace(
            self,
            places={**self.places, variable: item.place},
            values={**self.values, variable: item.value},
        )


@dataclass(frozen=True)
class Item:
    """An item of a list: where it stands, or how it is computed."""

    value: Any
    place: Place | None
    kind: str
    view: View
    node: Node | None = None

    @property
    def number(self) -> Fraction | None:
        return fraction(self.value)


def items(view: View, node: Node) -> list[Item]:
    """Return the items of a list that stands in the facts, or is made of one by `filter` and `map`."""
    if not isinstance(node, Macro):
        place, found = view.place(node), view.listed(node)
        kind = node.typed.args[0].name if node.typed.args else "dyn"
        return [
            Item(it, None if place is None else (*place, number), kind, view)
            for number, it in enumerate(found[:_MOST_ITEMS])
        ]
    made = []
    for item in items(view, node.target):
        inner = view.within(node.variable, item)
        if (node.macro == "filter" or node.result is not None) and not inner.holds(node.body):
            continue
        made.append(item if node.macro == "filter" else computed(inner, node.result or node.body))
    return made


def computed(view: View, node: Node) -> Item:
    try:
        found = view.value(node)
    except FAULTS:
        found = None
    return Item(found, view.place(node), node.typed.name, view, node)
