"""Every hit policy of DMN by its name: what applies, what does not, and what it has against the rules."""

import json
from decimal import Decimal

import pytest

from contexts.calculation.engine import DefinitionError, EffectSource, compile_set
from contexts.calculation.engine.resolver import HIT_POLICIES
from tests.unit.contexts.calculation.engine.shop import GOLD, rule

# rules as (id, percent, priority, order); expected ids that apply, ids set aside, and an error or not
A, B, C = ("a", "10", 1, 3), ("b", "20", 3, 2), ("c", "10", 2, 1)
CASES = [
    ("unique", [], [], [], False),
    ("unique", [A], ["a"], [], False),
    ("unique", [A, C], [], ["c", "a"], True),
    ("unique", [A, B, C], [], ["b", "c", "a"], True),
    ("any", [A], ["a"], [], False),
    ("any", [A, C], ["c"], ["a"], False),
    ("any", [A, B], [], ["b", "a"], True),
    ("priority", [A, B, C], ["b"], ["c", "a"], False),
    ("first", [A, B, C], ["c"], ["b", "a"], False),
    ("rule order", [A, B, C], ["c", "b", "a"], [], False),
    ("output order", [A, B, C], ["b", "c", "a"], [], False),
    ("collect", [A, B, C], ["b", "c", "a"], [], False),
    ("collect count", [A, B, C], ["b", "c", "a"], [], False),
    ("collect sum", [A, B, C], ["b", "c", "a"], [], False),
    ("collect min", [A, B, C], ["c"], ["b", "a"], False),
    ("collect max", [A, B, C], ["b"], ["c", "a"], False),
]  # fmt: skip
VALUES = [
    ("collect count", ["10", "20"], 2), ("collect count", [], 0),
    ("collect sum", ["10", "20.5"], Decimal("30.5")), ("collect sum", ["0.1", "0.2"], Decimal("0.3")),
    ("collect min", ["10", "20", "9.99"], Decimal("9.99")), ("collect max", ["10", "20"], Decimal(20)),
    ("collect sum", [], None), ("collect min", [], None), ("collect max", [], None),
    ("collect sum", ["10", "1 / 0"], Decimal(10)), ("collect max", ["1 / 0"], None),
]  # fmt: skip


def made(rows):
    return [rule(i, percent=p, priority=priority, order=order) for i, p, priority, order in rows]


def over(policy):
    return "discount.percent" if policy in {"collect sum", "collect min", "collect max"} else None


@pytest.mark.parametrize(("policy", "rows", "applies", "aside", "wrong"), CASES)
def test_a_policy_lets_apply_what_dmn_says(policy, rows, applies, aside, wrong):
    decision = compile_set(made(rows), policy, over=over(policy)).decide(GOLD)
    assert [it.rule_id for it in decision.matches] == applies
    assert [it.rule_id for it in decision.set_aside] == aside
    assert (decision.error is not None) is wrong
    for lost in decision.set_aside:
        assert lost.why == "hit policy"
        assert lost.by in {row[0] for row in rows} - {lost.rule_id}


@pytest.mark.parametrize(("policy", "percents", "value"), VALUES)
def test_an_aggregate_is_exact(policy, percents, value):
    rules = [rule(f"r{number}", percent=it) for number, it in enumerate(percents)]
    decision = compile_set(rules, policy, over=over(policy)).decide(GOLD)
    assert decision.collected.value == value
    assert decision.collected.policy == policy


@pytest.mark.parametrize("policy", HIT_POLICIES)
def test_every_policy_decides_the_same_whatever_the_order_of_the_rules(policy):
    rules = made([A, B, C])
    seen = {
        repr(compile_set(order, policy, over=over(policy)).decide(GOLD))
        for order in (rules, rules[::-1], rules[1:] + rules[:1])
    }
    assert len(seen) == 1


def test_an_error_names_the_rules():
    decision = compile_set(made([A, B, C]), "unique").decide(GOLD)
    said = (
        'the hit policy "unique" allows no answer: "Rule b", "Rule c" and "Rule a" match together'
    )
    assert decision.error == said
    assert {it.detail for it in decision.set_aside} == {said}
    unlike = compile_set(made([A, B]), "any").decide(GOLD)
    assert unlike.error.endswith('"Rule b" and "Rule a" match with different effects')


def test_many_rules_are_not_all_named():
    decision = compile_set([rule(f"r{n}") for n in range(9)], "unique").decide(GOLD)
    assert decision.error.endswith('"Rule r4" and 4 more match together')


@pytest.mark.parametrize("policy", ["unique", "any"])
def test_a_rule_that_cannot_be_computed_is_no_second_match(policy):
    decision = compile_set([rule("a", percent="1 / 0"), rule("b")], policy).decide(GOLD)
    assert [it.rule_id for it in decision.matches] == ["b"]
    assert [(it.rule_id, it.why) for it in decision.set_aside] == [("a", "error")]


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [("10", "10.00", True), ("10", "cart.subtotal - 72", True), ("10", "10.01", False)],
)
def test_any_compares_what_rules_give_and_not_how_it_is_written(one, other, alike):
    decision = compile_set([rule("a", percent=one), rule("b", percent=other)], "any").decide(GOLD)
    assert (decision.error is None) is alike


def test_groups_and_stops_thin_out_what_is_aggregated():
    rules = [rule("a", group="g", priority=1), rule("b", group="g", percent="99"), rule("c")]
    decision = compile_set(rules, "collect sum", over="discount.percent").decide(GOLD)
    assert decision.collected.value == 20
    assert [(it.rule_id, it.why) for it in decision.set_aside] == [("b", "group")]


class TestRefusals:
    @pytest.mark.parametrize(
        ("policy", "what"),
        [("collect sum", None), ("collect max", "discount"), ("collect", "discount.percent"),
         ("collect count", "discount.percent"), ("first", "discount.percent")],
    )  # fmt: skip
    def test_only_an_aggregate_says_of_what_and_it_must(self, policy, what):
        with pytest.raises(DefinitionError, match="over"):
            compile_set([], policy, over=what)

    @pytest.mark.parametrize(
        "effects",
        [(), (EffectSource("gift", {"sku": '"x"', "quantity": "1"}),),
         (EffectSource("discount", {"percent": "1"}),) * 2],
    )  # fmt: skip
    def test_a_rule_that_cannot_be_aggregated_is_refused_by_name(self, effects):
        with pytest.raises(DefinitionError, match="Rule odd"):
            compile_set([rule("odd", effects=effects)], "collect sum", over="discount.percent")
        fine = compile_set([rule("a")], "collect sum", over="discount.percent")
        with pytest.raises(DefinitionError, match="Rule odd"):
            fine.replace(rule("odd", effects=effects))

    def test_a_text_is_no_number_to_aggregate(self):
        labelled = (EffectSource("discount", {"percent": "1", "label": '"x"'}),)
        with pytest.raises(DefinitionError, match="a number label"):
            compile_set([rule("a", effects=labelled)], "collect max", over="discount.label")


def test_the_hash_of_a_rule_that_uses_none_of_this_is_what_it_was():
    source = rule("a", 'cart.currency == "EUR"', group="g", stop=True).source
    assert source.content_hash == "80f792f3495e5104c70949a531d7f48beb0c27bda999b43ba4baa0f6b3f02fab"
    assert json.loads(json.dumps(source.to_json()))["stacking"] == "normal"
    assert (
        compile_set([rule("a")]).fingerprint
        == "7c45ef34d715f5d39c51396078d04b802bb5c6f121d8e0d734c7b57683e069b5"
    )
