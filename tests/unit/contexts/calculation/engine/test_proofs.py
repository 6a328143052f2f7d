"""Claims about conditions: proved, refuted with facts that were decided for real, or honestly unknown."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import event, given, settings

from contexts.calculation.engine import check_expression
from contexts.calculation.engine.proofs import (
    always_true,
    difference,
    facts_where,
    gap,
    outside,
    overlap,
    unreachable,
)
from contexts.calculation.engine.python import compile_outcomes
from contexts.calculation.engine.units import Steps
from tests.unit.contexts.calculation.engine.expressions import expressions, facts
from tests.unit.contexts.calculation.engine.shop import SCHEMA


def tree(source):
    return check_expression(source, SCHEMA).tree


def holds(source, given_facts):
    return compile_outcomes([tree(source)])[0](given_facts, Steps()) is True


NEVER = [
    "cart.subtotal > 100 && cart.subtotal < 50",
    'customer.tier == "gold" && customer.tier == "silver"',
    'customer.tier == "gold" && !has(customer)',
    "customer.age > 5 && customer.age < 6",
    'lines.all(l, l.sku == "a") && lines.exists(l, l.sku == "b")',
    '"vip" in customer.tags && !("vip" in customer.tags)',
    'cart.currency.startsWith("E") && cart.currency == "USD"',
    "customer.vip && !customer.vip",
    "9223372036854775807 + customer.age > 0 && customer.age > 0",
    'at < timestamp("2025-01-01T00:00:00Z") && at > timestamp("2025-06-01T00:00:00Z")',
    "lines.exists(l, l.quantity > 3 && !(l.quantity > 2))",
]
ALWAYS = [
    "true",
    "has(note) || !has(note)",
    "cart.subtotal >= 10 || cart.subtotal < 10",
    "lines.all(l, l.quantity >= 0 || l.quantity < 0)",
    'cart.currency == "EUR" || cart.currency != "EUR"',
]
SOMETIMES = [
    'customer.tier == "gold" && cart.subtotal * 0.1 >= 12.50',
    'lines.exists(l, l.category == "shoes" && l.quantity >= 2) && "vip" in customer.tags',
    "sum(lines.map(l, l.quantity * l.unit_price)) > 100",
    "size(lines) == 1 && customer.age in [18, 21]",
    'note != "" && note.contains("ö") && size(note) > 100',
    'at > timestamp("2200-01-01T00:00:00Z")',
    "max(cart.subtotal, 90) == 90 && abs(customer.age) == 3",
]


@pytest.fixture(autouse=True)
def _time_enough(monkeypatch):
    """A machine with much else to do finds the same answers."""
    monkeypatch.setitem(facts_where.__kwdefaults__, "milliseconds", 30_000)


@pytest.mark.parametrize("source", NEVER)
def test_a_condition_that_can_never_match_is_proved_to(source):
    assert unreachable(tree(source), SCHEMA).exists is False


@pytest.mark.parametrize("source", ALWAYS)
def test_a_condition_that_always_matches_is_proved_to(source):
    assert always_true(tree(source), SCHEMA).exists is False


@pytest.mark.parametrize("source", SOMETIMES)
def test_facts_are_shown_that_match_and_facts_that_do_not(source):
    found, missed = unreachable(tree(source), SCHEMA), always_true(tree(source), SCHEMA)
    assert (found.exists, missed.exists) == (True, True)
    assert holds(source, found.facts)
    assert not holds(source, missed.facts)


def test_a_condition_over_a_missing_fact_is_not_always_true():
    """An error is neither: a customer without an age is neither older nor not."""
    found = always_true(tree("customer.age >= 18 || customer.age < 18"), SCHEMA)
    assert found.exists
    assert (found.facts.get("customer") or {}).get("age") is None


class TestSets:
    def test_a_rule_behind_a_wider_one_is_shadowed(self):
        wide, narrow = tree("cart.subtotal > 10"), tree("cart.subtotal > 20")
        assert outside(narrow, [wide], SCHEMA).exists is False
        shown = outside(wide, [narrow], SCHEMA).facts
        assert 10 < shown["cart"]["subtotal"] <= 20

    def test_two_together_may_shadow_a_third(self):
        before = [tree('cart.currency == "EUR"'), tree('cart.currency != "EUR"')]
        assert outside(tree("cart.subtotal > 20"), before, SCHEMA).exists is False

    def test_an_overlap_is_shown_or_excluded(self):
        low, high = tree("cart.subtotal <= 50"), tree("cart.subtotal >= 50")
        assert overlap(low, high, SCHEMA).facts["cart"]["subtotal"] == 50
        assert overlap(low, tree("cart.subtotal > 50"), SCHEMA).exists is False

    def test_a_gap_in_a_table_is_shown_or_excluded(self):
        rows = [tree("cart.subtotal < 50"), tree("cart.subtotal > 50")]
        assert gap(rows, SCHEMA).facts["cart"]["subtotal"] == 50
        assert gap([*rows, tree("cart.subtotal == 50")], SCHEMA).exists is False

    def test_two_spellings_of_one_condition_are_duplicates(self):
        one = tree('!(cart.currency == "EUR" || cart.subtotal < 5)')
        other = tree('cart.subtotal >= 5.00 && cart.currency != "EUR"')
        assert difference(one, other, SCHEMA).exists is False
        assert difference(one, tree('cart.currency != "EUR"'), SCHEMA).exists


class TestHonesty:
    @pytest.mark.parametrize(
        ("source", "why"),
        [
            ('customer.attributes.team == "red"', "free attribute"),
            ("cart.subtotal / 3 > 1", "cannot be told"),
            ('cart.currency.matches("^E")', "matches"),
            ("size(lines) > 40", "may need longer ones"),
            ("lines.all(a, lines.exists(b, b.quantity > a.quantity)) && lines.exists(l, true)", "loop within"),
        ],
    )  # fmt: skip
    def test_what_is_not_known_is_said_so(self, source, why):
        found = unreachable(tree(source), SCHEMA)
        assert found.exists is None
        assert why in found.reason

    def test_two_threads_are_answered_as_one(self):
        """Each question has a context of its own, and waits for the one before."""
        trees = [tree(source) for source in NEVER * 3]
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda it: unreachable(it, SCHEMA).exists, trees))
        assert answers == [False] * len(trees)

    def test_a_time_limit_is_kept(self):
        hard = " && ".join(
            f"customer.age * customer.age * {it} + {it} != cart.subtotal * cart.subtotal"
            for it in range(3, 30)
        )
        assert facts_where(SCHEMA, hold=[tree(hard)], milliseconds=1).exists in {None, True}


@settings(max_examples=100, deadline=None)
@given(expressions(), facts)
def test_what_is_proved_impossible_never_happens(source, given_facts):
    """The three evaluators agree: whatever Python matches, the solver did not exclude."""
    checked = tree(source)
    found = facts_where(SCHEMA, hold=[checked], milliseconds=500)
    event({None: "unknown", True: "exists", False: "impossible"}[found.exists])
    assert "does not hold" not in found.reason
    if holds(source, given_facts):
        assert found.exists is not False
