"""
What becomes of a rule over facts that hold nothing of some of what it asks: matched by none of them, by all, or by some.

Each part of a condition that asks of nothing but what is lacking is decided for real, by facts without it; what asks of
anything else is left open. What this cannot do: see that two parts left open exclude each other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import partial
from typing import Any, Final
from typing import Literal as OneOf

from contexts.calculation.engine.nodes import (
    Field,
    Has,
    Index,
    Literal,
    Logical,
    Macro,
    Name,
    Node,
    Unary,
    children,
)
from contexts.calculation.engine.python import compile_outcomes
from contexts.calculation.engine.units import Steps
from contexts.calculation.policies.attributes import Declared
from contexts.calculation.policies.building.vocabulary import place_in_record
from contexts.calculation.policies.points import barest, barest_facts, open_point
from contexts.calculation.policies.standing import rules_of
from shared_kernel.decisions import DecisionPoint, Fact, RuleText

Outcome = OneOf["true", "false", "fault"]
Fate = OneOf["never", "always", "open"]
_TRUE: Final[Outcome] = "true"
_FALSE: Final[Outcome] = "false"
_FAULT: Final[Outcome] = "fault"
_OUTCOMES: Final[tuple[Outcome, ...]] = (_FALSE, _FAULT, _TRUE)  # the first of them decides an &&
_DENIED: Final[dict[Outcome, Outcome]] = {_TRUE: _FALSE, _FALSE: _TRUE, _FAULT: _FAULT}
_QUANTIFIERS = ("exists", "all")


def fate_of(point: str, text: RuleText, lacking: Collection[str], declared: Declared = ()) -> Fate:
    """
    Whether a rule can match facts without these (each by its record and name), or matches all of them.

    A table never matches if none of its rows can.

    Raises:
        UnknownPoint; ExpressionError, DefinitionError: it is not sound.

    """
    opened, without = open_point(point), frozenset(lacking)
    facts = _without(opened, without)
    possible = [
        _outcomes(it.condition.tree, opened, without, facts)
        for it in rules_of(point, text, declared)
    ]
    if {_TRUE} in possible:
        return "always"
    return "open" if any(_TRUE in it for it in possible) else "never"


def _without(point: DecisionPoint, lacking: frozenset[str]) -> dict[str, Any]:
    """Facts that say least, about one of whatever there are lists of; a record of which nothing is said is missing."""
    facts = barest_facts(point.name)
    for name, fact in point.facts.items():
        kind = fact.type.rstrip("?")
        if kind in point.records:
            if not {f"{kind}.{field}" for field in point.records[kind]} <= lacking:
                facts[name] = barest(point, Fact(kind))
        elif kind.startswith("list(") and kind[5:-1] in point.records:
            facts[name] = [barest(point, Fact(kind[5:-1]))]
    return facts


def _outcomes(
    node: Node, point: DecisionPoint, lacking: frozenset[str], facts: dict[str, Any]
) -> frozenset[Outcome]:
    """What a part of a condition can come to: whatever it may be where it asks of what is not lacking."""
    of = partial(_outcomes, point=point, lacking=lacking, facts=facts)
    match node:
        case Literal(kind="bool", value=known):
            return frozenset({_TRUE if known else _FALSE})
        case Logical(operator=operator, operands=operands):
            order = _OUTCOMES if operator == "&&" else _OUTCOMES[::-1]
            return frozenset(
                min(each, key=order.index) for each in _together([of(it) for it in operands])
            )
        case Unary(operator="!", operand=operand):
            return frozenset(_DENIED[it] for it in of(operand))
    if not _asks_only(node, point, lacking):
        return frozenset(_DENIED)
    decided = compile_outcomes([node])[0](facts, Steps())
    return frozenset({_TRUE if decided is True else _FALSE if decided is False else _FAULT})


def _together(parts: Iterable[frozenset[Outcome]]) -> frozenset[frozenset[Outcome]]:
    """Every way in which parts come out, as the outcomes that there are."""
    found: frozenset[frozenset[Outcome]] = frozenset({frozenset()})
    for part in parts:
        found = frozenset(it | {outcome} for it in found for outcome in part)
    return found


def _asks_only(node: Node, point: DecisionPoint, lacking: frozenset[str]) -> bool:
    """Whether a part of a condition reads facts at all, and none but these."""
    read = list(_read(node, point, frozenset()))
    return bool(read) and all(it in lacking for it in read)


def _read(node: Node, point: DecisionPoint, loops: frozenset[str]) -> list[str]:
    """What is read: facts by record and name, anything else by a name that is in no record."""
    match node:
        case Macro(macro=macro, target=Name(), variable=variable, body=body, result=None) if (
            macro in _QUANTIFIERS
        ):
            return _read(body, point, loops | {variable})
        case Field() | Index() if (place := _place(node, point)) is not None:
            return [place]
        case Name(name=name):
            return [] if name in loops else [f"?{name}"]
        case Has(target=target):
            return _read(target, point, loops)
    return [it for child in children(node) for it in _read(child, point, loops)]


def _place(node: Node, point: DecisionPoint) -> str | None:
    if not isinstance(node, Field) or node.target.type is None:
        return None
    holder = node.target
    if isinstance(holder, Field) and holder.name == "attributes":
        holder = holder.target
    if holder.type is None or holder.type.name not in point.records:
        return None
    record, name = place_in_record(node)
    return f"{record}.{name}"
