"""What rules say in plain words: a table of conditions and rules, and no two that read alike and mean something else."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contexts.calculation import policies
from contexts.calculation.engine import check_expression
from contexts.calculation.engine.canonical import canonical
from contexts.calculation.policies.words import Scope, condition_in_words, outline
from contexts.calculation.policies.words.clauses import conjuncts
from contexts.promotions.decisions import LINE_DISCOUNTS, ORDER_DISCOUNTS, RECORDS
from shared_kernel.decisions import EffectText, RuleText, known_points
from tests.unit.contexts.calculation.policies.conditions import POINT, conditions, rows

CONDITIONS = [
    ("true", "always"),
    ("false", "never"),
    ('customer.tier == "gold"', "the customer's tier is gold"),
    ('customer.tier != "gold"', "the customer's tier is not gold"),
    ('!(customer.tier == "gold")', "it is not true that the customer's tier is gold"),
    ('line.category == "Summer sale"', "the line's category is “Summer sale”"),
    ('line.brand == "and"', "the line's brand is “and”"),
    ('line.brand == "3"', "the line's brand is “3”"),
    ('line.brand == "“so”"', 'the line\'s brand is "“so”"'),
    ('line.category in ["Garden", "Tools"]', "the line's category is one of Garden, Tools"),
    ('!(customer.country in ["DE", "AT"])', "the customer's country is none of DE, AT"),
    ('line.category.startsWith("Garden")', "the line's category starts with Garden"),
    ('!line.sku.startsWith("X")', "the line's SKU does not start with X"),
    ('line.sku.endsWith("-S")', "the line's SKU ends with “-S”"),
    ('line.sku.contains("/")', "the line's SKU contains “/”"),
    ('line.sku.matches("^A[0-9]+$")', "the line's SKU matches “^A[0-9]+$”"),
    ("line.quantity >= 3", "the line's quantity is at least 3"),
    ("line.unit_price < 9.90", "the line's unit price is less than 9.90"),
    ("cart.remaining <= 50.00", "the cart's subtotal after the discounts so far is at most 50.00"),
    (
        'cart.currency == "EUR" && cart.subtotal > 100.00',
        "the cart's currency is EUR and the cart's subtotal is more than 100.00 EUR",
    ),
    (
        'cart.currency == "EUR" || cart.subtotal > 100.00',
        "the cart's currency is EUR or the cart's subtotal is more than 100.00",
    ),
    ("has(customer.tier)", "the customer's tier is known"),
    ("!has(customer)", "the customer is missing"),
    ('"vip" in customer.segments', "the customer's segments include vip"),
    ('!("WELCOME" in cart.coupons)', "the cart's coupon codes do not include WELCOME"),
    (
        'at >= timestamp("2026-01-01T00:00:00Z")',
        "the time of the order is not before 1 January 2026, 00:00 UTC",
    ),
    (
        'at < timestamp("2026-06-01T08:30:15+02:00")',
        "the time of the order is before 1 June 2026, 08:30:15 UTC+02:00",
    ),
    ('customer.attributes.team == "red"', "the customer's attribute team is red"),
    ('customer.attributes["my team"] == "red"', "the customer's attribute “my team” is red"),
    (
        'line.quantity >= 3 && (customer.tier == "gold" || customer.tier == "silver")',
        "the line's quantity is at least 3 and (the customer's tier is gold or the customer's tier is silver)",
    ),
    (
        '!(customer.tier == "gold" && line.quantity > 1)',
        "it is not true that (the customer's tier is gold and the line's quantity is more than 1)",
    ),
    (
        'lines.exists(l, l.category == "Garden" && l.quantity >= 3)',
        "there is a line in the cart whose category is Garden and whose quantity is at least 3",
    ),
    ('!lines.exists(l, l.brand == "B")', "there is no line in the cart whose brand is B"),
    ("lines.all(l, l.quantity >= 2)", "every line in the cart is one whose quantity is at least 2"),
    (
        "!lines.all(l, l.quantity >= 2)",
        "not every line in the cart is one whose quantity is at least 2",
    ),
    (
        'lines.exists_one(l, l.brand == "B")',
        "there is exactly one line in the cart whose brand is B",
    ),
    (
        'lines.exists(l, l.sku == "A" && (l.quantity > 2 || l.total > 50))',
        "there is a line in the cart whose SKU is A and (whose quantity is more than 2 or whose total is more than 50)",
    ),
    (
        "lines.exists(l, l.sku == line.sku && l.id != line.id)",
        "there is a line in the cart whose SKU is the line's SKU and whose id is not the line's id",
    ),
    ("size(lines) > 5", "the number of lines in the cart is more than 5"),
    (
        'lines.filter(l, l.brand == "B").size() >= 2',
        "the number of lines in the cart whose brand is B is at least 2",
    ),
    (
        'sum(lines.filter(l, l.category == "Garden").map(l, l.quantity)) >= 3',
        "the sum of the quantity of lines in the cart whose category is Garden is at least 3",
    ),
    ("line.total > cart.subtotal / 2", "the line's total is more than the cart's subtotal ÷ 2"),
    ("at.getMonth() == 11", "`at.getMonth()` is 11"),
    ('customer.tags == ["a"]', 'the customer\'s tags is `["a"]`'),
    (
        "lines.exists(l, lines.all(m, m.sku == l.sku))",
        "`lines.exists(l, lines.all(m, m.sku == l.sku))`",
    ),
]  # fmt: skip
RULES = [
    (
        'customer.tier == "gold" && (line.quantity >= 3 || line.category.startsWith("Garden"))',
        {},
        "Gold customers get 10 % off each line whose quantity is at least 3 or whose category starts with Garden.",
    ),
    (
        '(customer.tier == "gold" || customer.tier == "silver") && customer.country == "DE" && line.quantity > 1',
        {},
        (
            "Customers (whose tier is gold or whose tier is silver) and whose country is DE get 10 % off each line "
            "whose quantity is more than 1."
        ),
    ),
    (
        'customer.tier == "gold" && line.category.startsWith("Garden") && line.quantity >= 3',
        {},
        "Gold customers get 10 % off each line whose category starts with Garden and whose quantity is at least 3.",
    ),
    (
        "true",
        {"group": "Summer", "stop": True},
        "Everyone gets 10 % off each line; of the group “Summer” only one rule applies; no rule after it is asked.",
    ),
    ("false", {}, "Nobody gets 10 % off each line."),
    (
        'cart.subtotal >= 100 && cart.currency == "EUR"',
        {"effects": (EffectText("amount_off_unit", {"amount": "0.50"}),)},
        (
            "Everyone gets 0.50 EUR off every unit of each line, if the cart's subtotal is at least 100 EUR "
            "and the cart's currency is EUR."
        ),
    ),
    (
        'customer.country == "DE" && line.brand == "B"',
        {
            "effects": (
                EffectText("percent_off_line", {"percent": "line.quantity * 2"}),
                EffectText("amount_off_line", {"amount": "1.00"}),
            )
        },
        (
            "Customers whose country is DE get (the line's quantity × 2) % off each line whose brand is B "  # noqa: RUF001
            "and 1.00 off that line."
        ),
    ),
    (
        'customer.tier == "gold" || line.quantity > 1',
        {},
        "Everyone gets 10 % off each line, if the customer's tier is gold or the line's quantity is more than 1.",
    ),
    (
        'customer.tier == "gold" ? line.quantity > 1 : line.quantity > 3',
        {},
        (
            "Everyone gets 10 % off each line, if (the line's quantity is more than 1 if the customer's tier is gold, "
            "otherwise the line's quantity is more than 3)."
        ),
    ),
]
STRUCTURES = [
    "{0} && {1} && {2}", "{0} || {1} || {2}", "{0} && ({1} || {2})", "({0} && {1}) || {2}", "{0} || ({1} && {2})",
    "!({0} && {1}) && {2}", "!({0} || {1}) && {2}", "!{0} && !{1} && {2}", "!({0} && {1} && {2})", "!({0} || {1} || {2})",
    "!({0} && ({1} || {2}))", "!({0} || ({1} && {2}))", "!({0}) || ({1} && {2})", "!({0} && {1}) || {2}", "!!({0} || {1})",
    "{0} ? {1} : {2}", "!({0} ? {1} : {2})", "{1} && {0} && {2}", "lines.exists(m, {0} && {1}) && {2}",
    "lines.exists(m, {0} && {1} && {2})", "lines.exists(m, {0}) && {1} && {2}", "lines.exists(m, {0} || {1}) && {2}",
    "lines.exists(m, {0}) && ({1} || {2})", "lines.all(m, {0} && {1}) || {2}", "lines.all(m, {0}) && {1} || {2}",
]  # fmt: skip
SCHEMA = policies.schema_of(POINT)


def in_words(source):
    return condition_in_words(check_expression(source, SCHEMA).tree, Scope(LINE_DISCOUNTS))


def said(condition, **more):
    fields = {"effects": (EffectText("percent_off_line", {"percent": "10"}),), **more}
    text = RuleText(rule_id="", version=1, name="It", reason="It", condition=condition, **fields)
    return policies.said_rule(POINT, text)


class TestConditions:
    @pytest.mark.parametrize(("source", "words"), CONDITIONS)
    def test_a_condition_reads_as_people_say_it(self, source, words):
        assert in_words(source) == words

    @settings(max_examples=250, deadline=None)
    @given(conditions, conditions)
    def test_two_conditions_read_alike_only_if_they_are_one(self, one, other):
        """Whoever approves the words approves the rule: different canonical texts never share their words."""
        trees = [check_expression(it, SCHEMA) for it in (one, other)]
        words = [condition_in_words(it.tree, Scope(LINE_DISCOUNTS)) for it in trees]
        assert (words[0] == words[1]) is (trees[0].canonical == trees[1].canonical)

    @settings(max_examples=150, deadline=None)
    @given(conditions, st.data())
    def test_whatever_value_is_changed_the_words_change(self, source, data):
        """Two conditions that hardly differ are the ones that an approver could take for each other."""
        numbers = [number for number in ("3", "100.00", "12.05") if f" {number}" in source]
        if not numbers:
            return
        changed = source.replace(f" {data.draw(st.sampled_from(numbers))}", " 7", 1)
        assert in_words(changed) != in_words(source)

    @settings(max_examples=60, deadline=None)
    @given(st.lists(rows, min_size=3, max_size=3, unique=True))
    def test_however_the_same_parts_are_grouped_it_can_be_heard(self, parts):
        """`a && (b || c)` and `(a && b) || c` are two rules, and so are all other ways to put three parts together."""
        sources = [structure.format(*(f"({it})" for it in parts)) for structure in STRUCTURES]
        canonical = {check_expression(it, SCHEMA).canonical for it in sources}
        assert len({in_words(it) for it in sources}) == len(canonical)
        reordered = "{1} && {0} && {2}".format(*(f"({it})" for it in parts))
        told = [said(it).sentence for it in sources if it != reordered]
        assert all(told)
        assert len(set(told)) == len(
            {check_expression(it, SCHEMA).canonical for it in sources if it != reordered}
        )

    def test_a_long_condition_is_told_part_by_part(self):
        source = '!(customer.tier == "gold" || customer.tier == "silver") && (line.quantity > 1 || line.brand == "B")'
        tree = check_expression(source, SCHEMA).tree
        assert outline(tree, Scope(LINE_DISCOUNTS)) == (
            (0, "all of these:"),
            (1, "none of these:"),
            (2, "the customer's tier is gold"),
            (2, "the customer's tier is silver"),
            (1, "at least one of these:"),
            (2, "the line's quantity is more than 1"),
            (2, "the line's brand is B"),
        )
        assert (
            outline(check_expression("line.quantity > 1", SCHEMA).tree, Scope(LINE_DISCOUNTS)) == ()
        )


class TestRules:
    @pytest.mark.parametrize(("condition", "more", "sentence"), RULES)
    def test_a_rule_is_one_sentence(self, condition, more, sentence):
        assert said(condition, **more).sentence == sentence

    def test_an_order_gets_what_its_effects_say(self):
        text = RuleText(
            rule_id="", version=1, name="It", reason="It", condition="cart.subtotal > 50",
            effects=(EffectText("amount_off_order", {"amount": "5"}),),
        )  # fmt: skip
        found = policies.said_rule(ORDER_DISCOUNTS.name, text)
        assert (
            found.sentence
            == "Everyone gets 5 off the order, if the cart's subtotal is more than 50."
        )
        assert found.effects == ("5 off the order",)

    @settings(max_examples=150, deadline=None)
    @given(conditions, conditions)
    def test_the_sentence_of_a_rule_says_all_of_its_condition(self, one, other):
        """Who, which and when may be told in another order than they are written, but none of it is left out."""
        parts = [
            sorted(map(canonical, conjuncts(check_expression(it, SCHEMA).tree)))
            for it in (one, other)
        ]
        assert (said(one).sentence == said(other).sentence) is (parts[0] == parts[1])

    @pytest.mark.parametrize(
        "wrong",
        [
            {"condition": "line.quantty > 1"},
            {"condition": "true", "effects": (EffectText("free_lunch", {}),)},
            {"condition": "true", "effects": (EffectText("percent_off_line", {"percnt": "1"}),)},
        ],
    )
    def test_what_is_not_sound_has_no_words(self, wrong):
        """Rather none than something that the rule would not do."""
        assert said(**wrong).sentence == ""

    def test_every_fact_has_words_of_its_own(self):
        """Two facts of one record that were called the same could not be told apart by an approver."""
        for record, fields in RECORDS.items():
            labels = [fact.label or name.replace("_", " ") for name, fact in fields.items()]
            assert len(labels) == len(set(labels)), record
            assert sum(fact.epithet for fact in fields.values()) <= 1, (
                "whose word stands before people?"
            )
        for point in known_points().values():
            labels = [fact.label or name for name, fact in point.facts.items()]
            assert len(labels) == len(set(labels)), point.name
