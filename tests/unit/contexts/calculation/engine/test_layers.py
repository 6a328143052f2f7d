"""Rules in layers: of each at most one matches, in the order that matters; guardrails of large sets are proved by them."""

from __future__ import annotations

from decimal import Decimal
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contexts.calculation.engine import (
    EffectSource,
    EffectType,
    RuleSource,
    Schema,
    compile_rule,
    compile_set,
)
from contexts.calculation.engine.guarding import guard
from contexts.calculation.engine.guardrails import (
    Guardrail,
    Price,
    Take,
    check_guardrail,
    check_price,
    figures_of,
    is_broken,
)
from contexts.calculation.engine.layers import in_layers, places_of

SCHEMA = Schema(
    records={
        "customer": {"tier": "string?", "is_member": "bool"},
        "line": {"sku": "string", "category": "string", "quantity": "int", "price": "decimal"},
    },
    variables={"customer": "customer?", "line": "line"},
)
EFFECTS = (
    EffectType("percent", {"percent": "decimal"}),
    EffectType("amount", {"amount": "decimal"}),
)
TAKES = {"percent": Take(percent="percent"), "amount": Take(amount="amount")}
PRICE = check_price(Price("line.price", TAKES), SCHEMA)
CONDITIONS = (
    "true", 'line.sku == "A"', '"B" == line.sku', 'line.sku in ["A", "C"]', 'line.sku == "B" || line.sku == "C"',
    'line.category == "Garden/Tools"', 'line.category.startsWith("Garden")', 'line.category.startsWith("Garden/")',
    'line.category.startsWith("Toys")', 'line.category.startsWith("")', "line.quantity == 2", "line.quantity >= 2",
    'line.sku == "A" && line.quantity == 3', 'customer.tier == "gold"', "customer.is_member", "!customer.is_member",
    'line.sku != "A"', 'line.sku.endsWith("A")', 'customer.tier == "gold" && line.category == "Toys"',
)  # fmt: skip
FACTS = st.fixed_dictionaries(
    {
        "line": st.fixed_dictionaries(
            {
                "sku": st.sampled_from(["A", "B", "C", "D"]),
                "category": st.sampled_from(["Garden", "Garden/Tools", "Gardening", "Toys", ""]),
                "quantity": st.integers(1, 4),
                "price": st.decimals(0, 100, places=2),
            }
        )
    },
    optional={
        "customer": st.fixed_dictionaries(
            {"is_member": st.booleans()}, optional={"tier": st.sampled_from(["gold", "silver"])}
        )
    },
)


def rule(rule_id, condition, number="10", kind="percent", **more):
    effects = (EffectSource(kind, {kind: str(number)}),)
    source = RuleSource(
        id=rule_id, version=1, name=rule_id, condition=condition, effects=effects, **more
    )
    return compile_rule(source, SCHEMA, EFFECTS)


RULES = st.builds(
    rule,
    st.uuids().map(str),
    st.sampled_from(CONDITIONS),
    st.sampled_from(["5", "20", "50"]),
    st.sampled_from(["percent", "amount"]),
    priority=st.integers(0, 3),
)


def layered(rules, *, commute):
    return in_layers(
        ((it, places_of(it.condition.tree), it.source.effects[0].kind) for it in rules), commute
    )


def layers_of(conditions, *, commute):
    made = layered([rule(it, it) for it in conditions], commute=commute)
    return [[it.id for it in layer] for layer in made]


def always(_one, _other):
    return True


def never(_one, _other):
    return False


@settings(deadline=None)
@given(st.lists(RULES, max_size=8), st.lists(FACTS, min_size=1, max_size=20), st.booleans())
def test_two_that_match_the_same_stand_in_the_order_that_matters(rules, many, everything):
    """Decided for real: never in one layer, and what may not change places comes as it came."""
    same_kind = always if everything else lambda one, other: one == other
    layers = layered(rules, commute=same_kind)
    assert sorted(it.id for layer in layers for it in layer) == sorted(it.id for it in rules)
    number_of = {it.id: number for number, layer in enumerate(layers) for it in layer}
    for facts in many:
        matched = [it for it in rules if compile_set([it], "collect").decide(facts).matches]
        for one, other in combinations(matched, 2):
            assert number_of[one.id] != number_of[other.id]
            if not same_kind(one.source.effects[0].kind, other.source.effects[0].kind):
                assert number_of[one.id] < number_of[other.id]


@pytest.mark.parametrize(
    ("conditions", "layers"),
    [
        (['line.sku == "A"', 'line.sku == "B"', 'line.sku in ["C", "D"]'], 1),
        (['line.sku == "A"', 'line.category == "B"'], 2),
        (['line.category.startsWith("Garden/")', 'line.category.startsWith("Toys/")'], 1),
        (['line.category.startsWith("Garden")', 'line.category.startsWith("Garden/")'], 2),
        (['line.category.startsWith("Garden")', 'line.category == "Garden/Tools"'], 2),
        (["customer.is_member", "!customer.is_member"], 1),
        (['line.sku == "A"', 'line.category == "X"', 'line.sku == "B"', 'line.category == "Y"'], 2),
        (['line.sku == "A"', "true", 'line.sku == "B"'], 2),
    ],
)  # fmt: skip
def test_what_excludes_each_other_is_one_step(conditions, layers):
    assert len(layers_of(conditions, commute=always)) == layers


def test_what_may_not_change_places_is_not_brought_together_over_what_stands_between():
    conditions = ['line.sku == "A"', "true", 'line.sku == "B"']
    assert layers_of(conditions, commute=never) == [[it] for it in conditions]


@pytest.mark.parametrize("kind", ["percent", "amount"])
def test_a_guardrail_is_proved_of_as_many_rules_as_there_are_articles(kind):
    """Each article has its own; as a chain of as many steps the solver knew no answer from a hundred on."""
    number = "40" if kind == "percent" else "4"
    rules = [rule(f"r{it}", f'line.sku == "S{it}"', number, kind) for it in range(300)]
    rules += [rule(f"c{it}", f'line.category.startsWith("C{it}/")', number, kind) for it in range(300)]  # fmt: skip
    bound = {
        "percent": "outcome.discount <= outcome.start * 0.64",
        "amount": "outcome.discount <= 8",
    }
    assert asked(rules, bound[kind]).holds
    less = {"percent": "outcome.discount <= outcome.start * 0.63", "amount": "outcome.discount < 8"}
    (example,) = asked(rules, less[kind]).examples
    assert len(example.decision.matches) == 2


def asked(rules, claim, policy="collect"):
    guardrail = check_guardrail(Guardrail("stated", claim), SCHEMA)
    return guard(compile_set(rules, policy), guardrail, PRICE, SCHEMA, milliseconds=10_000)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(RULES, min_size=1, max_size=6, unique_by=lambda it: it.id),
    st.sampled_from(["collect", "priority", "first"]),
    st.integers(0, 90),
    st.lists(FACTS, min_size=1, max_size=20),
)
def test_what_is_proved_no_facts_break(rules, policy, percent, many):
    """Percentages and amounts in any order, excluding each other or not."""
    made = compile_set(rules, policy)
    claim = f"outcome.discount <= outcome.start * {Decimal(percent) / 100}"
    guardrail = check_guardrail(Guardrail("stated", claim), SCHEMA)
    verdict = asked(rules, claim, policy)
    broken = [
        facts
        for facts in many
        if is_broken(guardrail, facts, (figures_of(PRICE, made.decide(facts), facts),))
    ]
    assert verdict.holds is not None, verdict.reason
    assert not (verdict.holds and broken)
