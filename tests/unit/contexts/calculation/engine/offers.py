"""Rules that give discounts on goods and shipping, for the tests of how they stack."""

from decimal import Decimal

from contexts.calculation.engine import (
    CapSource,
    DiscountType,
    EffectSource,
    EffectType,
    RuleSource,
    Schema,
    StackingSource,
    compile_rule,
    compile_set,
    compile_stacking,
)

SCHEMA = Schema(
    records={
        "cart": {"goods": "decimal", "shipping": "decimal?", "before": "decimal?"},
        "budgets": {"summer": "decimal?"},
    },
    variables={"cart": "cart", "budgets": "budgets?"},
)
EFFECTS = (
    EffectType("percent", {"percent": "decimal"}),
    EffectType("amount", {"amount": "decimal"}),
    EffectType("shipping", {"percent": "decimal"}),
    EffectType("gift", {"sku": "string"}),
)
DISCOUNTS = {
    "percent": DiscountType("goods", percent="percent"),
    "amount": DiscountType("goods", amount="amount"),
}


def offer(rule_id, gives="10%", **more):
    """Return a compiled rule that gives `10%`, `10% of initial` or `5.00`, or several with `+` between them."""
    effects = tuple(_effect(part.strip()) for part in gives.split("+"))
    fields = {"version": 1, "name": rule_id.upper(), "condition": "true", **more}
    if isinstance(fields.get("cap"), str):
        cap = fields["cap"]
        percent = cap.endswith("%")
        fields["cap"] = CapSource(percent=cap[:-1]) if percent else CapSource(amount=cap)
    return compile_rule(RuleSource(id=rule_id, effects=effects, **fields), SCHEMA, EFFECTS)


def _effect(text):
    number, percent, rest = text.partition("%")
    base = "initial" if "initial" in rest else "remaining"
    if "shipping" in rest:
        return EffectSource("shipping", {"percent": number}, base)
    if percent:
        return EffectSource("percent", {"percent": number}, base)
    return EffectSource("amount", {"amount": number})


def stacking(**more):
    amounts = {"goods": "cart.goods", **more.pop("amounts", {})}
    discounts = {**DISCOUNTS, **more.pop("discounts", {})}
    source = StackingSource(discounts=discounts, amounts=amounts, **more)
    return compile_stacking(source, SCHEMA, EFFECTS)


def with_shipping(**more):
    return stacking(
        amounts={"shipping": "cart.shipping"},
        discounts={"shipping": DiscountType("shipping", percent="percent")},
        **more,
    )


def decide(rules, how=None, *, goods="100.00", policy="collect", budgets=None, **cart):
    """Decide about a cart with so many goods."""
    facts = {"cart": {"goods": Decimal(goods), **{n: Decimal(it) for n, it in cart.items()}}}
    if budgets is not None:
        facts["budgets"] = {name: Decimal(it) for name, it in budgets.items()}
    return compile_set(rules, policy, stacking=how).decide(facts)


def ids(decision):
    return [match.rule_id for match in decision.matches]


def aside(decision):
    return [(lost.rule_id, lost.why, lost.by) for lost in decision.set_aside]
