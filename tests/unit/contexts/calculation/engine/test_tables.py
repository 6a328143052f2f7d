"""Decision tables: what a cell means, that a row is the rule one would have written, and where a mistake stands."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contexts.calculation.engine import DefinitionError, ExpressionError, check_expression
from contexts.calculation.engine.cells import read_cell
from contexts.calculation.engine.parser import parse
from contexts.calculation.engine.tablerules import compile_table, table_rules
from contexts.calculation.engine.tables import Input, Output, Row, TableSource
from tests.unit.contexts.calculation.engine.shop import EFFECTS, GOLD, GUEST, SCHEMA

TIER, SUBTOTAL = Input("customer.tier", "string"), Input("cart.subtotal", "decimal")
TAGS, AGE, AT = (
    Input("customer.tags", "list(string)"),
    Input("customer.age", "int"),
    Input("at", "timestamp"),
)
PERCENT = Output("discount", "percent")

# an input, a cell, the condition one would have written, the cell's canonical text
CELLS = [
    (TIER, "", "true", "-"),
    (TIER, " - ", "true", "-"),
    (TIER, "'gold'", 'customer.tier == "gold"', '"gold"'),
    (TIER, '== "gold"', 'customer.tier == "gold"', '"gold"'),
    (TIER, '"gold","silver"', 'customer.tier in ["gold", "silver"]', '"gold", "silver"'),
    (TIER, 'not("gold")', 'customer.tier != "gold"', 'not("gold")'),
    (TIER, '!= "gold"', 'customer.tier != "gold"', 'not("gold")'),
    (TIER, 'not(!= "gold")', 'customer.tier == "gold"', '"gold"'),
    (TIER, 'not("a", "b")', '!(customer.tier in ["a", "b"])', 'not("a", "b")'),
    (TIER, '"a, b"', 'customer.tier == "a, b"', '"a, b"'),
    (TIER, '"1..2"', 'customer.tier == "1..2"', '"1..2"'),
    (TIER, "null", "!has(customer.tier)", "null"),
    (TIER, "not(null)", "has(customer.tier)", "not(null)"),
    (TIER, 'null, "gold"', '!has(customer.tier) || customer.tier == "gold"', 'null, "gold"'),
    (TIER, "cart.currency", "customer.tier == cart.currency", "cart.currency"),
    (TIER, 'where cart.currency=="EUR"||has(note)', 'cart.currency == "EUR" || has(note)',
     'where cart.currency == "EUR" || has(note)'),
    (SUBTOTAL, "5", "cart.subtotal == 5", "5"),
    (SUBTOTAL, "<10", "cart.subtotal < 10", "< 10"),
    (SUBTOTAL, ">= 10.50", "cart.subtotal >= 10.5", ">= 10.5"),
    (SUBTOTAL, "< 0, > 100", "cart.subtotal < 0 || cart.subtotal > 100", "< 0, > 100"),
    (SUBTOTAL, "[1..5)", "cart.subtotal >= 1 && cart.subtotal < 5", "[1..5)"),
    (SUBTOTAL, "( 1 .. 5 ]", "cart.subtotal > 1 && cart.subtotal <= 5", "(1..5]"),
    (SUBTOTAL, "[1.5..2.5]", "cart.subtotal >= 1.5 && cart.subtotal <= 2.5", "[1.5..2.5]"),
    (SUBTOTAL, "[-5..-1]", "cart.subtotal >= -5 && cart.subtotal <= -1", "[-5..-1]"),
    (SUBTOTAL, "[1..max(2, 3)], 7",
     "cart.subtotal >= 1 && cart.subtotal <= max(2, 3) || cart.subtotal == 7", "[1..max(2, 3)], 7"),
    (SUBTOTAL, "not([1..5], 9)",
     "!(cart.subtotal >= 1 && cart.subtotal <= 5 || cart.subtotal == 9)", "not([1..5], 9)"),
    (SUBTOTAL, "(1 + 2) * 3", "cart.subtotal == (1 + 2) * 3", "(1 + 2) * 3"),
    (TAGS, '"vip"', '"vip" in customer.tags', '"vip"'),
    (TAGS, '"vip", "new"', '"vip" in customer.tags || "new" in customer.tags', '"vip", "new"'),
    (TAGS, 'not("vip")', '!("vip" in customer.tags)', 'not("vip")'),
    (TAGS, '["vip"]', 'customer.tags == ["vip"]', '["vip"]'),
    (AGE, "[18..65)", "customer.age >= 18 && customer.age < 65", "[18..65)"),
    (AT, '[timestamp("2025-01-01T00:00:00Z")..timestamp("2026-01-01T00:00:00Z"))',
     'at >= timestamp("2025-01-01T00:00:00Z") && at < timestamp("2026-01-01T00:00:00Z")',
     '[timestamp("2025-01-01T00:00:00Z")..timestamp("2026-01-01T00:00:00Z"))'),
]  # fmt: skip


def table(*rows, inputs=(TIER, SUBTOTAL), outputs=(PERCENT,), **more):
    """Return a table of rows written `cell; cell => output; output`."""
    made = []
    for row in rows:
        cells, _, gives = row.partition("=>")
        made.append(Row(tuple(cells.split(";")), tuple(it.strip() for it in gives.split(";"))))
    fields = {"id": "t", "version": 3, "name": "Tiers", "reason": "loyal", **more}
    return TableSource(inputs=tuple(inputs), outputs=tuple(outputs), rows=tuple(made), **fields)


def rules(source):
    return table_rules(source, SCHEMA, EFFECTS)


@pytest.mark.parametrize(("column", "cell", "written", "text"), CELLS)
def test_a_cell_is_the_condition_one_would_have_written(column, cell, written, text):
    (rule,) = rules(replace(table(inputs=[column]), rows=(Row((cell,), ("10",)),)))
    assert parse(rule.condition) == parse(written)
    assert rule.condition == check_expression(written, SCHEMA).canonical
    assert read_cell(cell).text == text
    assert read_cell(text).text == text


class TestRows:
    SOURCE = table(
        '"gold"; >= 100 => 20', '"gold"; < 100 => 10', "null; - => -", hit_policy="first"
    )

    def test_a_row_is_a_rule_like_any_other(self):
        first, second, third = rules(self.SOURCE)
        assert first.condition == 'customer.tier == "gold" && cart.subtotal >= 100'
        assert (first.id, first.version, first.name, first.reason) == (
            "t/1",
            3,
            "Tiers, row 1",
            "loyal",
        )
        assert first.effects[0].params == {"percent": "20"}
        assert (second.order, third.effects) == (2, ())

    def test_a_row_may_say_a_reason_of_its_own(self):
        row = replace(self.SOURCE.rows[0], reason="gold")
        assert rules(replace(self.SOURCE, rows=(row,)))[0].reason == "gold"

    def test_the_table_decides(self):
        decision = compile_table(self.SOURCE, SCHEMA, EFFECTS).rule_set.decide(GOLD)
        assert [it.rule_id for it in decision.matches] == ["t/2"]
        assert decision.matches[0].effects == (("discount", {"percent": Decimal(10)}),)

    def test_several_outputs_of_one_effect_are_one_effect(self):
        outputs = (
            PERCENT,
            Output("gift", "sku"),
            Output("discount", "label"),
            Output("gift", "quantity"),
        )
        source = table('-; - => 5; "x"; customer.tier; 1', outputs=outputs)
        (rule,) = rules(source)
        assert [(it.kind, dict(it.params)) for it in rule.effects] == [
            ("discount", {"percent": "5", "label": "customer.tier"}),
            ("gift", {"sku": '"x"', "quantity": "1"}),
        ]

    @pytest.mark.parametrize(("policy", "applies", "wrong"), [
        ("unique", [], True), ("any", [], True), ("first", ["t/1"], False), ("rule order", ["t/1", "t/2", "t/3"], False),
        ("priority", ["t/2"], False), ("output order", ["t/2", "t/1", "t/3"], False),
        ("collect", ["t/1", "t/2", "t/3"], False), ("collect max", ["t/2"], False),
        ("collect min", ["t/1"], False), ("collect count", ["t/1", "t/2", "t/3"], False),
        ("collect sum", ["t/1", "t/2", "t/3"], False),
    ])  # fmt: skip
    def test_every_hit_policy_holds_among_rows(self, policy, applies, wrong):
        output = replace(PERCENT, values=("20", "10", "30"))
        outputs = [output if policy in {"priority", "output order"} else PERCENT]
        source = table("-; - => 10", '"gold"; - => 20', "-; > 5 => 10.0" if policy == "x" else "-; > 5 => 10",
                       outputs=outputs, hit_policy=policy)  # fmt: skip
        decision = compile_table(source, SCHEMA, EFFECTS).rule_set.decide(GOLD)
        assert [it.rule_id for it in decision.matches] == applies
        assert (decision.error is not None) is wrong

    def test_of_several_ranked_outputs_the_first_weighs_most(self):
        outputs = (
            replace(PERCENT, values=("20", "10")),
            Output("discount", "label", ('"a"', '"b"')),
        )
        source = table('-; - => 10; "a"', '-; - => 20; "b"', '-; - => 20; "a"', '-; - => 10; "b"',
                       outputs=outputs, hit_policy="output order")  # fmt: skip
        decision = compile_table(source, SCHEMA, EFFECTS).rule_set.decide(GUEST)
        assert [it.rule_id for it in decision.matches] == ["t/3", "t/2", "t/1", "t/4"]


# a table's row, and what the error says about which place
MISTAKES = [
    ('"gold; - => 10', "closing", 'table "Tiers", row 1, column customer.tier', 0),
    ("5; - => 10", "cannot compare string with int", 'table "Tiers", row 1, column customer.tier', 0),
    ('-; < "a" => 10', "cannot compare decimal with string", 'table "Tiers", row 1, column cart.subtotal', 0),
    ("-; 1..5 => 10", "a range stands in brackets", 'table "Tiers", row 1, column cart.subtotal', 2),
    ("-; [1..) => 10", "expected a value", 'table "Tiers", row 1, column cart.subtotal', 5),
    ("-; 1,,2 => 10", "each side of a comma", 'table "Tiers", row 1, column cart.subtotal', 0),
    ("-; > cart.subtotl => 10", "unknown fact cart.subtotl", 'table "Tiers", row 1, column cart.subtotal', 8),
    ("-; where cart.subtotal => 10", "expected bool", 'table "Tiers", row 1, column cart.subtotal', 7),
    ("-; > 5 || true => 10", "bool", 'table "Tiers", row 1, column cart.subtotal', None),
    ('-; - => "ten"', "expected decimal", 'table "Tiers", row 1, column discount.percent', 0),
    ("-; - => customer.tierr", "unknown fact", 'table "Tiers", row 1, column discount.percent', None),
]  # fmt: skip


@pytest.mark.parametrize(("row", "message", "where", "position"), MISTAKES)
def test_a_mistake_is_shown_where_it_stands(row, message, where, position):
    with pytest.raises(ExpressionError, match=message) as mistake:
        rules(table(row))
    assert mistake.value.where == where
    assert position is None or mistake.value.position == position
    assert where in mistake.value.render()


def test_a_row_that_is_too_long_is_named():
    with pytest.raises(ExpressionError, match="at most 10000 characters") as mistake:
        compile_table(
            table(
                *(["-; - => 1"] * 2),
                f"where cart.subtotal > 0{' && cart.subtotal > 0' * 500}; - => 1",
            ),
            SCHEMA,
            EFFECTS,
        )
    assert mistake.value.where.startswith('table "Tiers", row 3')


def test_a_wrong_input_is_shown_too():
    with pytest.raises(ExpressionError, match="expected decimal, found string") as mistake:
        rules(table("-; - => 1", inputs=[TIER, Input("customer.country", "decimal")]))
    assert mistake.value.where == 'table "Tiers", column customer.country'


def test_a_cell_cannot_break_out_of_its_column():
    """Whatever stands in a cell is one value or one test: nothing of it joins the rest of the row."""
    for cell in ('"gold" || true', '"x") || (true', 'not("x") || true', "-; true"):
        source = replace(table(), rows=(Row((cell, "> 5"), ("1",)),))
        with pytest.raises(ExpressionError):
            rules(source)
    (rule,) = rules(replace(table(), rows=(Row(("where true || true", "> 100"), ("1",)),)))
    assert rule.condition == "(true || true) && cart.subtotal > 100"


REFUSED = [
    ({"hit_policy": "best"}, "no hit policy"), ({"outputs": []}, "an output"), ({"nope": 1}, "has no 'nope'"),
    ({"rows": [{"cells": ["-"], "gives": ["1"]}]}, 'table "Tiers", row 1: it has 1 cells'),
    ({"outputs": [{"effect": "discount", "param": "percent"}] * 2}, "two outputs"), ({"version": "3"}, "version"),
    ({"id": ""}, "id"), ({"rows": [{"cells": ["-", 5], "gives": ["1"]}]}, "strings"), ({"rows": [1]}, "not a table"),
    ({"rows": [{"cells": "--", "gives": ["1"]}]}, "cells are a list"), ({"inputs": "x"}, "inputs are a list"),
    ({"inputs": [{"expression": "1"}]}, "not a table"), ({"rows": [{"cells": [], "gives": []}] * 5001}, "5000"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "message"), REFUSED)
def test_json_that_is_no_table_is_refused(change, message):
    with pytest.raises(DefinitionError, match=message):
        TableSource.from_json({**table("-; - => 1").to_json(), **change})


@pytest.mark.parametrize(("more", "row", "message"), [
    ({"outputs": [Output("discounts", "percent")]}, "-; - => 1", "no such effect, use discount, gift"),
    ({"outputs": [Output("discount", "per")]}, "-; - => 1", "no such parameter, use label, percent"),
    ({"hit_policy": "priority"}, "-; - => 1", "needs its values"),
    ({"outputs": [replace(PERCENT, values=("1", "2"))]}, "-; - => 3", "row 1, column discount.percent: 3 is none of 1, 2"),
    ({"outputs": [replace(PERCENT, values=("1", "1"))]}, "-; - => 1", "listed once"),
    ({"outputs": [Output("gift", "sku")]}, '-; - => "a"', "row 1, column all together: .* needs the parameter"),
    ({"hit_policy": "collect sum", "outputs": [PERCENT, Output("discount", "label")]}, '-; - => 1; "a"', "one output"),
])  # fmt: skip
def test_a_table_that_does_not_fit_is_refused(more, row, message):
    with pytest.raises(DefinitionError, match=message):
        compile_table(table(row, **more), SCHEMA, EFFECTS)


@pytest.mark.parametrize("policy", ["priority", "collect"])
def test_a_listed_value_may_be_written_as_an_equal_number(policy):
    """The parameter is a decimal: 10 is 10.0, and has its rank."""
    output = replace(PERCENT, values=("10.0", "20"))
    source = table("-; - => 20.00", "-; - => 10", hit_policy=policy, outputs=[output])
    assert [it.priority for it in rules(source)] == ([0, 1] if policy == "priority" else [0, 0])


class TestOneText:
    SOURCE = table('"gold";>=100 => 20', "-; [1 .. 5.50) => 10", hit_policy="first")

    def test_two_spellings_hash_alike(self):
        other = table("'gold' ; >= 0x64 => (20)", "; [1..5.5) => 10", hit_policy="first",
                      inputs=[replace(TIER, expression=" customer . tier"), SUBTOTAL], id="u", version=9)  # fmt: skip
        assert self.SOURCE.content_hash == other.content_hash
        assert rules(self.SOURCE)[0].content_hash == rules(other)[0].content_hash

    @pytest.mark.parametrize("other", [
        table('"gold";>=100 => 20', "-; [1 .. 5.50) => 10"),
        table('"gold";>=100 => 20', "-; [1 .. 5.50] => 10", hit_policy="first"),
        table('"gold";>=100 => 20', "-; [1 .. 5.50) => 11", hit_policy="first"),
        table("-; [1 .. 5.50) => 10", '"gold";>=100 => 20', hit_policy="first"),
        table('"gold";>=100 => 20', "-; [1 .. 5.50) => 10", hit_policy="first", reason="x"),
    ])  # fmt: skip
    def test_another_meaning_is_another_hash(self, other):
        assert self.SOURCE.content_hash != other.content_hash

    def test_it_can_be_read(self):
        assert self.SOURCE.text == (
            'table "Tiers"\nhit policy first\nreason "loyal"\ninput customer.tier: string\n'
            'input cart.subtotal: decimal\noutput discount.percent\nrow "gold"; >= 100 => 20\n'
            "row -; [1..5.5) => 10"
        )

    def test_it_goes_through_json_and_back(self):
        source = replace(self.SOURCE, outputs=(replace(PERCENT, values=("20", "10")),))
        again = TableSource.from_json(json.loads(json.dumps(source.to_json())))
        assert again == source
        assert again.content_hash == source.content_hash


numbers = st.sampled_from(["0", "5", "-3", "7.50", "100"])
tests = st.one_of(
    numbers,
    st.builds("{} {}".format, st.sampled_from(["<", "<=", ">", ">=", "!="]), numbers),
    st.builds("{}{}..{}{}".format, st.sampled_from("[("), numbers, numbers, st.sampled_from("])")),
)
cells = st.one_of(
    st.just("-"),
    st.lists(tests, min_size=1, max_size=3).map(", ".join),
    st.lists(tests, min_size=1, max_size=3).map(lambda it: f"not({', '.join(it)})"),
)


def holds(cell, number):
    """What a cell says of a number, by its text alone."""
    if cell == "-":
        return True
    if cell.startswith("not("):
        return not holds(cell[4:-1], number)
    return any(_holds(test.strip(), number) for test in cell.split(","))


def _holds(test, number):
    if ".." in test:
        low, high = map(Decimal, test[1:-1].split(".."))
        above = number >= low if test[0] == "[" else number > low
        return above and (number <= high if test[-1] == "]" else number < high)
    relation, _, value = test.rpartition(" ")
    value = Decimal(value)
    return {"": number == value, "<": number < value, "<=": number <= value, ">": number > value,
            ">=": number >= value, "!=": number != value}[relation]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(cells, st.sampled_from(["-4", "-3", "0", "4.99", "5", "7.5", "50", "100", "101"]))
def test_a_drawn_cell_holds_when_its_text_says_so(cell, number):
    source = replace(table(inputs=[SUBTOTAL]), rows=(Row((cell,), ("1",)),))
    facts = {**GOLD, "cart": {"subtotal": Decimal(number), "currency": "EUR"}}
    decision = compile_table(source, SCHEMA, EFFECTS).rule_set.decide(facts)
    assert bool(decision.matches) is holds(cell, Decimal(number))
    assert read_cell(read_cell(cell).text).text == read_cell(cell).text
