"""Which facts rules speak about, and with which texts they compare them; what was found of a text is kept."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from contexts.calculation.engine import DefinitionError, ExpressionError, check_expression
from contexts.calculation.engine.nodes import Field, Name, Node, walk
from contexts.calculation.messages import Spoken
from contexts.calculation.policies.attributes import Declared, declared_at
from contexts.calculation.policies.building.vocabulary import compared, place_in_record
from contexts.calculation.policies.points import open_point, schema_of
from contexts.calculation.policies.standing import sources_of
from contexts.calculation.policies.words.naming import ATTRIBUTES, plain
from shared_kernel.decisions import DecisionPoint, RuleText


def spoken_of(point: str, text: RuleText, declared: Declared = ()) -> tuple[Spoken, ...]:
    """
    What a rule speaks about in its condition and its effects.

    Raises:
        UnknownPoint.

    """
    seen = declared_at(open_point(point), declared)
    found = {it for source in _texts(point, text, seen) for it in _spoken(point, source, seen)}
    valued = {it.fact for it in found if it.value}
    return tuple(
        sorted(
            (it for it in found if it.value or it.fact not in valued),
            key=lambda it: (it.fact, it.value),
        )
    )


def _texts(point: str, text: RuleText, declared: Declared) -> set[str]:
    """The expressions of a rule, or of each row of a table; of a table that is not sound its condition."""
    try:
        rules = sources_of(point, text, declared)
    except (ExpressionError, DefinitionError):
        return {text.condition}
    params = {it for rule in rules for effect in rule.effects for it in effect.params.values()}
    return {rule.condition for rule in rules} | params


@lru_cache(maxsize=8192)
def _spoken(point: str, source: str, declared: Declared) -> frozenset[Spoken]:
    opened, schema = open_point(point), schema_of(point, declared)
    for expected in ("bool", "decimal", "string", "dyn"):
        try:
            tree = check_expression(source, schema, expected).tree
        except ExpressionError:
            continue
        return frozenset(_in(tree, opened))
    return frozenset()


def _in(tree: Node, point: DecisionPoint) -> Iterator[Spoken]:
    for node in walk(tree):
        if isinstance(node, Field) and _of_record(node, point):
            record, name = place_in_record(node)
            yield _told(record, name, point)
        if isinstance(node, Name) and node.name in point.facts:
            kind = point.facts[node.name].type.rstrip("?")
            if kind not in point.records and not kind.startswith("list("):
                yield Spoken(node.name, point.facts[node.name].label or plain(node.name))
        for (record, name), value in compared(node):
            yield _told(record, name, point, value)


def _of_record(node: Field, point: DecisionPoint) -> bool:
    """Whether a fact is read there, and not the map that holds the attributes."""
    if node.name == ATTRIBUTES:
        return False
    target = node.target
    holder = target.target if isinstance(target, Field) and target.name == ATTRIBUTES else target
    return holder.type is not None and holder.type.name in point.records


def _told(record: str, name: str, point: DecisionPoint, value: str = "") -> Spoken:
    fact = point.records.get(record, {}).get(name)
    own = (fact.label if fact else "") or plain(name.removeprefix(f"{ATTRIBUTES}."))
    return Spoken(f"{record}.{name}", f"{plain(record)}'s {own}", value)
