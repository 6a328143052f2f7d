"""The best for the customer: what brute force finds, and beyond the attempts a bound that nobody passes."""

from decimal import Decimal
from itertools import product

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from contexts.calculation.engine import CapSource, apply_discounts
from tests.unit.contexts.calculation.engine.offers import (
    aside,
    decide,
    ids,
    offer,
    stacking,
    with_shipping,
)

# rules as (gives, group), in their order, on 100.00; what applies, and what it saves
BEST = [
    ("the larger of two", [("10%", "g"), ("20%", "g")], ["b"], "20"),
    ("an amount or a percentage", [("15.00", "g"), ("10%", "g")], ["a"], "15"),
    ("of equal ones the first", [("10%", "g"), ("10.00", "g")], ["a"], "10"),
    ("two groups", [("10%", "g"), ("5%", "h"), ("12%", "g"), ("4.00", "h")], ["b", "c"], "16.4"),
    ("beside what has no group", [("50%", None), ("40.00", "g"), ("50%", "g")], ["a", "b"], "90"),
    ("an order that counts", [("30.00", "g"), ("50%", None), ("25.00", "g")], ["b", "c"], "75"),
    ("several effects", [("10% + 10.00", "g"), ("18%", "g")], ["a"], "20"),
]  # fmt: skip


@pytest.mark.parametrize(("rules", "applies", "saves"), [it[1:] for it in BEST],
                         ids=[it[0] for it in BEST])  # fmt: skip
def test_the_combination_that_saves_most_applies(rules, applies, saves):
    made = [
        offer("abcdef"[number], gives, group=group, order=number)
        for number, (gives, group) in enumerate(rules)
    ]
    decision = decide(made, stacking(best=True))
    assert ids(decision) == applies
    assert apply_discounts(decision.terms).taken == decision.best.saving == Decimal(saves)
    assert decision.best.is_exact


class TestWhatIsSetAside:
    def test_by_whom_and_that_it_saves_more(self):
        rules = [offer("a", "10%", group="g", order=1), offer("b", "20%", group="g", order=2)]
        decision = decide(rules, stacking(best=True))
        assert aside(decision) == [("a", "group", "b")]
        said = '"B" applies from the same exclusive group "g", and saves most'
        assert decision.set_aside[0].detail == said

    def test_a_rule_that_never_stacks_applies_if_it_saves_more_than_all_others(self):
        rules = [
            offer("a", "10%", order=1), offer("b", "30%", stacking="never", order=2),
            offer("c", "10%", order=3), offer("d", "1%", stacking="always", order=4),
        ]  # fmt: skip
        decision = decide(rules, stacking(best=True))
        assert ids(decision) == ["b", "d"]
        assert aside(decision) == [("a", "stacking", "b"), ("c", "stacking", "b")]
        assert decision.set_aside[0].detail == '"B" applies only alone, and saves most'

    def test_a_rule_that_never_stacks_is_set_aside_if_it_saves_less(self):
        rules = [offer("b", "15%", stacking="never"), offer("a", order=1), offer("c", order=2)]
        decision = decide(rules, stacking(best=True))
        assert (ids(decision), aside(decision)) == (["a", "c"], [("b", "stacking", "a")])
        said = '"B" applies only alone, and "A" with others saves most'
        assert decision.set_aside[0].detail == said

    def test_a_rule_that_cannot_be_computed_is_no_choice(self):
        rules = [offer("a", "(1 / 0)%", group="g"), offer("b", group="g", order=1)]
        decision = decide(rules, stacking(best=True))
        assert (ids(decision), aside(decision)) == (["b"], [("a", "error", None)])

    def test_one_that_never_stacks_applies_alone_even_if_it_saves_nothing(self):
        decision = decide([offer("a", "0%", stacking="never")], stacking(best=True))
        assert ids(decision) == ["a"]


def brute_force(rules, how, **facts):
    """The largest saving over one rule of each group, or one that never stacks, each decided without the search."""
    ordered = sorted(rules, key=lambda it: (it.source.order, it.id))
    always = [it for it in ordered if it.source.stacking == "always"]
    together = [it for it in ordered if it.source.stacking == "normal"]
    groups = {}
    for it in together:
        groups.setdefault(it.source.group or it.id, []).append(it)
    choices = [[*choice, *always] for choice in product(*groups.values())]
    choices += [[it, *always] for it in ordered if it.source.stacking == "never"]
    return max(apply_discounts(decide(it, how, **facts).terms).taken for it in choices)


gives = st.sampled_from([
    "10%", "25%", "33.3%", "7.77", "20.00", "45.00", "15% of initial", "40% of initial", "5% + 3.00",
    "90%", "0%", "50% shipping", "20% shipping + 10%", "100% shipping",
])  # fmt: skip
members = st.lists(
    st.tuples(
        gives,
        st.sampled_from([None, "g", "g", "h", "h", "i"]),
        st.sampled_from(["normal", "normal", "normal", "always", "never"]),
        st.sampled_from([None, None, "12", "15%"]),
        st.sampled_from([None, None, "summer"]),
        st.sampled_from([False, False, False, True]),
    ),
    min_size=1,
    max_size=8,
)
hows = st.fixed_dictionaries(
    {
        "digits": st.sampled_from([None, 2, 0]),
        "caps": st.sampled_from([{}, {"total": CapSource(percent="40")}]),
        "budgets": st.just({"summer": "budgets.summer"}),
    }
)
FACTS = {"goods": "99.95", "shipping": "7.90", "budgets": {"summer": "30"}}


def drawn(rows):
    return [
        offer(f"r{n}", it, group=group, stacking=stacks, cap=cap, budget=budget, order=n, stop=stop)
        for n, (it, group, stacks, cap, budget, stop) in enumerate(rows)
    ]


@settings(max_examples=150, deadline=None)
@given(members, hows)
def test_it_is_what_brute_force_finds(rows, how):
    rules = drawn(rows)
    decision = decide(rules, with_shipping(best=True, **how), **FACTS)
    expected = brute_force(rules, with_shipping(**how), **FACTS)
    assert decision.best.is_exact
    assert decision.best.saving == expected
    assert apply_discounts(decision.terms).taken == expected
    event(f"tried {decision.best.tried}")


@settings(max_examples=100, deadline=None)
@given(members, hows, st.integers(1, 4))
def test_with_few_attempts_the_bound_still_holds(rows, how, attempts):
    rules = drawn(rows)
    decision = decide(rules, with_shipping(best=True, attempts=attempts, **how), **FACTS)
    expected = brute_force(rules, with_shipping(**how), **FACTS)
    in_order = apply_discounts(decide(rules, with_shipping(**how), **FACTS).terms).taken
    assert decision.best.saving <= expected <= decision.best.upper_bound
    assert apply_discounts(decision.terms).taken == decision.best.saving
    if not any(it.source.stacking == "never" for it in rules):
        assert decision.best.saving >= in_order
    event("exact" if decision.best.is_exact else "bounded")


@settings(max_examples=100, deadline=None)
@given(members, hows, st.permutations(range(8)))
def test_caps_are_never_passed_whatever_the_order_the_rules_are_given_in(rows, how, shuffle):
    rules = drawn(rows)
    shuffled = [rules[it] for it in shuffle if it < len(rules)]
    for best in (False, True):
        one = decide(rules, with_shipping(best=best, **how), **FACTS)
        assert repr(one) == repr(decide(shuffled, with_shipping(best=best, **how), **FACTS))
        applied = apply_discounts(one.terms)
        initial = Decimal("99.95") + Decimal("7.90")
        most = initial * Decimal("0.4") if how["caps"] else initial
        assert 0 <= applied.taken <= most
        assert min(applied.left.values(), default=0) >= 0
        assert min(applied.remaining.values()) >= 0
        spent = sum(
            step.taken for step in applied.steps
            if next(it for it in rules if it.id == step.discount.rule_id).source.budget
        )  # fmt: skip
        assert spent <= 30


def test_many_groups_are_chosen_from_exactly():
    """Ten groups of four are a million combinations; the bound leaves a few hundred to try."""
    rules = [
        offer(f"r{n:02}", f"{1 + n * 7 % 23}%", group=f"g{n % 10}", order=n * 13 % 40)
        for n in range(40)
    ]
    decision = decide(rules, stacking(best=True, digits=2))
    assert decision.best.is_exact
    assert decision.best.tried < 500


def test_beyond_the_attempts_both_what_was_found_and_the_bound_are_told():
    rules = [
        offer(f"r{n:03}", it, group=f"g{n % 30}", order=n * 37 % 180, cap=f"{3 + n % 7}")
        for n, it in enumerate(["3%", "2.50", "4% of initial", "3.10", "2%", "2.9%"] * 30)
    ]
    best = decide(rules, stacking(best=True, attempts=50), goods="400").best
    assert best.tried <= 51
    assert best.saving < best.upper_bound
    assert best.upper_bound <= best.saving * Decimal("1.5")
