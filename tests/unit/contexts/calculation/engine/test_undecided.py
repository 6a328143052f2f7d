"""A rule whose steps are spent is not dropped in silence: the decision names it, wherever it stands."""

import pytest

from contexts.calculation.engine import EffectSource, Undecided, compile_set, explain, rulesets
from tests.unit.contexts.calculation.engine.shop import GOLD, rule

LINES = [{"sku": "s", "quantity": 1, "unit_price": 1}] * 500
LONG = {**GOLD, "lines": LINES}
GREEDY = "lines.all(a, lines.all(b, lines.all(c, a.quantity + b.quantity + c.quantity > 0)))"
KEYED = f'customer.tier == "gold" && {GREEDY}'
TOLD = Undecided("greedy", 1, "Rule greedy", "the rule goes over too many list entries")


@pytest.fixture(params=["blocks", "index", "loose"])
def a_set(request, monkeypatch):
    """`a_set(rules)` in which every rule stands in a block, in the index, or by itself."""
    if request.param == "index":
        monkeypatch.setattr(rulesets, "SMALL", 0)

    def make(*rules):
        if request.param == "loose":
            return compile_set([]).replace(*rules)
        return compile_set(rules)

    return make


@pytest.mark.parametrize("source", [GREEDY, KEYED])
def test_it_is_named_with_the_reason(a_set, source):
    decision = a_set(rule("greedy", source), rule("modest", 'customer.tier == "gold"')).decide(LONG)
    assert decision.undecided == (TOLD,)
    assert [it.rule_id for it in decision.matches] == ["modest"]
    assert decision.set_aside == ()


def test_nothing_is_told_where_all_was_decided(a_set):
    assert a_set(rule("greedy", KEYED)).decide({**GOLD, "lines": LINES[:3]}).undecided == ()


def test_facts_of_a_wrong_shape_do_not_hide_it(a_set):
    """The block is asked rule by rule then, and a rule that is given up is told once."""
    rules = a_set(rule("greedy", KEYED), rule("spoilt", 'cart.currency.startsWith("E") && customer.tier == "gold"'))  # fmt: skip
    assert rules.decide({**LONG, "cart": {"currency": 3}}).undecided == (TOLD,)


def test_a_rule_that_was_replaced_is_not_told(a_set):
    rules = a_set(rule("greedy", KEYED)).replace(rule("greedy", "false", version=2))
    assert rules.decide(LONG).undecided == ()


def test_effects_that_spend_all_steps_are_told_too(a_set):
    percent = f"{GREEDY} ? 10 : 20"
    rules = a_set(rule("greedy", effects=(EffectSource("discount", {"percent": percent}),)))
    decision = rules.decide(LONG)
    assert decision.undecided == (TOLD,)
    assert [it.why for it in decision.set_aside] == ["error"]


def test_what_the_decision_has_not_left_is_told_of_each_rule_that_needed_it():
    """Two hundred greedy rules spend what a decision has; the last ones get nothing."""
    rules = compile_set([rule(f"r{number}", KEYED) for number in range(200)])
    decision = rules.decide(LONG)
    assert len(decision.undecided) == 200
    assert [it.rule_id for it in decision.undecided] == [it.id for it in rules.rules]


def test_it_is_explained_even_where_only_what_applied_is(a_set):
    (told,) = explain(a_set(rule("greedy", KEYED)), LONG, "applied")
    assert (told.outcome, told.why) == ("error", TOLD.why)


def test_comparing_hit_policies_tell_it_too():
    rules = compile_set([rule("greedy", KEYED), rule("b")], "unique")
    decision = rules.decide(LONG)
    assert decision.undecided == (TOLD,)
    assert [it.rule_id for it in decision.matches] == ["b"]
