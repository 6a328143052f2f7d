"""What rules of a point may speak about: its facts, among them the attributes that a tenant declared."""

from __future__ import annotations

from functools import lru_cache

from contexts.calculation.engine import EffectType, Schema
from contexts.calculation.engine.guardrails import CheckedPrice, Price, Take, check_price
from contexts.calculation.errors import UnknownPoint
from contexts.calculation.policies.attributes import Declared, declared_at
from shared_kernel.decisions import DecisionPoint, point_named


def open_point(name: str) -> DecisionPoint:
    """
    The decision point of that name.

    Raises:
        UnknownPoint: no window declares it.

    """
    point = point_named(name)
    if point is None:
        raise UnknownPoint(point=name, pointers=("/point",))
    return point


def schema_of(name: str, declared: Declared = ()) -> Schema:
    """The facts of a point; one object for the same attributes, whichever tenant declared them."""
    point = open_point(name)
    return _schema_of(name, declared_at(point, declared))


@lru_cache(maxsize=1024)
def _schema_of(name: str, declared: Declared) -> Schema:
    point = open_point(name)
    attributes: dict[str, dict[str, str]] = {}
    for place, attribute, kind in declared:
        attributes.setdefault(place, {})[attribute] = kind
    return Schema(
        records={
            record: {field: fact.type for field, fact in fields.items()}
            for record, fields in point.records.items()
        },
        variables={fact: declared.type for fact, declared in point.facts.items()},
        attributes=attributes,
    )


@lru_cache(maxsize=64)
def effect_types_of(name: str) -> tuple[EffectType, ...]:
    return tuple(
        EffectType(effect.kind, {param: fact.type for param, fact in effect.params.items()})
        for effect in open_point(name).effects
    )


@lru_cache(maxsize=64)
def price_of(name: str) -> CheckedPrice | None:
    """The price that a point's effects take off from, if it has one."""
    price = open_point(name).price
    if price is None:
        return None
    takes = {kind: Take(it.percent, it.amount, it.times) for kind, it in price.takes.items()}
    return check_price(Price(price.start, takes, price.assuming), schema_of(name))
