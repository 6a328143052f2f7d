"""The facts and effects that the engine's tests speak about."""

from datetime import UTC, datetime
from decimal import Decimal

from contexts.calculation.engine import EffectSource, EffectType, RuleSource, Schema, compile_rule

SCHEMA = Schema(
    records={
        "customer": {
            "tier": "string?",
            "age": "int?",
            "vip": "bool?",
            "country": "string",
            "tags": "list(string)",
            "attributes": "map(string, dyn)",
            "scores": "map(string, int)",
        },
        "line": {
            "sku": "string",
            "category": "string?",
            "quantity": "int",
            "unit_price": "decimal",
        },
        "cart": {"subtotal": "decimal", "currency": "string"},
    },
    variables={
        "customer": "customer?",
        "lines": "list(line)",
        "cart": "cart",
        "at": "timestamp",
        "note": "string?",
    },
)

EFFECTS = (
    EffectType("discount", {"percent": "decimal", "label": "string?"}),
    EffectType("gift", {"sku": "string", "quantity": "int"}),
)

GOLD = {
    "customer": {
        "tier": "gold",
        "country": "DE",
        "tags": ["vip", "early"],
        "attributes": {"team": "red", "level": 3, "ratio": Decimal("0.5"), "none": None},
        "scores": {"a": 1},
    },
    "lines": [
        {"sku": "s1", "category": "shoes", "quantity": 2, "unit_price": Decimal("30.00")},
        {"sku": "h1", "quantity": 1, "unit_price": Decimal("22.00")},
    ],
    "cart": {"subtotal": Decimal("82.00"), "currency": "EUR"},
    "at": datetime(2025, 3, 31, 22, 30, 15, 250_000, tzinfo=UTC),
}
GUEST = {**GOLD, "customer": None}


def rule(rule_id, condition="true", *, percent="10", effects=None, **more):
    """Return a compiled rule that gives a discount, unless told otherwise."""
    wanted = (EffectSource("discount", {"percent": percent}),) if effects is None else effects
    fields = {"version": 1, "name": f"Rule {rule_id}", "reason": f"because {rule_id}", **more}
    source = RuleSource(id=rule_id, condition=condition, effects=wanted, **fields)
    return compile_rule(source, SCHEMA, EFFECTS)
