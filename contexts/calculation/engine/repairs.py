"""
Which facts, changed how little, make a part of a condition true, or false.

One move repairs one term; of an `&&` the first that fails, of an `||` any. What this cannot do: orders of texts,
patterns, and whatever `levers.py` cannot; there it offers nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any, Final

from .constants import Unknown, constant
from .edits import GONE, Edit, Move, Place, Relation, fraction, places_of
from .errors import FAULTS, EvaluationError
from .levers import FLIPPED, Goal, one_more, reach
from .nodes import (
    Binary,
    Call,
    Conditional,
    Has,
    ListOf,
    Literal,
    Logical,
    Macro,
    Node,
    Unary,
    walk,
)
from .schema import Type
from .view import View, items

_OPPOSITE: Final = {"==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_TEXTS: Final[dict[str, Relation]] = {
    "startsWith": "starts with",
    "endsWith": "ends with",
    "contains": "contains",
}
_NOT_TEXTS: Final[dict[str, Relation]] = {
    "startsWith": "does not start with",
    "endsWith": "does not end with",
    "contains": "does not contain",
}
_MOST_MOVES: Final = 50  # of one term of an `||`
_MOST_CHOICES: Final = 10  # of a list of alternatives
_A_NODE: Final = 20  # steps, for asking whether it is a constant and which digits it has
_TICK: Final = timedelta(microseconds=1)


def repairs(view: View, node: Node, want: bool) -> Iterator[Move]:  # noqa: FBT001 - what is asked for
    """Moves that may make a condition `want`; it is not that now."""
    view.steps.spend(_A_NODE)
    match node:
        case Unary(operator="!", operand=operand):
            yield from repairs(view, operand, not want)
        case Logical():
            yield from _logical(view, node, want=want)
        case Conditional():
            yield from _conditional(view, node, want=want)
        case Has(target=target):
            yield from _given(view, target, want=want)
        case Macro(macro="exists" | "all" | "exists_one"):
            yield from _quantified(view, node, want=want)
        case Binary(operator="in"):
            yield from _member(view, node, want=want)
        case Binary(operator=operator) if operator in _OPPOSITE:
            yield from _compared(view, node, operator if want else _OPPOSITE[operator])
        case Call(function="startsWith" | "endsWith" | "contains"):
            yield from _text(view, node, want=want)
        case _ if node.typed.name in {"bool", "dyn"} and (place := view.place(node)) is not None:
            yield (Edit(place, want),)


def _logical(view: View, node: Logical, *, want: bool) -> Iterator[Move]:
    if (node.operator == "&&") is not want:  # one of them is enough
        for part in node.operands:
            yield from islice(repairs(view, part, want), _MOST_MOVES)
        return
    failing = next((part for part in node.operands if view.holds(part) is not want), None)
    if failing is not None:
        yield from repairs(view, failing, want)


def _conditional(view: View, node: Conditional, *, want: bool) -> Iterator[Move]:
    asked = view.holds(node.condition)
    if asked is not None:
        yield from repairs(view, node.then if asked else node.otherwise, want)
    for answer in (True, False):
        good = view.holds(node.then if answer else node.otherwise) is want
        if asked is None or (answer is not asked and good):
            yield from repairs(view, node.condition, answer)


def _given(view: View, target: Node, *, want: bool) -> Iterator[Move]:
    place = view.place(target)
    if place is None:
        return
    if not want:
        yield (Edit(place, GONE, "missing"),)
        return
    yield (Edit(place, _some(target.typed), "given"),)


def _some(kind: Type) -> Any:
    known: dict[str, Any] = {"string": "?", "int": 0, "decimal": Decimal(0), "bool": True}
    known |= {"list": [], "dyn": "?"}
    return known.get(kind.name, {})


def _quantified(view: View, node: Macro, *, want: bool) -> Iterator[Move]:
    seen = [view.within(node.variable, item) for item in items(view, node.target)]
    if node.macro == "exists_one":
        holding = [inner for inner in seen if inner.holds(node.body)]
        if want is (len(holding) > 1):  # one too many, or the one that there must not be
            for inner in holding:
                yield from repairs(inner, node.body, False)
        if want and holding:
            return
    elif (node.macro == "exists") is not want:  # each item has to change: begin with the first
        failing = next((it for it in seen if it.holds(node.body) is not want), None)
        if failing is not None:
            yield from repairs(failing, node.body, want)
        return
    wanted = node.macro != "all"
    for inner in seen:
        if inner.holds(node.body) is not wanted:
            yield from repairs(inner, node.body, wanted)
    pending = any(
        view.situation.is_added(place) and inner.holds(node.body) is not wanted
        for inner in seen
        if (place := inner.places[node.variable]) is not None
    )
    if not pending:
        yield from one_more(view, node.target, repairs)


def _member(view: View, node: Binary, *, want: bool) -> Iterator[Move]:
    if isinstance(node.right, ListOf):
        yield from _among(view, node.left, node.right, want=want)
        return
    place = view.place(node.right)
    if place is None or node.right.typed.name != "list":
        return
    try:
        item, found = view.value(node.left), view.listed(node.right)
    except FAULTS:
        return
    if want:
        yield (Edit(place, [*found, item], "includes", item),)
    else:
        yield (Edit(place, [it for it in found if it != item], "excludes", item),)


def _among(view: View, left: Node, right: ListOf, *, want: bool) -> Iterator[Move]:
    if want:
        for choice in right.items[:_MOST_CHOICES]:
            digits = _digits(view, left, choice)
            yield from _toward(view, left, "==", choice, digits)
        return
    place, digits = view.place(left), _digits(view, left, right)
    try:
        was = view.value(left)
    except FAULTS:
        was = None
    if (number := fraction(was)) is not None:
        yield from reach(view, left, Goal("!=", number, digits), repairs)
    elif place is not None and left.typed.name in {"string", "dyn"}:
        than = [choice.value for choice in right.items if isinstance(choice, Literal)]
        yield (Edit(place, f"{was or ''}?", "is not", than),)


def _compared(view: View, node: Binary, operator: str) -> Iterator[Move]:
    view.steps.spend(_A_NODE * sum(1 for _ in walk(node)))
    digits = _digits(view, node.left, node.right)
    sides = ((node.left, operator, node.right), (node.right, FLIPPED[operator], node.left))
    for part, wanted, other in sides:
        if not _is_constant(part):
            yield from _toward(view, part, wanted, other, digits)


def _is_constant(node: Node) -> bool:
    try:
        constant(node)
    except (Unknown, EvaluationError):
        return False
    return True


def _digits(view: View, *parts: Node) -> int:
    """How many digits behind the point are in play, those of the literals and of the facts; zeros at the end are none."""
    found = [0]
    for part in parts:
        for node in walk(part):
            if isinstance(node, Literal) and node.kind == "decimal":
                found.append(places_of(node.value))
            elif (place := view.place(node)) is not None:
                found.append(places_of(view.situation.at(place)))
    return max(found)


def _toward(view: View, part: Node, operator: str, other: Node, digits: int) -> Iterator[Move]:
    """Moves after which a part may stand so to the other, which stays as it is."""
    try:
        known = view.value(other)
    except FAULTS:
        return
    if (number := fraction(known)) is not None:
        yield from reach(view, part, Goal(operator, number, digits), repairs)
        return
    place = view.place(part)
    if place is None:
        return
    if isinstance(known, datetime | timedelta):
        yield from _moment(place, operator, known)
    elif operator == "==" and known is not None:
        yield (Edit(place, known),)
    elif operator == "!=":
        yield from _apart(view, part, known, digits)


def _apart(view: View, part: Node, known: Any, digits: int) -> Iterator[Move]:
    place = view.place(part)
    if (number := fraction(known)) is not None:
        yield from reach(view, part, Goal("!=", number, digits), repairs)
    elif place is not None and isinstance(known, bool):
        yield (Edit(place, not known),)
    elif place is not None and isinstance(known, str):
        yield (Edit(place, f"{known}?", "is not", known),)


def _moment(place: Place, operator: str, known: datetime | timedelta) -> Iterator[Move]:
    later: Relation = "at least"
    earlier: Relation = "at most"
    try:
        match operator:
            case "==":
                yield (Edit(place, known),)
            case ">=" | "<=":
                yield (Edit(place, known, later if operator == ">=" else earlier),)
            case ">" | "!=":
                yield (Edit(place, known + _TICK, later),)
            case "<":
                yield (Edit(place, known - _TICK, earlier),)
    except OverflowError:
        return


def _text(view: View, node: Call, *, want: bool) -> Iterator[Move]:
    text, part = node.operands
    place = view.place(text)
    try:
        known = view.value(part)
    except FAULTS:
        return
    if place is None or not isinstance(known, str):
        return
    was = view.situation.at(place) or ""
    if not isinstance(was, str):
        return
    other = "!" if "?" in known else "?"
    if want:
        to = known + was if node.function == "startsWith" else was + known
        yield (Edit(place, to, _TEXTS[node.function], known),)
    elif known:
        apart = {"startsWith": other + was, "endsWith": was + other}
        to = apart.get(node.function, was.replace(known, other))
        yield (Edit(place, to, _NOT_TEXTS[node.function], known),)
