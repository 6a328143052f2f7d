"""Why a rule applied or did not, in terms, values and one sentence."""

import pytest

from contexts.calculation.engine import check_expression, compile_set, describe, explain
from tests.unit.contexts.calculation.engine.shop import GOLD, GUEST, SCHEMA, rule

SENTENCES = [
    ('customer.tier == "gold" && cart.subtotal >= 100.00', 'customer.tier is "gold"; cart.subtotal 82.00 is not at least 100.00'),
    ('customer.tier == "silver"', 'customer.tier "gold" is not "silver"'),
    ('!(customer.country in ["DE", "AT"])', 'customer.country "DE" is one of "DE", "AT"'),
    ('"late" in customer.tags', 'customer.tags ["vip", "early"] does not include "late"'),
    ("size(lines) > 2 || cart.subtotal < 50", "size(lines) 2 is not more than 2; cart.subtotal 82.00 is not less than 50"),
    ("customer.age >= 18", "customer.age is missing"),
    ("has(customer.age)", "customer.age is missing"),
    ("customer.vip && cart.subtotal > 1.0", "customer.vip is missing; cart.subtotal 82.00 is more than 1.0"),
    ("lines.exists(l, l.quantity > 5)", "no l of lines has: l.quantity is more than 5"),
    ("cart.subtotal / 0 > 1", "cart.subtotal / 0 > 1: division by zero"),
    ('customer.tier.startsWith("s")', 'customer.tier "gold" does not start with "s"'),
]  # fmt: skip

WORDS = [
    ('customer.tier == "gold" && cart.subtotal >= 100.00', 'customer.tier is "gold" and cart.subtotal is at least 100.00'),
    ("!(has(customer) && cart.subtotal < 5)", "customer is missing or cart.subtotal is not less than 5"),
    ("(customer.vip || size(lines) != 2) && at > timestamp('2025-01-01T00:00:00Z')",
     "(customer.vip is true or size(lines) is not 2) and at is more than 2025-01-01T00:00:00Z"),
    ("lines.all(l, l.category in ['a', 'b'])", 'every l of lines has: l.category is one of "a", "b"'),
    ("cart.subtotal * 2 - 1 > 3", "(cart.subtotal * 2) - 1 is more than 3"),
    ("note.matches('^a')", 'note matches "^a"'),
]  # fmt: skip


@pytest.mark.parametrize(("condition", "sentence"), SENTENCES)
def test_a_rule_that_does_not_match_says_why_in_one_sentence(condition, sentence):
    (told,) = explain(compile_set([rule("a", condition)]), GOLD, "full")
    assert told.outcome in {"not matched", "error"}
    assert told.sentence == sentence


@pytest.mark.parametrize(("condition", "sentence"), WORDS)
def test_a_condition_in_plain_words(condition, sentence):
    assert describe(check_expression(condition, SCHEMA)) == sentence


class TestOutcomes:
    rules = compile_set(
        [
            rule("a", 'cart.currency == "EUR"', group="g", order=1),
            rule("b", "cart.subtotal > 1", group="g", order=2),
            rule("c", "cart.subtotal > 500", order=3),
            rule("d", "customer.age > 18", order=4),
            rule("e", percent="1 / 0", order=5),
        ]
    )

    def test_full_tells_of_every_rule(self):
        told = {one.rule_id: one.outcome for one in explain(self.rules, GOLD, "full")}
        assert told == {
            "a": "applied",
            "b": "set aside",
            "c": "not matched",
            "d": "error",
            "e": "error",
        }

    def test_applied_tells_only_of_rules_that_matched(self):
        assert [one.rule_id for one in explain(self.rules, GOLD)] == ["a", "b", "e"]

    def test_a_rule_set_aside_says_what_went_before_it(self):
        told = explain(self.rules, GOLD)[1]
        assert (
            told.sentence
            == 'cart.subtotal 82.00 is more than 1; but "Rule a" applies from the same exclusive group "g"'
        )

    def test_a_missing_fact_is_named(self):
        told = explain(self.rules, GUEST, "full")[3]
        assert told.terms[0].missing == "customer.age"

    def test_terms_hold_the_values_they_saw_and_which_of_them_decided(self):
        condition = 'customer.tier == "gold" && cart.subtotal >= 100.00'
        (told,) = explain(compile_set([rule("a", condition)]), GOLD, "full")
        assert [(term.text, term.holds, term.decides) for term in told.terms] == [
            ('customer.tier == "gold"', True, False),
            ("cart.subtotal >= 100.0", False, True),
        ]
        assert told.terms[1].values == {"cart.subtotal": GOLD["cart"]["subtotal"]}

    def test_explaining_any_facts_at_all_does_not_raise(self):
        for facts in ({}, None, {"cart": 3}, {"cart": {"subtotal": "x"}}):
            assert len(explain(self.rules, facts, "full")) == 5
