"""
Which facts, changed how little, bring a number to a bound: `cart.subtotal` to 94.01, one line's total by 12.01.

A bound is handed down through sums, differences, products, quotients by what is known, `min`, `max`, `abs`, `size`
and over the items of lists, exactly, as a fraction. What this cannot do: roundings, times' parts, powers of one fact;
there it offers nothing. What it offers may still be wrong, when one fact stands in a condition twice: whoever
takes a move decides it for real.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import Any, Final, NamedTuple

from .constants import Unknown, constant
from .edits import Edit, Move, Place, Relation, places_of
from .errors import FAULTS, EvaluationError
from .limits import MAX_INT, MIN_INT
from .nodes import Binary, Call, Macro, Node, Unary, walk
from .view import Item, View, computed, items

FLIPPED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_MOST_ADDED: Final = 100
_MOST_PLACES: Final = 12
CENTS: Final = 2  # digits of the step that a decimal takes, where neither fact nor bound has more
_MOST_DIGITS: Final = 34
_RELATIONS: Final[dict[str, Relation]] = {
    "==": "is",
    "!=": "is not",
    ">": "at least",
    ">=": "at least",
    "<": "at most",
    "<=": "at most",
}
Repair = Callable[[View, Node, bool], Iterator[Move]]


class Goal(NamedTuple):
    """What a number has to become: `operator bound`, with so many `digits` behind its point if it has any."""

    operator: str
    bound: Fraction
    digits: int

    def plus(self, number: Fraction) -> Goal:
        return self._replace(bound=self.bound + number)

    def times(self, factor: Fraction | int) -> Goal:
        operator = self.operator if factor > 0 else FLIPPED[self.operator]
        return self._replace(operator=operator, bound=self.bound * factor)


def _conditions(node: Node) -> bool:
    return isinstance(node, Macro) and (node.macro == "filter" or node.result is not None)


def one_more(view: View, node: Node, repair: Repair, count: int = 1) -> Iterator[Move]:
    """Moves by which a list gets another item that counts; `count` of them where a list stands by itself."""
    if isinstance(node, Macro):
        every = items(view, node.target)
        if _conditions(node):
            for item in every:
                inner = view.within(node.variable, item)
                if not inner.holds(node.body):
                    yield from repair(inner, node.body, True)
            if any(
                view.situation.is_added(it.place or ())
                and not view.within(node.variable, it).holds(node.body)
                for it in every
            ):
                return  # an item was added already and does not count yet
        yield from one_more(view, node.target, repair, 1 if _conditions(node) else count)
        return
    place, found = view.place(node), view.listed(node)
    if place is None or count > _MOST_ADDED:
        return
    new: dict[str, Any] = {"string": "?", "int": 0, "decimal": Decimal(0), "bool": False}
    kind = node.typed.args[0].name if node.typed.args else "dyn"
    if kind not in {"list", "timestamp", "duration"}:
        yield tuple(
            Edit((*place, len(found) + number), new.get(kind, {}), "more items")
            for number in range(count)
        )


def one_less(view: View, node: Node, repair: Repair, count: int = 1) -> Iterator[Move]:
    """Moves by which a list loses an item, its last ones where it stands by itself."""
    if isinstance(node, Macro):
        if _conditions(node):
            for item in items(view, node.target):
                inner = view.within(node.variable, item)
                if inner.holds(node.body):
                    yield from repair(inner, node.body, False)
        else:
            yield from one_less(view, node.target, repair, count)
        return
    place, found = view.place(node), view.listed(node)
    if place is not None and 0 < count <= len(found):
        yield (Edit(place, found[: len(found) - count], "fewer items"),)


def reach(view: View, node: Node, goal: Goal, repair: Repair) -> Iterator[Move]:
    """Moves after which a number may be what the goal asks."""
    place = view.place(node)
    if place is not None:
        kind = node.typed.name
        yield from _set(view.situation.at(place), place, kind, goal)
        return
    match node:
        case Unary(operator="-", operand=operand):
            yield from reach(view, operand, goal.times(-1), repair)
        case Binary(operator="+" | "-" | "*" | "/"):
            yield from _through(view, node, goal, repair)
        case Call(function="decimal") if node.operands[0].typed.name != "string":
            yield from reach(view, node.operands[0], goal, repair)
        case Call(function="abs"):
            below = (view.number(node.operands[0]) or 0) < 0
            yield from reach(view, node.operands[0], goal.times(-1) if below else goal, repair)
            if goal.bound > 0 and goal.operator in {">", ">=", "=="}:
                other = goal if below else goal.times(-1)
                yield from reach(view, node.operands[0], other, repair)
        case Call(function="size") if node.operands[0].typed.name == "list":
            yield from _count(view, node.operands[0], goal, repair)
        case Call(function="sum"):
            yield from _total(view, node, goal, repair)
        case Call(function="min" | "max"):
            yield from _extreme(view, node, goal, repair)


def _through(view: View, node: Binary, goal: Goal, repair: Repair) -> Iterator[Move]:
    whole = node.operator == "/" and node.typed.name == "int"
    for part, other in ((node.left, node.right), (node.right, node.left)):
        known, is_left = view.number(other), part is node.left
        if known is None:
            yield from _fill(view, other)
        elif not _is_known(part):
            wanted = _inverted(node.operator, goal, known, is_left=is_left)
            if wanted is not None and not whole:
                yield from reach(view, part, wanted, repair)


def _inverted(made_by: str, goal: Goal, known: Fraction, *, is_left: bool) -> Goal | None:
    """What one side has to be, when the other is known."""
    match made_by:
        case "+":
            return goal.plus(-known)
        case "-":
            return goal.plus(known) if is_left else goal.plus(-known).times(-1)
        case "*" if known:
            return goal.times(1 / known)
        case "/" if known and is_left:
            return goal.times(known)
    return None


def _is_known(node: Node) -> bool:
    try:
        constant(node)
    except (Unknown, EvaluationError):
        return False
    return True


def _fill(view: View, node: Node) -> Iterator[Move]:
    """Let an added item have the numbers that it is computed from; a missing fact of others is not made up."""
    for part in walk(node):
        place = view.place(part)
        if place is None or part.typed.name not in {"int", "decimal"}:
            continue
        if view.situation.at(place) is None and view.situation.is_added(place):
            yield (Edit(place, 1 if part.typed.name == "int" else Decimal(1)),)


def _count(view: View, node: Node, goal: Goal, repair: Repair) -> Iterator[Move]:
    try:
        now = len(view.value(node))
    except FAULTS:  # some item cannot be told whether it counts
        yield from one_more(view, node, repair)
        return
    operator, bound, _ = goal
    at_least = {">": floor(bound) + 1, ">=": ceil(bound), "!=": now + 1}
    at_most = {"<": ceil(bound) - 1, "<=": floor(bound), "!=": now - 1}
    if operator == "==" and bound.denominator == 1:
        at_least[operator] = at_most[operator] = int(bound)
    more, less = at_least.get(operator, now), at_most.get(operator, now)
    if more > now:
        yield from one_more(view, node, repair, more - now)
    if 0 <= less < now:
        yield from one_less(view, node, repair, now - less)


def _total(view: View, call: Call, goal: Goal, repair: Repair) -> Iterator[Move]:
    node = call.operands[0]
    every = items(view, node)
    unknown = [it for it in every if it.number is None]
    total = view.number(call)  # of a long list `every` has the first items only
    if total is None:
        total = sum((it.number for it in every if it.number is not None), Fraction(0))
    for item in unknown if len(unknown) == 1 else [] if unknown else every:
        yield from _reach_item(item, goal.plus((item.number or 0) - total), repair)
    for item in unknown:
        if item.node is not None:
            yield from _fill(item.view, item.node)
    if not unknown:
        yield from one_more(view, node, repair)


def _reach_item(item: Item, goal: Goal, repair: Repair) -> Iterator[Move]:
    if item.node is not None:
        yield from reach(item.view, item.node, goal, repair)
    elif item.place is not None:
        yield from _set(item.value, item.place, item.kind, goal)


def _extreme(view: View, node: Call, goal: Goal, repair: Repair) -> Iterator[Move]:
    listed = len(node.operands) == 1
    every = (
        items(view, node.operands[0]) if listed else [computed(view, it) for it in node.operands]
    )
    for item in every:
        if item.number is None or not _holds(item.number, goal):
            yield from _reach_item(item, goal, repair)
    if listed and not every:
        yield from one_more(view, node.operands[0], repair)


def _holds(left: Fraction, goal: Goal) -> bool:
    operator, right, _ = goal
    outcomes = {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}
    return (outcomes | {"==": left == right, "!=": left != right})[operator]


def _set(was: Any, place: Place, kind: str, goal: Goal) -> Iterator[Move]:
    """The number next to the bound, on the side where the relation holds, in the digits that are in play."""
    if kind not in {"int", "decimal", "dyn"}:
        return
    operator, bound, digits = goal
    whole = kind == "int" or (kind == "dyn" and not isinstance(was, Decimal))
    digits = 0 if whole else min(max(digits, places_of(was), CENTS), _MOST_PLACES)
    if operator == "==" and not whole:
        while digits < _MOST_PLACES and (bound * 10**digits).denominator != 1:
            digits += 1
    for units in _units(operator, bound * 10**digits):
        if whole and not MIN_INT <= units <= MAX_INT:
            continue
        if len(str(abs(units))) <= _MOST_DIGITS:
            to = units if whole else Decimal(units).scaleb(-digits)
            yield (Edit(place, to, _RELATIONS[operator], was if operator == "!=" else None),)


def _units(operator: str, scaled: Fraction) -> tuple[int, ...]:
    match operator:
        case ">=":
            return (ceil(scaled),)
        case ">":
            return (floor(scaled) + 1,)
        case "<=":
            return (floor(scaled),)
        case "<":
            return (ceil(scaled) - 1,)
        case "==":
            return (int(scaled),) if scaled.denominator == 1 else ()
    return (floor(scaled) + 1, ceil(scaled) - 1)
