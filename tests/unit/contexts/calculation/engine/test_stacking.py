"""Lanes, never and always, bases, caps and budgets: which rules apply together, and what they take."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from contexts.calculation.engine import (
    CapSource,
    DefinitionError,
    DiscountType,
    ExpressionError,
    RuleSource,
    StackingSource,
    apply_discounts,
    compile_set,
    compile_stacking,
    explain,
)
from tests.unit.contexts.calculation.engine.offers import (
    EFFECTS,
    SCHEMA,
    aside,
    decide,
    ids,
    offer,
    stacking,
    with_shipping,
)

# rules as keywords, in their order; what applies, and what is set aside with why and by whom
TOGETHER = [
    ("never goes first", [{"stacking": "never"}, {}], ["a"], [("b", "stacking", "a")]),
    ("never comes second", [{}, {"stacking": "never"}], ["a"], [("b", "stacking", "a")]),
    ("two never", [{"stacking": "never"}] * 2, ["a"], [("b", "stacking", "a")]),
    ("never alone", [{"stacking": "never"}], ["a"], []),
    ("always beside never", [{"stacking": "never"}, {"stacking": "always"}], ["a", "b"], []),
    ("never behind always", [{"stacking": "always"}, {"stacking": "never"}], ["a", "b"], []),
    ("always behind a stop", [{"stop": True}, {}, {"stacking": "always"}], ["a", "c"],
     [("b", "stop", "a")]),
    ("always in a group", [{"group": "g"}, {"group": "g", "stacking": "always"}], ["a", "b"], []),
    ("always takes no place", [{"group": "g", "stacking": "always"}, {"group": "g"}, {"group": "g"}],
     ["a", "b"], [("c", "group", "b")]),
    ("always may stop", [{"stacking": "always", "stop": True}, {}], ["a"], [("b", "stop", "a")]),
    ("never behind a stop", [{"stop": True}, {"stacking": "never"}], ["a"], [("b", "stop", "a")]),
    ("a group's loser is no company", [{"group": "g"}, {"group": "g"}, {"stacking": "always"}],
     ["a", "c"], [("b", "group", "a")]),
    ("never in a taken group", [{"group": "g"}, {"group": "g", "stacking": "never"}], ["a"],
     [("b", "group", "a")]),
]  # fmt: skip


@pytest.mark.parametrize("how", [None, stacking()], ids=["set without stacking", "with"])
@pytest.mark.parametrize(("rules", "applies", "left"), [it[1:] for it in TOGETHER],
                         ids=[it[0] for it in TOGETHER])  # fmt: skip
def test_rules_stack_as_they_say(rules, applies, left, how):
    made = [offer("abc"[number], order=number, **it) for number, it in enumerate(rules)]
    for order in (made, made[::-1]):
        decision = decide(order, how)
        assert (ids(decision), aside(decision)) == (applies, left)


def test_a_rule_set_aside_says_why_in_a_sentence():
    decision = decide([offer("a", order=1), offer("b", order=2, stacking="never")])
    assert decision.set_aside[0].detail == '"B" applies only alone, and "A" goes before it'
    decision = decide([offer("a", order=1, stacking="never"), offer("b", order=2)])
    assert decision.set_aside[0].detail == '"A" applies only alone'


def test_a_spoilt_rule_behind_a_stop_is_stopped_however_its_set_is_resolved():
    rules = [offer("a", stop=True), offer("b", "(1 / 0)%"), offer("c", "(1 / 0)%", priority=1)]
    short, long = decide(rules), decide(rules, stacking())
    assert aside(short) == aside(long) == [("c", "error", None), ("b", "stop", "a")]


class TestLanes:
    HOW = stacking(lanes=("member", "coupon"))

    def test_they_go_one_after_the_other_whatever_the_priority(self):
        rules = [
            offer("c", lane="coupon", priority=9), offer("m", lane="member", priority=1),
            offer("n", lane="member", priority=2), offer("p", priority=0),
        ]  # fmt: skip
        assert ids(decide(rules, self.HOW)) == ["p", "n", "m", "c"]
        assert [it.id for it in compile_set(rules, stacking=self.HOW).rules] == ["p", "n", "m", "c"]

    def test_a_stop_in_one_ends_those_behind_it(self):
        rules = [offer("m", lane="member", stop=True), offer("c", lane="coupon", priority=9)]
        assert aside(decide(rules, self.HOW)) == [("c", "stop", "m")]

    def test_one_that_is_not_declared_is_refused(self):
        for how in (self.HOW, None):
            with pytest.raises(DefinitionError, match="lane"):
                decide([offer("x", lane="staff")], how)
        with pytest.raises(DefinitionError, match="'staff': declared are member, coupon"):
            compile_set([], stacking=self.HOW).replace(offer("x", lane="staff"))


# rules in their order on 100.00, and what each takes
TAKES = [
    (["10%", "10%"], {}, ["10", "9"]),
    (["10%", "10% of initial"], {}, ["10", "10"]),
    (["10% of initial", "10%"], {}, ["10", "9"]),
    (["30.00", "10%"], {}, ["30", "7"]),
    (["10%", "30.00"], {}, ["10", "30"]),
    (["60% of initial", "60% of initial"], {}, ["60", "40"]),
    (["120.00"], {}, ["100"]),
    (["150%"], {}, ["100"]),
    (["-5.00", "-10%"], {}, ["0", "0"]),
    (["33.333%"], {}, ["33.333"]),
    (["33.333%"], {"digits": 2}, ["33.33"]),
    (["33.335%"], {"digits": 2}, ["33.34"]),
    (["12.5%", "12.5%"], {"digits": 0}, ["13", "11"]),
    (["10% + 5.00"], {}, ["10", "5"]),
    (["0.1%", "0.1%", "0.1%"], {}, ["0.1", "0.0999", "0.0998001"]),
]


@pytest.mark.parametrize(("gives", "how", "takes"), TAKES)
def test_discounts_are_taken_exactly_and_in_order(gives, how, takes):
    rules = [offer(f"r{number}", it, order=number) for number, it in enumerate(gives)]
    applied = apply_discounts(decide(rules, stacking(**how)).terms)
    assert [step.taken for step in applied.steps] == list(map(Decimal, takes))
    assert applied.taken == sum(map(Decimal, takes))
    assert applied.remaining == {"goods": Decimal(100) - applied.taken}


# rules as (gives, keywords) on 100.00 goods, stacking, more facts: what each takes, and the limits met
SUMMER = {"budget": "summer"}
CAPPED = [
    ("a rule's cap", [("30%", {"cap": "20"})], {}, {}, ["20"], ['the cap of "A"']),
    ("a rule's cap in percent", [("30%", {"cap": "25%"})], {}, {}, ["25"], ['the cap of "A"']),
    ("over its effects together", [("15% + 15.00", {"cap": "20"})], {}, {}, ["15", "5"],
     [None, 'the cap of "A"']),
    ("not met", [("30%", {"cap": "30"})], {}, {}, ["30"], [None]),
    ("an expression", [("30%", {"cap": "cart.goods / 8"})], {}, {}, ["12.5"], ['the cap of "A"']),
    ("rounded down", [("30%", {"cap": "9.999"})], {"digits": 2}, {}, ["9.99"], ['the cap of "A"']),
    ("below nothing", [("30%", {"cap": "-4"})], {}, {}, ["0"], ['the cap of "A"']),
    ("the set's cap", [("30%", {}), ("30%", {})], {"caps": {"total": CapSource(percent="40")}}, {},
     ["30", "10"], [None, 'the cap "total"']),
    ("two caps of the set", [("50%", {})],
     {"caps": {"total": CapSource(percent="40"), "hard": CapSource(amount="33")}}, {}, ["33"],
     ['the cap "hard"']),
    ("a cap over all decisions", [("30%", {})],
     {"caps": {"cart": CapSource(percent="60", of="cart.before", taken="cart.before - cart.goods")}},
     {"before": "200"}, ["20"], ['the cap "cart"']),
    ("a budget", [("30%", SUMMER), ("30%", {}), ("30%", SUMMER)],
     {"budgets": {"summer": "budgets.summer"}}, {"budgets": {"summer": "35"}},
     ["30", "21", "5"], [None, None, 'the budget "summer"']),
    ("an empty budget", [("30%", SUMMER)], {"budgets": {"summer": "budgets.summer"}},
     {"budgets": {"summer": "0"}}, ["0"], ['the budget "summer"']),
]  # fmt: skip


@pytest.mark.parametrize(("rules", "how", "facts", "takes", "met"), [it[1:] for it in CAPPED],
                         ids=[it[0] for it in CAPPED])  # fmt: skip
def test_what_is_capped_takes_no_more_and_says_so(rules, how, facts, takes, met):
    made = [offer("abc"[n], gives, order=n, **more) for n, (gives, more) in enumerate(rules)]
    steps = apply_discounts(decide(made, stacking(**how), **facts).terms).steps
    assert [step.taken for step in steps] == list(map(Decimal, takes))
    assert [step.limit for step in steps] == met


class TestApplying:
    def test_every_step_says_what_it_did(self):
        how = stacking(caps={"total": CapSource(amount="20")})
        rules = [offer("a", "15%", order=1), offer("b", "10.00", order=2), offer("c", order=3)]
        said = [it.sentence for it in apply_discounts(decide(rules, how).terms).steps]
        assert said == [
            '"A" takes 15, 15 % of what remains of goods',
            '"B" takes 5 of 10, 10 off goods: the cap "total" allows no more',
            '"C" takes 0 of 8, 10 % of what remains of goods: the cap "total" allows no more',
        ]
        rules = [offer("a", "90.00", order=1), offer("b", "20% of initial", order=2)]
        said = [it.sentence for it in apply_discounts(decide(rules, stacking()).terms).steps]
        assert said[1] == (
            '"B" takes 10 of 20, 20 % of the initial amount of goods: no more remains'
        )

    def test_what_is_left_of_each_limit_is_told(self):
        how = stacking(
            budgets={"summer": "budgets.summer"}, caps={"total": CapSource(percent="50")}
        )
        rules = [offer("a", budget="summer", cap="12"), offer("b", order=1)]
        applied = apply_discounts(decide(rules, how, budgets={"summer": "30"}).terms)
        assert applied.left == {
            ("cap", "total"): 31, ("budget", "summer"): 20, ("rule", "a"): 2,
        }  # fmt: skip

    def test_targets_are_apart(self):
        rules = [offer("a", "10% + 50% shipping"), offer("b", "50% shipping", order=1)]
        applied = apply_discounts(decide(rules, with_shipping(), shipping="4.90").terms)
        assert applied.remaining == {"goods": 90, "shipping": Decimal("1.225")}

    def test_a_rules_cap_in_percent_is_of_what_the_rule_discounts(self):
        rules = [offer("a", "50% shipping", cap="10%")]
        applied = apply_discounts(decide(rules, with_shipping(), shipping="5").terms)
        assert applied.taken == Decimal("0.5")

    def test_other_amounts_may_be_priced_by_the_same_decision(self):
        terms = decide([offer("a", "30%", cap="20%")], stacking()).terms
        assert apply_discounts(terms, {"goods": Decimal(10)}).taken == 2
        assert apply_discounts(terms, {}).taken == 0
        assert apply_discounts(terms).taken == 20

    def test_an_effect_that_is_no_discount_takes_nothing(self):
        assert decide([offer("a", "50% shipping")], stacking()).terms.discounts == ()

    def test_what_cannot_be_exact_is_not_taken_and_says_so(self):
        rules = [offer(f"r{n:02}", f"0.{'1234567' * 5}%", order=n) for n in range(4)]
        applied = apply_discounts(decide(rules, stacking()).terms)
        assert applied.steps[-1].taken == 0
        assert "too many digits" in applied.steps[-1].sentence


class TestWhatIsNotKnown:
    def test_a_rule_whose_cap_cannot_be_computed_does_not_apply(self):
        rules = [offer("a", cap="1 / (cart.goods - 100)"), offer("b")]
        decision = decide(rules, stacking())
        assert (ids(decision), aside(decision)) == (["b"], [("a", "error", None)])

    def test_a_budget_that_is_missing_stops_the_rules_that_spend_it(self):
        how = stacking(budgets={"summer": "budgets.summer"})
        decision = decide([offer("a", budget="summer"), offer("b")], how)
        assert ids(decision) == ["b"]
        said = 'the budget "summer" is not known: budgets.summer is missing'
        assert decision.set_aside[0].detail == said

    @pytest.mark.parametrize("how", [
        with_shipping(), stacking(caps={"total": CapSource(amount="cart.shipping")}),
        with_shipping(best=True),
    ])  # fmt: skip
    def test_without_an_amount_or_a_cap_of_all_nothing_applies(self, how):
        decision = decide([offer("a")], how)
        assert (ids(decision), aside(decision)) == ([], [("a", "error", None)])
        assert decision.error == "what rules may take is not known: cart.shipping is missing"

    @pytest.mark.parametrize("best", [False, True])
    @pytest.mark.parametrize(
        "goods", ["1e90", "1e-90", "-5", f"1{'0' * 60}.{'1' * 39}", "NaN", "Infinity"]
    )
    def test_no_amounts_make_a_decision_or_its_discounts_raise(self, goods, best):
        rules = [
            offer("a", group="g"),
            offer("b", "5.00", group="g", cap="33.333%"),
            offer("c", cap="7"),
        ]
        decision = decide(
            rules, stacking(best=best, digits=2, caps={"all": CapSource(percent="7")}), goods=goods
        )
        if decision.terms is not None:
            applied = apply_discounts(decision.terms)
            assert 0 <= applied.taken <= max(Decimal(goods), 0)


class TestDefinitions:
    def test_a_rule_goes_through_json_and_back(self):
        source = offer(
            "a", "10% of initial", lane="x", stacking="always", cap="5%", budget="b"
        ).source
        assert RuleSource.from_json(json.loads(json.dumps(source.to_json()))) == source

    def test_a_stacking_goes_through_json_and_back(self):
        how = with_shipping(
            lanes=("a", "b"), caps={"total": CapSource(percent="40")}, digits=2, best=True,
            budgets={"summer": "budgets.summer"}, attempts=7,
        )  # fmt: skip
        again = StackingSource.from_json(json.loads(json.dumps(how.source.to_json())))
        assert again == how.source
        assert compile_stacking(again, SCHEMA, EFFECTS).hash == how.hash

    def test_each_part_of_how_a_rule_stacks_counts_in_its_hash(self):
        plain = offer("a").source
        changed = [
            replace(plain, lane="x"), replace(plain, stacking="never"), replace(plain, stacking="always"),
            replace(plain, budget="x"), replace(plain, cap=CapSource(amount="5")),
            replace(plain, cap=CapSource(percent="5")), offer("a", "10% of initial").source,
        ]  # fmt: skip
        hashes = {it.content_hash for it in (plain, *changed)}
        assert len(hashes) == 1 + len(changed)
        spaced = replace(plain, cap=CapSource(amount=" 5.00 "))
        assert spaced.content_hash == replace(plain, cap=CapSource(amount="5.0")).content_hash

    def test_a_rule_compiled_hashes_as_it_is_written(self):
        rule = offer("a", "10% of initial", cap="cart.goods*0.50", lane="x")
        assert rule.content_hash == rule.source.content_hash

    def test_how_a_set_stacks_counts_in_its_fingerprint(self):
        sets = [None, stacking(), stacking(digits=2), stacking(best=True), with_shipping()]
        prints = {compile_set([offer("a")], stacking=how).fingerprint for how in sets}
        assert len(prints) == len(sets)
        spaced = stacking(amounts={"goods": " cart . goods "})
        assert spaced.hash == stacking().hash

    @pytest.mark.parametrize("change", [
        {"stacking": "sometimes"}, {"lane": 3}, {"budget": []}, {"cap": {"amount": "1", "percent": "1"}},
        {"cap": {}}, {"cap": {"amount": 5}}, {"cap": {"amount": "5", "of": "1"}}, {"cap": 5},
        {"effects": [{"kind": "percent", "base": "list"}]}, {"effects": [{"kind": "p", "basis": "x"}]},
    ])  # fmt: skip
    def test_json_that_is_no_rule_is_refused(self, change):
        with pytest.raises(DefinitionError):
            RuleSource.from_json({**offer("a").source.to_json(), **change})

    @pytest.mark.parametrize("change", [
        {"lanes": ["a", "a"]}, {"lanes": "ab"}, {"nope": 1}, {"digits": 10}, {"digits": True}, {"attempts": 0}, {"best": 1},
        {"amounts": {}}, {"discounts": {"percent": {"target": "goods"}}}, {"lanes": [1]},
        {"caps": {"x": {"amount": "1", "percent": "2"}}}, {"caps": {"x": {}}}, {"budgets": {"x": 3}},
    ])  # fmt: skip
    def test_json_that_is_no_stacking_is_refused(self, change):
        with pytest.raises(DefinitionError):
            StackingSource.from_json({**stacking().source.to_json(), **change})

    @pytest.mark.parametrize(("more", "where"), [
        ({"amounts": {"goods": "cart.good"}}, "amounts.goods"),
        ({"budgets": {"x": '"much"'}}, "budgets.x"),
        ({"caps": {"x": CapSource(percent="cart.x")}}, "caps.x.percent"),
    ])  # fmt: skip
    def test_an_expression_that_is_wrong_says_where_it_stands(self, more, where):
        with pytest.raises(ExpressionError) as mistake:
            stacking(**more)
        assert mistake.value.where == where

    @pytest.mark.parametrize(
        ("kind", "param"), [("gift", "sku"), ("gifts", "sku"), ("percent", "x")]
    )
    def test_a_discount_is_a_number_of_an_effect_that_exists(self, kind, param):
        with pytest.raises(DefinitionError, match="discount"):
            stacking(discounts={kind: DiscountType("goods", percent=param)})

    @pytest.mark.parametrize("more", [{"cap": "5"}, {"budget": "b"}, {"lane": "x"}])
    def test_a_set_that_does_not_say_how_takes_no_rule_that_needs_it(self, more):
        with pytest.raises(DefinitionError, match="stacking"):
            decide([offer("a", **more)])
        with pytest.raises(DefinitionError, match="stacking"):
            decide([offer("a", "10% of initial")])

    def test_an_unknown_budget_is_refused(self):
        with pytest.raises(DefinitionError, match="names the budget 'b': declared are none"):
            decide([offer("a", budget="b")], stacking())

    def test_a_set_stays_as_it_was_when_a_rule_in_it_changes(self):
        rules = compile_set(
            [offer("a", stacking="never"), offer("b", order=1)], stacking=stacking()
        )
        newer = rules.replace(offer("b", order=1, version=2))
        assert ids(newer.decide({"cart": {"goods": Decimal(1)}})) == ["a"]
        plain = compile_set([offer("a", order=1)])
        assert ids(plain.replace(offer("b", stacking="never")).decide({})) == ["b"]


@pytest.mark.parametrize("best", [False, True])
@pytest.mark.parametrize("facts", [
    None, [], {}, {"cart": 5}, {"cart": {"goods": "100"}}, {"cart": {"goods": None}}, {"budgets": 3},
    {"cart": {"goods": Decimal(100)}, "budgets": []}, {"cart": {"goods": Decimal(100)}, "budgets": {"summer": "x"}},
])  # fmt: skip
def test_no_facts_make_a_decision_raise(facts, best):
    how = stacking(best=best, budgets={"summer": "budgets.summer"})
    rules = [
        offer("a", budget="summer", group="g"),
        offer("b", "5.00", group="g"),
        offer("c", cap="cart.goods"),
    ]
    decision = compile_set(rules, stacking=how).decide(facts)
    assert len(decision.matches) + len(decision.set_aside) == 3


def test_what_is_set_aside_is_explained_in_the_same_words():
    rules = [offer("a", "10%", group="g"), offer("b", "20%", group="g", order=1)]
    rule_set = compile_set(rules, stacking=stacking(best=True))
    told = explain(rule_set, {"cart": {"goods": Decimal(100)}})
    assert [(it.rule_id, it.outcome) for it in told] == [("a", "set aside"), ("b", "applied")]
    assert told[0].why == '"B" applies from the same exclusive group "g", and saves most'
    both = explain(compile_set(rules, "unique"), {"cart": {"goods": Decimal(100)}})
    assert {it.outcome for it in both} == {"set aside"}
