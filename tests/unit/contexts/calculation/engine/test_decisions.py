"""Which rules apply, which are set aside and why; and that a set is the same however it came to be."""

import json
from decimal import Decimal
from types import SimpleNamespace

import pytest

from contexts.calculation.engine import (
    DefinitionError,
    EffectSource,
    RuleSource,
    compile_set,
    facts_hash,
    find_problems,
)
from tests.unit.contexts.calculation.engine.shop import GOLD, GUEST, SCHEMA, rule


def ids(decision):
    return [match.rule_id for match in decision.matches]


def aside(decision):
    return [(lost.rule_id, lost.why, lost.by) for lost in decision.set_aside]


class TestHitPolicies:
    def test_first_takes_the_rule_written_first_whatever_its_priority(self):
        rules = [rule("b", order=2, priority=9), rule("a", order=1), rule("no", "false", order=0)]
        decision = compile_set(rules, "first").decide(GOLD)
        assert ids(decision) == ["a"]
        assert aside(decision) == [("b", "hit policy", "a")]

    def test_priority_takes_the_highest_and_of_equals_the_first_written(self):
        rules = [
            rule("a", priority=1),
            rule("c", priority=5, order=2),
            rule("b", priority=5, order=1),
        ]
        decision = compile_set(rules, "priority").decide(GOLD)
        assert ids(decision) == ["b"]
        assert aside(decision) == [("c", "hit policy", "b"), ("a", "hit policy", "b")]

    def test_collect_takes_all_by_priority_and_then_as_written(self):
        rules = [rule("a", order=2), rule("b", order=1), rule("c", priority=1), rule("d", "false")]
        assert ids(compile_set(rules, "collect").decide(GOLD)) == ["c", "b", "a"]

    def test_an_unknown_policy_is_refused(self):
        with pytest.raises(DefinitionError, match="use first, priority, collect"):
            compile_set([], "best")


class TestGroupsAndStop:
    def test_of_a_group_only_the_first_applies(self):
        rules = [
            rule("a", group="g"),
            rule("b", group="g", priority=1),
            rule("c"),
            rule("d", group="h"),
        ]
        decision = compile_set(rules).decide(GOLD)
        assert ids(decision) == ["b", "c", "d"]
        assert aside(decision) == [("a", "group", "b")]

    def test_a_rule_that_does_not_match_takes_no_place_in_its_group(self):
        decision = compile_set(
            [rule("a", "false", group="g", priority=1), rule("b", group="g")]
        ).decide(GOLD)
        assert ids(decision) == ["b"]

    def test_nothing_applies_behind_a_rule_that_stops(self):
        rules = [rule("a", priority=2), rule("b", priority=1, stop=True), rule("c")]
        decision = compile_set(rules).decide(GOLD)
        assert ids(decision) == ["a", "b"]
        assert aside(decision) == [("c", "stop", "b")]

    def test_a_rule_set_aside_by_its_group_does_not_stop_others(self):
        rules = [
            rule("a", group="g", priority=2),
            rule("b", group="g", priority=1, stop=True),
            rule("c"),
        ]
        assert ids(compile_set(rules).decide(GOLD)) == ["a", "c"]

    @pytest.mark.parametrize("policy", ["first", "priority", "collect"])
    def test_a_rule_whose_effect_cannot_be_computed_leaves_its_place_to_the_next(self, policy):
        rules = [rule("a", percent="1 / 0", group="g", stop=True), rule("b", group="g")]
        decision = compile_set(rules, policy).decide(GOLD)
        assert ids(decision) == ["b"]
        assert decision.set_aside[0].why == "error"
        assert decision.set_aside[0].detail == "division by zero"


class TestEffects:
    def test_parameters_are_computed_from_the_facts_exactly(self):
        effects = (
            EffectSource("discount", {"percent": "cart.subtotal / 8", "label": "customer.tier"}),
            EffectSource("gift", {"sku": "lines[0].sku", "quantity": "size(lines)"}),
        )
        (match,) = compile_set([rule("a", effects=effects)]).decide(GOLD).matches
        assert match.effects == (
            ("discount", {"percent": Decimal("10.25"), "label": "gold"}),
            ("gift", {"sku": "s1", "quantity": 2}),
        )
        assert (match.name, match.reason, match.version) == ("Rule a", "because a", 1)

    def test_an_optional_parameter_may_be_left_out(self):
        (match,) = compile_set([rule("a", percent="5")]).decide(GOLD).matches
        assert match.effects == (("discount", {"percent": Decimal(5)}),)

    def test_changing_a_decision_does_not_change_the_next(self):
        """Values that depend on no fact are shared and refuse to be changed; computed ones are its own."""
        rules = compile_set([rule("a", percent="5"), rule("b", percent="cart.subtotal - 77")])
        shared, own = (it.effects[0][1] for it in rules.decide(GOLD).matches)
        for change in (
            lambda: shared.__setitem__("percent", "spoilt"), shared.clear, lambda: shared.update(percent=1),
            lambda: shared.pop("percent"), lambda: shared.__ior__({"percent": 1}),
        ):  # fmt: skip
            with pytest.raises(TypeError, match="copy them"):
                change()
        own["percent"] = "spoilt"
        assert [it.effects[0][1]["percent"] for it in rules.decide(GOLD).matches] == [5, 5]

    def test_equal_facts_give_equal_bytes(self):
        cart = {**GOLD, "cart": {"subtotal": Decimal("82.000"), "currency": "EUR"}}
        rules = compile_set([rule("a", percent="cart.subtotal * 1.50")])
        assert facts_hash(cart) == facts_hash(GOLD)
        assert repr(rules.decide(cart)) == repr(rules.decide(GOLD))


class TestWrongFacts:
    @pytest.mark.parametrize(
        "facts",
        [None, [], {}, {"cart": 5}, {"cart": {"subtotal": "82"}}, {"lines": 7}, {"lines": [None, 3]},
         {**GOLD, "customer": "me"}, {**GOLD, "cart": {"subtotal": Decimal("NaN"), "currency": 1}},
         {**GOLD, "cart": {"subtotal": Decimal("1e999999"), "currency": []}},
         {**GOLD, "at": "now"}, SimpleNamespace(), {**GOLD, "lines": {"sku": 1}}],
    )  # fmt: skip
    def test_no_facts_make_a_decision_raise(self, facts):
        conditions = [
            "cart.subtotal * 2 > 100", "cart.subtotal > 100", "lines.exists(l, l.quantity > 1)",
            'customer.tier in ["gold"]', "at.getHours() > 3", "size(lines) > 1",
            "int(cart.subtotal) > 1", "string(cart.subtotal) != ''", "round(cart.subtotal, 2) > 1",
            "cart.currency in ['EUR']", "lines.map(l, l.sku) == ['x']", "at > at - duration('1h')",
        ]  # fmt: skip
        rules = [rule(f"r{number}", text) for number, text in enumerate(conditions)]
        decision = compile_set([*rules, rule("sound")]).decide(facts)
        assert "sound" in ids(decision)

    def test_a_rule_that_reads_a_spoilt_fact_spoils_no_other(self):
        facts = {**GOLD, "cart": {"subtotal": "82", "currency": "EUR"}}
        rules = [rule("a", "cart.subtotal > 1"), rule("b", 'cart.currency == "EUR"')]
        assert ids(compile_set(rules).decide(facts)) == ["b"]

    def test_what_does_not_fit_the_schema_is_named(self):
        facts = {
            **GOLD,
            "cart": {"subtotal": 82.5},
            "lines": [{"sku": 1, "quantity": True, "unit_price": Decimal("NaN")}],
        }
        assert find_problems(GOLD, SCHEMA) == find_problems(GUEST, SCHEMA) == []
        assert find_problems(facts, SCHEMA) == [
            "lines[0].sku is string, not int",
            "lines[0].quantity is int, not bool",
            "lines[0].unit_price is not a finite number",
            "cart.subtotal is decimal, not float",
            "cart.currency is missing",
        ]


class TestFingerprint:
    def test_the_same_rules_in_any_order_are_the_same_set(self):
        one = compile_set([rule("a"), rule("b")])
        assert one.fingerprint == compile_set([rule("b"), rule("a")]).fingerprint
        assert one.decide(GOLD).fingerprint == one.fingerprint

    @pytest.mark.parametrize(
        "changed",
        [rule("b", version=2), rule("b", "1 < 2"), rule("b", percent="11"), rule("b", stop=True)],
    )
    def test_any_change_of_a_rule_is_another_set(self, changed):
        before = compile_set([rule("a"), rule("b")])
        assert before.replace(changed).fingerprint != before.fingerprint

    def test_the_hit_policy_is_part_of_it(self):
        assert compile_set([rule("a")], "first").fingerprint != compile_set([rule("a")]).fingerprint

    def test_two_rules_of_one_id_are_refused(self):
        with pytest.raises(DefinitionError, match="same id"):
            compile_set([rule("a"), rule("a", version=2)])


class TestReplace:
    def test_a_changed_rule_leaves_all_compiled_blocks_as_they_are(self):
        before = compile_set([rule(f"r{n}", f"cart.subtotal > {n}") for n in range(300)])
        after = before.replace(rule("r7", "cart.subtotal > 1000", version=2))
        assert after.blocks is before.blocks
        assert len(after.blocks) > 3
        assert "r7" in ids(before.decide(GOLD))
        assert "r7" not in ids(after.decide(GOLD))

    def test_many_changed_rules_come_into_blocks_again(self):
        rules = compile_set([rule(f"r{n}", f"cart.subtotal > {n}") for n in range(150)])
        for n in range(100):
            rules = rules.replace(rule(f"r{n}", f"cart.subtotal > {n + 1}", version=2))
        assert len(rules.loose) < 100
        assert rules.decide(GOLD) == compile_set(rules.rules).decide(GOLD)

    def test_a_set_decides_the_same_however_it_came_to_be(self):
        rules = [rule(f"r{n}", f"cart.subtotal > {n}", priority=n % 7) for n in range(150)]
        grown = compile_set(rules[:20]).replace(*rules[20:], rule("x")).replace(removed=["x"])
        assert grown.decide(GOLD) == compile_set(rules).decide(GOLD)

    def test_the_old_set_still_decides_as_before(self):
        before = compile_set([rule("a")])
        before.replace(rule("a", "false", version=2))
        assert ids(before.decide(GOLD)) == ["a"]

    @pytest.mark.parametrize("count", [3, 200])
    def test_a_rule_that_was_removed_and_comes_back_applies_once(self, count):
        """The very same rule: it may stand still in a block or in the index that the sets share."""
        kept = [rule(f"r{n}", f'customer.tier == "gold" && cart.subtotal > {n % 5}') for n in range(count)]  # fmt: skip
        kept.append(rule("unkeyed", "cart.subtotal > 1"))
        before = compile_set(kept)
        without = before.replace(removed=["r1", "unkeyed"])
        assert not {"r1", "unkeyed"} & set(ids(without.decide(GOLD)))
        again = without.replace(kept[1], kept[-1])
        assert again.decide(GOLD) == before.decide(GOLD)
        assert before.replace(kept[1]).loose == ()

    def test_what_is_only_tried_leaves_no_trace_in_what_sets_share(self):
        rules = compile_set([rule(f"r{n}", f'customer.country == "C{n}"') for n in range(200)])
        size = rules.index.size
        for n in range(100):
            tried = rules.replace(rule("r1", 'customer.country == "DE"', version=2 + n), lasting=False)  # fmt: skip
            assert ids(tried.decide(GOLD)) == ["r1"]
        assert rules.index.size == size
        assert tried.fingerprint == compile_set(tried.rules).fingerprint
        assert ids(rules.decide(GOLD)) == []


class TestRuleSource:
    def test_it_goes_through_json_and_back(self):
        source = rule("a", 'cart.currency == "EUR"', group="g", stop=True).source
        again = RuleSource.from_json(json.loads(json.dumps(source.to_json())))
        assert again == source
        assert (
            again.content_hash
            == source.content_hash
            == rule("a", "cart.currency=='EUR'", group="g", stop=True).content_hash
        )

    @pytest.mark.parametrize(
        "change", [{"id": 1}, {"priority": "1"}, {"nope": 1}, {"effects": [3]}, {"stop": 1}]
    )
    def test_json_that_is_no_rule_is_refused(self, change):
        with pytest.raises(DefinitionError):
            RuleSource.from_json({**rule("a").source.to_json(), **change})

    def test_many_facts_are_decided_in_their_order(self):
        rules = compile_set([rule("a", "has(customer)")])
        assert [ids(one) for one in rules.decide_many([GOLD, GUEST])] == [["a"], []]
