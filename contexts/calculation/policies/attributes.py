"""
The attributes that a tenant declared, as a value: where each stands, its name, its type as the engine writes it.

Two tenants that declare the same are the same here, so that whatever is made of a declaration can be kept under it and
needs no other invalidation. Which records of a point may have attributes, its window says: those with a field
`attributes` that is a `map(string, dyn)`.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from contexts.calculation.engine import CompiledRule, DefinitionError, Schema
from contexts.calculation.engine.paths import attributes_read
from shared_kernel.decisions import DecisionPoint, known_points

Declared = tuple[tuple[str, str, str], ...]  # place, name, type; sorted
FIELD = "attributes"
FREE = "map(string, dyn)"
_SCALARS = ("string", "int", "decimal", "bool", "timestamp")
TYPES = (*_SCALARS, *(f"list({it})" for it in _SCALARS))


def place_of(record: str) -> str:
    """Where a record's attributes stand."""
    return f"{record}.{FIELD}"


def places_at(point: DecisionPoint) -> frozenset[str]:
    """Where attributes may be declared among the facts of a point."""
    return frozenset(
        place_of(record)
        for record, fields in point.records.items()
        if FIELD in fields and fields[FIELD].type.rstrip("?") == FREE
    )


def points_with(record: str) -> tuple[DecisionPoint, ...]:
    """The points whose rules see the attributes of a record, by name."""
    points = known_points()
    return tuple(
        points[name] for name in sorted(points) if place_of(record) in places_at(points[name])
    )


def records_with_attributes() -> tuple[str, ...]:
    """Every record, of whichever point, that attributes can be declared for."""
    places = frozenset().union(*map(places_at, known_points().values()))
    return tuple(sorted(place.partition(".")[0] for place in places))


def declared_at(point: DecisionPoint, declared: Declared) -> Declared:
    """Those of the declared attributes that rules of a point can see."""
    if not declared:
        return ()
    places = places_at(point)
    return tuple(it for it in declared if it[0] in places)


@lru_cache(maxsize=64)
def check_attribute(name: str, kind: str) -> None:
    """
    Refuse a name that no rule could write, and a type that no cart could hold.

    Raises:
        DefinitionError: with what would do.

    """
    if kind not in TYPES:
        raise DefinitionError(f"{kind!r:.40} is no type of an attribute: use {', '.join(TYPES)}")
    Schema({"it": {FIELD: FREE}}, {}, {place_of("it"): {name: kind}})


def attributes_used(rule: CompiledRule) -> frozenset[str]:
    """What a rule reads of declared maps: `customer.attributes.since`, in its condition or its effects."""
    trees = [rule.condition.tree]
    trees += [checked.tree for effect in rule.effects for _, checked in effect.params]
    return frozenset().union(*map(attributes_read, trees))


def in_order(declared: Iterable[tuple[str, str, str]]) -> Declared:
    """The same attributes as the same value, in whatever order they were read."""
    return tuple(sorted(declared))
