"""The smallest change of facts that makes a rule match: in words, as data, and decided before it is told."""

import time
from decimal import Decimal

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from contexts.calculation.engine import (
    RuleSource,
    Schema,
    compile_rule,
    compile_set,
    explain,
    functions,
)
from contexts.calculation.engine.arithmetic import decimal_sum
from contexts.calculation.engine.nearest import (
    MOST_STEPS,
    MOST_STEPS_TOGETHER,
    Allowance,
    nearest,
)
from contexts.calculation.engine.rulesets import condition_outcome
from contexts.calculation.engine.units import Steps
from tests.unit.contexts.calculation.engine.expressions import expressions, facts
from tests.unit.contexts.calculation.engine.shop import GOLD, GUEST, rule

NUMBERS = [
    ('customer.tier == "gold" && cart.subtotal >= 100.00', "18.00 more in cart.subtotal unlocks it"),
    ("cart.subtotal > 100", "18.01 more in cart.subtotal unlocks it"),
    ("cart.subtotal < 82", "0.01 less in cart.subtotal unlocks it"),
    ("!(cart.subtotal <= 100)", "18.01 more in cart.subtotal unlocks it"),
    ("90 < cart.subtotal", "8.01 more in cart.subtotal unlocks it"),
    ("cart.subtotal > 82.005", "0.006 more in cart.subtotal unlocks it"),
    ("cart.subtotal == 82.005", "cart.subtotal must be 82.005 (is 82.00)"),
    ("cart.subtotal * 0.9 - 10 >= 100", "40.23 more in cart.subtotal unlocks it"),
    ("-cart.subtotal <= -90", "8.00 more in cart.subtotal unlocks it"),
    ("-cart.subtotal < -90", "8.01 more in cart.subtotal unlocks it"),
    ("100 - cart.subtotal < 10", "8.01 more in cart.subtotal unlocks it"),
    ("abs(cart.subtotal - 100) <= 5", "13.00 more in cart.subtotal unlocks it"),
    ("cart.subtotal / 3 > 30", "8.01 more in cart.subtotal unlocks it"),
    ("max(cart.subtotal, 90) >= 100", "18.00 more in cart.subtotal unlocks it"),
    ("lines[0].quantity > 4", "3 more in lines[0].quantity unlocks it"),
    ("customer.attributes.level >= 5", "2 more in customer.attributes.level unlocks it"),
    ("customer.age >= 18", "customer.age must be at least 18 (is missing)"),
    ("cart.subtotal >= 90 && cart.subtotal != 90", "cart.subtotal must be 90.01 (is 82.00)"),
]  # fmt: skip
OTHERS = [
    ('customer.tier == "silver"', 'customer.tier must be "silver" (is "gold")'),
    ('customer.tier in ["silver"]', 'customer.tier must be "silver" (is "gold")'),
    ('customer.tier != "gold"', 'customer.tier must not be "gold" (is "gold")'),
    ('!(customer.country in ["DE", "AT"])', 'customer.country must not be one of "DE", "AT" (is "DE")'),
    ('customer.tier.startsWith("s")', 'customer.tier must start with "s" (is "gold")'),
    ('!customer.tier.contains("ol")', 'customer.tier must not contain "ol" (is "gold")'),
    ('"late" in customer.tags', 'customer.tags must include "late" (is ["vip", "early"])'),
    ('!("vip" in customer.tags)', 'customer.tags must not include "vip" (is ["vip", "early"])'),
    ("has(customer.age)", "customer.age must be given"),
    ("!has(customer.tier)", 'customer.tier must be missing (is "gold")'),
    ("customer.vip", "customer.vip must be true (is missing)"),
    ('at > timestamp("2026-01-01T00:00:00Z")',
     "at must be at least 2026-01-01T00:00:00.000001Z (is 2025-03-31T22:30:15.250000Z)"),
]  # fmt: skip
LISTS = [
    ("size(lines) > 3", "2 more items in lines unlocks it"),
    ("size(lines) < 2", "1 item fewer in lines unlocks it"),
    ("lines.exists(l, l.quantity > 5)", "4 more in lines[0].quantity unlocks it"),
    ("lines.all(l, l.quantity >= 2)", "1 more in lines[1].quantity unlocks it"),
    ('lines.exists(l, l.category == "hats" && l.quantity >= 3)',
     '1 more item in lines with category "hats", quantity 3 unlocks it'),
    ("sum(lines.map(l, l.quantity * l.unit_price)) >= 100", "9.00 more in lines[0].unit_price unlocks it"),
    ('sum(lines.filter(l, l.sku == "s1").map(l, l.unit_price)) > 42', "12.01 more in lines[0].unit_price unlocks it"),
    ('lines.filter(l, l.sku == "s1").size() >= 2', 'lines[1].sku must be "s1" (is "h1")'),
    ("max(lines.map(l, l.unit_price)) < 20",
     "together: 2.01 less in lines[1].unit_price and 10.01 less in lines[0].unit_price"),
    ("lines.exists_one(l, l.unit_price > 20)", "2.00 less in lines[1].unit_price unlocks it"),
]  # fmt: skip
TOGETHER = [
    ("customer.vip && cart.subtotal > 100",
     "together: customer.vip must be true (is missing) and 18.01 more in cart.subtotal"),
    ('cart.subtotal > 500 || customer.tier == "silver" || lines[0].quantity >= 3',
     "1 more in lines[0].quantity unlocks it"),
    ('(customer.vip && note == "x") || cart.subtotal > 900', "818.01 more in cart.subtotal unlocks it"),
]  # fmt: skip
UNSAYABLE = [
    "false",
    "cart.subtotal / 0 > 1",
    'note.matches("^a")',
    "customer.age > 5 && customer.age < 6",
    "round(cart.subtotal, 1) > 83",
    'customer.tier < "a"',
    "lines.exists(l, lines.all(k, k.quantity > l.quantity))",
]


@pytest.mark.parametrize(("condition", "sentence"), [*NUMBERS, *OTHERS, *LISTS, *TOGETHER])
def test_the_nearest_change_in_words(condition, sentence):
    assert nearest(rule("a", condition), GOLD).sentence == sentence


@pytest.mark.parametrize("condition", UNSAYABLE)
def test_what_cannot_be_said_is_not_made_up(condition):
    assert nearest(rule("a", condition), GOLD) is None


def test_it_is_data_as_well():
    (change,) = nearest(rule("a", "cart.subtotal > 100"), GOLD).changes
    assert (change.path, change.was, change.to) == ("cart.subtotal", Decimal("82.00"), Decimal("100.01"))  # fmt: skip
    assert change.relation == "at least"


FROM = [
    ("cart.subtotal * cart.subtotal >= 100", "1", "9.00 more in cart.subtotal unlocks it"),
    ("cart.subtotal * cart.subtotal > 100", "1", "9.01 more in cart.subtotal unlocks it"),
    ("cart.subtotal + cart.subtotal * cart.subtotal >= 110", "1", "9.00 more in cart.subtotal unlocks it"),
    ("cart.subtotal > 1000", "999", "1.01 more in cart.subtotal unlocks it"),
    ("cart.subtotal > 1000", "999.00", "1.01 more in cart.subtotal unlocks it"),
    ("cart.subtotal > 1000", "999.5", "0.51 more in cart.subtotal unlocks it"),
    ("cart.subtotal > 1000", "1E+2", "900.01 more in cart.subtotal unlocks it"),
    ("cart.subtotal > 1000.000", "999.995", "0.006 more in cart.subtotal unlocks it"),
    ("cart.subtotal * 2 > 100", "10", "40.01 more in cart.subtotal unlocks it"),
    ("cart.subtotal * 2 > 100", "10.00", "40.01 more in cart.subtotal unlocks it"),
    ("cart.subtotal <= 0.001", "1", "0.999 less in cart.subtotal unlocks it"),
]  # fmt: skip


@pytest.mark.parametrize(("condition", "subtotal", "sentence"), FROM)
def test_the_least_step_is_a_hundredth_or_finer_however_the_fact_is_written(
    condition, subtotal, sentence
):
    cart = {**GOLD, "cart": {"subtotal": Decimal(subtotal), "currency": "EUR"}}
    assert nearest(rule("a", condition), cart).sentence == sentence


def test_of_a_long_list_every_item_counts():
    many = {**GOLD, "lines": [{"sku": "a", "quantity": 1, "unit_price": Decimal(1)}] * 1_000}
    near = nearest(rule("a", "sum(lines.map(l, l.unit_price)) >= 1005"), many)
    assert near.sentence == "5.00 more in lines[0].unit_price unlocks it"


def test_a_guest_becomes_a_customer():
    near = nearest(rule("a", 'customer.tier == "gold"'), GUEST)
    assert near.facts["customer"] == {"tier": "gold"}
    assert GUEST["customer"] is None


def test_a_rule_that_matches_has_none():
    assert nearest(rule("a", "cart.subtotal > 5"), GOLD) is None


@settings(max_examples=250, deadline=None)
@given(expressions(), facts)
def test_whatever_is_told_makes_the_rule_match(source, given_facts):
    made = rule("a", source)
    before = repr(given_facts)
    near = nearest(made, given_facts)
    matches = condition_outcome(made, given_facts, Steps()) is True
    event("matches" if matches else "told" if near else "not told")
    assert repr(given_facts) == before
    assert near is None or not matches
    if near is not None:
        assert condition_outcome(made, near.facts, Steps()) is True
        assert near.changes


BOUNDS = st.decimals(-200, 200, places=2)
SIGNS = st.sampled_from(["<", "<=", ">", ">="])


@settings(max_examples=100, deadline=None)
@given(BOUNDS, SIGNS, BOUNDS, SIGNS)
def test_no_smaller_change_of_the_number_would_do(one, first, other, second):
    """Two bounds of one amount in cents: each amount that is nearer was asked too."""
    made = rule("a", f"cart.subtotal {first} {one} && cart.subtotal {second} {other}")
    near = nearest(made, GOLD)
    if near is None:
        return
    was, to = GOLD["cart"]["subtotal"], near.facts["cart"]["subtotal"]
    step = Decimal("0.01") if to > was else Decimal("-0.01")
    for units in range(1, int((to - was) / step)):
        nearer = {**GOLD, "cart": {**GOLD["cart"], "subtotal": was + step * units}}
        assert condition_outcome(made, nearer, Steps()) is not True


@pytest.fixture
def summed(monkeypatch):
    """How many entries each sum went over."""
    counted = []

    def counting(values):
        counted.append(len(values))
        return decimal_sum(values)

    monkeypatch.setattr(functions, "decimal_sum", counting)
    return counted


HEAVY = [
    "||".join(["sum(xs) < 0.0"] * 40),
    "||".join(f"sum(xs) < {-it}.0" for it in range(80)),
    "||".join(f"(sum(xs) < {-it}.0 && sum(xs) > {it}.0)" for it in range(80)),
    "&&".join(f"(xs[{it}] > 9999.0 || sum(xs) < 0)" for it in range(60)),
]


def heavy(condition, rule_id="a"):
    schema = Schema(records={}, variables={"xs": "list(decimal)"})
    return compile_rule(RuleSource(rule_id, 1, "Heavy", condition), schema, [])


class TestBounds:
    @pytest.mark.parametrize(
        "wrong", [{}, None, {"cart": 3}, {"cart": {"subtotal": "x"}}, {"lines": 1}]
    )
    def test_no_facts_make_it_raise(self, wrong):
        for condition, _ in [*NUMBERS, *OTHERS, *LISTS]:
            told = nearest(rule("a", condition), wrong)
            assert told is None or told.changes

    def test_a_hostile_condition_ends_within_its_allowance(self):
        many = {**GOLD, "lines": GOLD["lines"] * 500}
        condition = " && ".join(
            f"lines.exists(a, lines.exists(b, a.quantity + b.quantity > {it}))"
            for it in range(90, 99)
        )
        began = time.monotonic()
        nearest(rule("a", condition), many)
        assert time.monotonic() - began < 5

    @pytest.mark.parametrize("condition", HEAVY)
    @pytest.mark.parametrize("entries", [100, 1_000])
    def test_reading_long_lists_without_loops_is_paid_for(self, condition, entries, summed):
        allowance = Allowance()
        before = allowance.steps.total
        nearest(heavy(condition), {"xs": [Decimal(1)] * entries}, allowance)
        spent = before - allowance.steps.total
        assert 0 < 4 * sum(summed) <= spent <= MOST_STEPS

    def test_a_whole_set_has_one_allowance(self, summed):
        """Three rules that each would take all that one may: the entries read beside those of `full` are bounded."""
        rules = compile_set([heavy(HEAVY[2], f"r{it}") for it in range(3)])
        numbers = {"xs": [Decimal(1)] * 1_000}
        explain(rules, numbers, "full")
        said = sum(summed)
        summed.clear()
        allowance = Allowance()
        explain(rules, numbers, "nearest", allowance)
        assert allowance.steps.total <= 0
        assert 4 * (sum(summed) - said) <= MOST_STEPS_TOGETHER + 300_000

    def test_an_alternative_of_long_sums_is_still_told(self):
        near = nearest(heavy(HEAVY[0]), {"xs": [Decimal(1)] * 1_000})
        assert near.sentence == "1000.01 less in xs[0] unlocks it"

    def test_eight_hundred_alternatives_are_not_tried_one_by_one(self):
        flags = Schema(records={}, variables={f"b{it}": "bool" for it in range(800)})
        condition = "||".join(f"(b{it} && b{it + 1} && b{it + 2} && false)" for it in range(100))
        made = compile_rule(RuleSource("a", 1, "Flags", condition), flags, [])
        allowance = Allowance()
        assert nearest(made, {f"b{it}": False for it in range(800)}, allowance) is None
        assert allowance.steps.total >= MOST_STEPS_TOGETHER - MOST_STEPS

    def test_what_was_found_is_told_though_the_steps_end(self):
        """The steps end while the change is made smaller: it is told as large as it was found."""
        made = rule("a", "cart.subtotal * cart.subtotal >= 100000000")
        sentences = []
        for steps in range(2_000, 12_000, 500):
            allowance = Allowance()
            allowance.steps.total = steps
            near = nearest(made, GOLD, allowance)
            sentences.append(near and near.sentence)
            assert allowance.steps.total >= 0
        assert sentences[0] is None
        assert sentences[-1] == "9918.00 more in cart.subtotal unlocks it"
        assert len(set(sentences)) > 2

    def test_all_rules_of_an_explanation_share_one_allowance(self):
        allowance = Allowance()
        allowance.tries = 3
        made = rule("a", "cart.subtotal > 100")
        assert nearest(made, GOLD, allowance) is not None
        assert nearest(made, GOLD, allowance) is None


class TestExplaining:
    rules = compile_set(
        [
            rule("a", "cart.subtotal > 50", group="g", priority=1),
            rule("b", "cart.subtotal > 100", group="g"),
            rule("c", "cart.subtotal > 100"),
        ]
    )

    def test_it_is_told_when_asked_for_only(self):
        assert [it.nearest for it in explain(self.rules, GOLD, "full")] == [None, None, None]
        told = {it.rule_id: it.nearest for it in explain(self.rules, GOLD, "nearest")}
        assert told["a"] is None
        assert told["c"].sentence == "18.01 more in cart.subtotal unlocks it"

    def test_what_would_still_be_set_aside_is_said(self):
        told = {it.rule_id: it.nearest for it in explain(self.rules, GOLD, "nearest")}
        assert told["b"].sentence == (
            '18.01 more in cart.subtotal unlocks it; but then "Rule a" applies from the same exclusive group "g"'
        )
