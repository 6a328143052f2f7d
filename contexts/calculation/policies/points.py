"""What rules of a point may speak about: its facts, among them the attributes that a tenant declared."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from contexts.calculation.engine import CheckedExpression, EffectType, Schema, check_expression
from contexts.calculation.engine.guardrails import CheckedPrice, Price, Take, check_price
from contexts.calculation.errors import UnknownPoint
from contexts.calculation.policies.attributes import Declared, declared_at
from shared_kernel.decisions import DecisionPoint, Fact, point_named

_EMPTY: Final[dict[str, Callable[[], Any]]] = {
    "string": str,
    "bool": bool,
    "list": list,
    "map": dict,
    "dyn": dict,
    "duration": timedelta,
    "timestamp": lambda: datetime(2000, 1, 1, tzinfo=UTC),
}


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


@lru_cache(maxsize=64)
def assumed_of(name: str) -> tuple[CheckedExpression, ...]:
    """
    What is true of all facts of a point, as conditions: that none is below its least, and what its price assumes.

    Facts that may be missing are left out: a condition about them is not true where they are.
    """
    point, schema = open_point(name), schema_of(name)
    texts = [
        f"{variable}.{field} >= {fact.least}"
        for variable, held in point.facts.items()
        for field, fact in point.records.get(held.type, {}).items()
        if fact.least
    ]
    texts += [point.price.assuming] if point.price is not None else []
    return tuple(check_expression(it, schema) for it in texts)


def barest_facts(name: str) -> dict[str, Any]:
    """The facts of a point that say least: what may be missing is, texts and lists are empty, numbers the least."""
    point = open_point(name)
    return {
        variable: barest(point, fact)
        for variable, fact in point.facts.items()
        if not fact.type.endswith("?")
    }


def barest(point: DecisionPoint, fact: Fact) -> Any:
    """A value of a fact's type that says least."""
    fields = point.records.get(fact.type)
    if fields is not None:
        return {name: barest(point, it) for name, it in fields.items() if not it.type.endswith("?")}
    if fact.type == "int":
        return int(fact.least or 0)
    if fact.type == "decimal":
        return Decimal(fact.least or 0)
    return _EMPTY[fact.type.partition("(")[0]]()
