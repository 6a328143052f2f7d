"""What a reviewer is told about a set of rules: found where it is so, and not found where it is not."""

from time import monotonic

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contexts.calculation.engine import EffectSource, analysis, compile_set, guarding
from contexts.calculation.engine.analysis import analyse, never_applying
from contexts.calculation.engine.disputes import overlaps
from contexts.calculation.engine.findings import Review, matches
from contexts.calculation.engine.guardrails import (
    Guardrail,
    Price,
    Take,
    check_guardrail,
    check_price,
)
from contexts.calculation.engine.stacking import CapSource, DiscountType, StackingSource
from contexts.calculation.engine.terms import compile_stacking
from tests.unit.contexts.calculation.engine.expressions import facts
from tests.unit.contexts.calculation.engine.shop import EFFECTS, SCHEMA, rule

PRICE = check_price(Price("cart.subtotal", {"discount": Take(percent="percent")}), SCHEMA)
HALF = check_guardrail(
    Guardrail("Nobody is given more than half", "outcome.discount <= outcome.start * 0.5"), SCHEMA
)


def told(rules, policy="collect", **more):
    return [(it.kind, it.standing, it.rules) for it in analyse(rules, SCHEMA, policy, **more)]


WIDE = "cart.subtotal > 10"
SETS = [
    # one kind of finding, the hit policy, the rules as (condition, percent, more), what is told
    ("unreachable", "collect", [("cart.subtotal > 5 && cart.subtotal < 5", 1, {})], [("unreachable", "problem", ("0",))]),
    ("reachable", "collect", [("cart.subtotal > 5 && cart.subtotal < 6", 1, {})], []),
    ("always true", "collect", [("cart.subtotal >= 5 || cart.subtotal < 5", 1, {})], [("always true", "note", ("0",))]),
    ("always, as it is written", "collect", [("true", 1, {})], []),
    ("not always: an age may be missing", "collect", [("customer.age >= 5 || customer.age < 5", 1, {})], []),
    ("duplicate", "collect", [("!(cart.subtotal <= 10)", 1, {}), (WIDE, 1, {})], [("duplicate", "problem", ("0", "1"))]),
    ("one condition, two things", "collect", [(WIDE, 1, {}), (WIDE, 2, {})], [("duplicate", "note", ("0", "1"))]),
    ("almost a duplicate", "collect", [("cart.subtotal >= 10", 1, {}), (WIDE, 1, {})], []),
    ("shadowed", "first", [(WIDE, 1, {}), ("cart.subtotal > 20", 2, {"order": 1})], [("shadowed", "problem", ("1", "0"))]),
    ("not shadowed in its place", "first", [(WIDE, 1, {"order": 1}), ("cart.subtotal > 20", 2, {})], []),
    ("not shadowed when several apply", "collect", [(WIDE, 1, {}), ("cart.subtotal > 20", 2, {"order": 1})], []),
    ("shadowed in its group", "collect",
     [(WIDE, 1, {"group": "g"}), ("cart.subtotal > 20", 2, {"group": "g", "order": 1})], [("shadowed", "problem", ("1", "0"))]),
    ("shadowed behind a stop", "collect",
     [(WIDE, 1, {"stop": True}), ("cart.subtotal > 20", 2, {"order": 1})], [("shadowed", "problem", ("1", "0"))]),
    ("shadowed by two together", "first",
     [("cart.subtotal <= 50", 1, {}), ("cart.subtotal >= 50", 2, {"order": 1}), ('cart.currency == "EUR"', 3, {"order": 2})],
     [("shadowed", "problem", ("2", "0", "1"))]),
    ("not shadowed by one whose effect may fail", "first",
     [(WIDE, "1 / (cart.subtotal - 30)", {}), ("cart.subtotal > 20", 2, {"order": 1})], []),
    ("not shadowed by a stop that may be set aside", "collect",
     [("cart.subtotal > 40", 4, {"group": "g", "order": -1}), (WIDE, 1, {"stop": True, "group": "g"}),
      ("cart.subtotal > 20", 2, {"order": 1})], []),
    ("not shadowed in its group, for it always stacks", "collect",
     [(WIDE, 1, {"group": "g", "priority": 5}), ("cart.subtotal > 20", 2, {"group": "g", "stacking": "always"})], []),
    ("not shadowed by a group mate that always stacks", "collect",
     [(WIDE, 1, {"group": "g", "priority": 5, "stacking": "always"}), ("cart.subtotal > 20", 2, {"group": "g"})], []),
    ("not shadowed behind a stop, for it always stacks", "collect",
     [(WIDE, 1, {"stop": True}), ("cart.subtotal > 20", 2, {"order": 1, "stacking": "always"})], []),
    ("shadowed behind a stop that always stacks", "collect",
     [(WIDE, 1, {"stop": True, "stacking": "always", "group": "g"}), ("cart.subtotal > 20", 2, {"order": 1})],
     [("shadowed", "problem", ("1", "0"))]),
    ("not shadowed by a stop that never stacks", "collect",
     [('cart.currency == "EUR"', 3, {"priority": 9}), (WIDE, 1, {"priority": 5, "stop": True, "stacking": "never"}),
      ("cart.subtotal > 20", 2, {})], []),
    ("always, but first counts", "first",
     [(WIDE, 1, {}), ("cart.subtotal > 20", 2, {"order": 1, "stacking": "always"})], [("shadowed", "problem", ("1", "0"))]),
    ("unknown", "collect", [('note.matches("^a")', 1, {})], [("unreachable", "unknown", ("0",))]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("policy", "rules", "found"), [it[1:] for it in SETS], ids=[it[0] for it in SETS]
)
def test_what_is_told_of_a_set(policy, rules, found):
    made = [
        rule(str(number), condition, percent=str(percent), **more)
        for number, (condition, percent, more) in enumerate(rules)
    ]
    assert told(made, policy) == found


class TestContradictions:
    sets = {"gift": "the gift"}

    def gift(self, rule_id, condition, sku, **more):
        effect = EffectSource("gift", {"sku": f'"{sku}"', "quantity": "1"})
        return rule(rule_id, condition, effects=(effect,), **more)

    def test_two_values_of_one_thing_are_shown_with_the_decision(self):
        rules = [self.gift("a", WIDE, "cup"), self.gift("b", 'cart.currency == "EUR"', "pen")]
        (found,) = analyse(rules, SCHEMA, sets=self.sets)
        assert found.kind == "contradiction"
        assert (
            found.sentence
            == '"Rule a" and "Rule b" can apply together, and set the gift to different values'
        )
        assert [it.rule_id for it in found.examples[0].decision.matches] == ["a", "b"]

    def test_the_same_value_is_none(self):
        rules = [self.gift("a", WIDE, "cup"), self.gift("b", 'cart.currency == "EUR"', "cup")]
        assert told(rules, sets=self.sets) == []

    def test_rules_that_never_apply_together_have_none(self):
        rules = [self.gift("a", WIDE, "cup"), self.gift("b", "cart.subtotal < 10", "pen")]
        assert told(rules, sets=self.sets) == []
        rules = [
            self.gift("a", WIDE, "cup", group="g"),
            self.gift("b", 'cart.currency == "EUR"', "pen", group="g"),
        ]
        assert told(rules, sets=self.sets) == []

    def test_a_third_that_takes_the_place_of_one_is_looked_past(self):
        first = rule("0", "cart.subtotal < 100000", group="g", priority=5)
        rules = [
            first,
            self.gift("a", WIDE, "cup"),
            self.gift("b", "cart.subtotal > 20", "pen", group="g"),
        ]
        (found,) = analyse(rules, SCHEMA, sets=self.sets)
        assert found.kind == "contradiction"
        assert found.examples[0].facts["cart"]["subtotal"] >= 100000

    def test_what_does_not_set_anything_stacks(self):
        assert (
            told(
                [rule("a", WIDE, percent="1"), rule("b", "cart.subtotal > 20", percent="2")],
                sets=self.sets,
            )
            == []
        )


class TestOverlaps:
    def found(self, policy, *rules):
        made = compile_set(rules)
        made.hit_policy = policy
        review = Review(made, SCHEMA, frozenset(it.id for it in rules), {}, monotonic() + 30)
        return list(overlaps(review))

    def test_two_that_match_together_break_unique(self):
        (found,) = self.found(
            "unique", rule("a", "cart.subtotal <= 50"), rule("b", "cart.subtotal >= 50")
        )
        assert found.examples[0].facts["cart"]["subtotal"] == 50
        assert not self.found(
            "unique", rule("a", "cart.subtotal < 50"), rule("b", "cart.subtotal >= 50")
        )

    def test_any_forbids_it_to_those_that_do_different_things(self):
        one, same = rule("a", "cart.subtotal <= 50"), rule("b", "cart.subtotal >= 50")
        assert not self.found("any", one, same)
        assert not self.found("any", one, rule("b", "cart.subtotal >= 50", percent="10.0"))
        assert self.found("any", one, rule("c", "cart.subtotal >= 50", percent="11"))


class TestTheCall:
    def test_guardrails_come_first_proved_or_broken(self):
        rules = [rule("a", WIDE, percent="30"), rule("b", 'cart.currency == "EUR"', percent="40")]
        broken, together = analyse(rules, SCHEMA, guardrails=[HALF], price=PRICE)
        assert together.kind == "added up"
        assert (broken.kind, broken.standing, broken.rules) == ("guardrail", "problem", ("a", "b"))
        assert broken.sentence == 'Nobody is given more than half: broken by "Rule a" and "Rule b"'
        (example,) = broken.examples
        assert example.figures["discount"] == example.figures["start"] * 58 / 100
        (proved,) = analyse(rules[:1], SCHEMA, guardrails=[HALF], price=PRICE)
        assert (proved.standing, proved.sentence) == (
            "holds",
            "Nobody is given more than half: proved of every price from zero up",
        )

    def test_only_what_concerns_the_rules_looked_at_is_told(self):
        rules = [
            rule("a", WIDE),
            rule("b", WIDE),
            rule("c", "cart.subtotal > 5"),
            rule("d", "false && true"),
        ]
        assert told(rules, about=["c"]) == []
        assert told(rules, about=["a"]) == [("duplicate", "problem", ("a", "b"))]

    def test_a_rule_that_shadows_an_older_one_is_told(self):
        rules = [
            rule("draft", WIDE, percent="1"),
            rule("old", "cart.subtotal > 20", percent="2", order=1),
        ]
        assert told(rules, "first", about=["draft"]) == [("shadowed", "problem", ("old", "draft"))]

    def test_a_hard_guardrail_leaves_the_others_their_share(self, monkeypatch):
        """What is asked last is asked all the same, and may take what the others left."""
        given = []

        def recorded(*_, milliseconds):
            given.append(milliseconds)
            return guarding.Verdict(None, reason="hard")

        monkeypatch.setattr(analysis, "guard", recorded)
        analyse([rule("a", WIDE)], SCHEMA, guardrails=[HALF] * 4, price=PRICE, seconds=8)
        assert len(given) == 4
        assert given[0] <= 2000
        assert given[-1] > 4000

    def test_without_a_price_a_guardrail_is_unknown(self):
        (found,) = analyse([rule("a", WIDE)], SCHEMA, guardrails=[HALF])
        assert (found.kind, found.standing) == ("guardrail", "unknown")
        assert "no price" in found.sentence

    @pytest.mark.parametrize("policy", ["collect sum", "collect min", "collect max"])
    def test_what_is_aggregated_is_reviewed_but_for_its_guardrails(self, policy):
        rules = [rule("a", WIDE), rule("b", "cart.subtotal > 5 && cart.subtotal < 5")]
        found = told(rules, policy, over="discount.percent", guardrails=[HALF], price=PRICE)
        assert found == [("guardrail", "unknown", ()), ("unreachable", "problem", ("b",))]

    def test_rules_that_stack_are_reviewed_in_the_order_of_their_lanes(self):
        source = StackingSource(lanes=("member", "coupon"), budgets={"summer": "cart.subtotal"})
        stacking = compile_stacking(source, SCHEMA, EFFECTS)
        rules = [
            rule("c", "cart.subtotal > 20", lane="coupon", priority=9),
            rule("m", WIDE, lane="member", stop=True),
        ]
        found = told(rules, stacking=stacking, guardrails=[HALF], price=PRICE)
        assert found == [("guardrail", "unknown", ()), ("shadowed", "problem", ("c", "m"))]
        for spared in ({"cap": CapSource(amount="cart.subtotal / 0")}, {"budget": "summer"}):
            limited = rule("m", WIDE, lane="member", stop=True, **spared)
            assert told([rules[0], limited], stacking=stacking) == []

    def test_where_the_best_is_chosen_the_order_forbids_nothing(self):
        source = StackingSource(
            discounts={"discount": DiscountType("goods", percent="percent")},
            amounts={"goods": "cart.subtotal"},
            best=True,
        )
        rules = [
            rule("a", WIDE, group="g", percent="1"),
            rule("b", "cart.subtotal > 20", group="g", percent="2", order=1),
        ]
        assert told(rules, stacking=compile_stacking(source, SCHEMA, EFFECTS)) == []

    def test_what_was_not_asked_in_time_is_said(self):
        rules = [rule(str(it), f"cart.subtotal > {it}") for it in range(50)]
        found = told(rules, guardrails=[HALF], price=PRICE, seconds=0)
        assert [it[:2] for it in found] == [("guardrail", "unknown"), ("unfinished", "unknown")]

    def test_a_draft_beside_many_is_reviewed_within_seconds(self):
        rules = [
            rule(str(it), f'customer.tier == "t{it}" && cart.subtotal > {it}', group="g")
            for it in range(300)
        ]
        draft = rule("draft", 'customer.tier == "t7" && cart.subtotal > 8', group="g", order=1)
        found = told([*rules, draft], about=["draft"], guardrails=[HALF], price=PRICE, seconds=20)
        assert found == [("guardrail", "holds", ()), ("shadowed", "problem", ("draft", "7"))]


class TestWhatNeverApplies:
    @pytest.mark.parametrize(
        "unknown", ['note.upperAscii() == "A"', 'note.upperAscii() == "A" && cart.subtotal > 1']
    )
    def test_it_is_not_known_of_all_where_a_proof_gives_no_answer(self, unknown):
        """Remembered as known, a rule that nothing is known of would for good be one that can apply."""
        never = rule("never", "cart.subtotal > 5 && cart.subtotal < 5")
        found, is_known = never_applying([never, rule("unknown", unknown)], SCHEMA)
        assert ([it.rules for it in found], is_known) == ([("never",)], False)
        assert never_applying([never], SCHEMA)[1] is True


TERMS = [
    "cart.subtotal >= 0",
    "cart.subtotal < 80",
    'cart.currency != "gold"',
    'cart.currency == "gold"',
    "!has(note)",
    "customer.age > 18",
    "customer.age <= 18",
    "has(customer)",
    "lines.exists(l, l.quantity > 0)",
    "lines.all(l, l.quantity < 3)",
]
CONDITIONS = st.lists(st.sampled_from(TERMS), min_size=1, max_size=3).map(" && ".join)
PLACES = st.fixed_dictionaries(
    {
        "condition": CONDITIONS,
        "group": st.sampled_from([None, None, "g", "h"]),
        "stop": st.sampled_from([False, False, True]),
        "stacking": st.sampled_from(["normal", "normal", "never", "always"]),
        "order": st.integers(0, 3),
    }
)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(PLACES, min_size=2, max_size=5),
    st.sampled_from(["collect", "first", "priority"]),
    st.lists(facts, min_size=1, max_size=20),
)
def test_what_is_told_is_so_of_any_facts(places, policy, many):
    """No facts let a rule match, apply, or differ, of which it was told that it does not."""
    rules = [rule(str(number), percent="1", **place) for number, place in enumerate(places)]
    made = compile_set(rules, policy)
    by_id = {it.id: it for it in rules}
    for finding in analyse(rules, SCHEMA, policy):
        first = by_id[finding.rules[0]]
        for each in many:
            applied = {it.rule_id for it in made.decide(each).matches}
            match finding.kind:
                case "unreachable":
                    assert finding.standing == "unknown" or not matches(first, each)
                case "shadowed":
                    assert finding.standing == "unknown" or first.id not in applied
                case "duplicate":
                    assert matches(first, each) == matches(by_id[finding.rules[1]], each)
                case "always true":
                    assert matches(first, each)
        for example in finding.examples:
            assert any(matches(by_id[it], example.facts) for it in finding.rules)
