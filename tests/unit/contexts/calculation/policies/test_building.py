"""Conditions in parts: what the builder shows is what the text says, and back."""

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from contexts.calculation import policies
from contexts.calculation.engine.canonical import canonical
from contexts.calculation.engine.parser import parse
from contexts.calculation.messages import (
    Attribute,
    BuiltValue,
    FactRow,
    Group,
    ItemsRow,
    TextRow,
    TotalRow,
    WriteCondition,
)
from contexts.calculation.policies.building import text_of, tree_of
from shared_kernel.decisions import point_named
from tests.unit.contexts.calculation.engine.expressions import expressions
from tests.unit.contexts.calculation.policies.conditions import POINT, conditions

GOLD = FactRow("customer.tier", "==", (BuiltValue("text", "gold"),))
THREE = FactRow("line.quantity", ">=", (BuiltValue("number", "3"),))
READ = [
    ("true", Group("all")),
    ('customer.tier == "gold"', Group("all", (GOLD,))),
    ('customer.tier == "gold" && line.quantity >= 3', Group("all", (GOLD, THREE))),
    ('!(customer.tier == "gold" || line.quantity >= 3)', Group("none", (GOLD, THREE))),
    ('!(customer.tier == "gold" && line.quantity >= 3)', Group("none", (Group("all", (GOLD, THREE)),))),
    ('customer.tier == "gold" || (line.quantity >= 3 && has(line.brand))',
     Group("any", (GOLD, Group("all", (THREE, FactRow("line.brand", "known")))))),
    ('!(line.brand in ["A", "B"])',
     Group("all", (FactRow("line.brand", "not in", (BuiltValue("text", "A"), BuiltValue("text", "B"))),))),
    ('"vip" in customer.segments', Group("all", (FactRow("customer.segments", "includes", (BuiltValue("text", "vip"),)),))),
    ("!line.sku.startsWith('X')", Group("all", (FactRow("line.sku", "not startsWith", (BuiltValue("text", "X"),)),))),
    ("line.total >= 100.00", Group("all", (FactRow("line.total", ">=", (BuiltValue("number", "100.00"),)),))),
    ("line.total > cart.subtotal", Group("all", (FactRow("line.total", ">", (BuiltValue("fact", "cart.subtotal"),)),))),
    ('at < timestamp("2026-01-01T00:00:00Z")', Group("all", (FactRow("at", "<", (BuiltValue("moment", "2026-01-01T00:00:00Z"),)),))),
    ("lines.exists(l, l.quantity >= 3)",
     Group("all", (ItemsRow("lines", "any", "l", Group("all", (FactRow("l.quantity", ">=", (BuiltValue("number", "3"),)),))),))),
    ("!lines.exists(l, has(l.brand))",
     Group("all", (ItemsRow("lines", "none", "l", Group("all", (FactRow("l.brand", "known"),))),))),
    ("size(lines) > 2", Group("all", (TotalRow("lines", "", ">", BuiltValue("number", "2"), form="function"),))),
    ("sum(lines.filter(l, has(l.brand)).map(l, l.total)) > 2",
     Group("all", (TotalRow("lines", "l", ">", BuiltValue("number", "2"), Group("all", (FactRow("l.brand", "known"),)), "l.total", "filter"),))),
    ("at.getMonth() == 11 && line.quantity >= 3", Group("all", (TextRow("at.getMonth() == 11"), THREE))),
    ("(1 + line.quantity) * 2 > 3", Group("all", (TextRow("(1 + line.quantity) * 2 > 3"),))),
]  # fmt: skip
MISSING = [
    (Group("all", (FactRow("", "=="),)), "/parts/0/fact"),
    (Group("all", (FactRow("customer.tier", "=="),)), "/parts/0/values/0"),
    (Group("all", (FactRow("customer.tier", "in"),)), "/parts/0/values/0"),
    (Group("all", (FactRow("customer.tier", "resembles", (BuiltValue("text"),)),)), "/parts/0/operator"),
    (Group("all", (FactRow("line.quantity", ">", (BuiltValue("number", "3 || true"),)),)), "/parts/0/values/0"),
    (Group("all", (FactRow("line.quantity > 0 || line", ">", (BuiltValue("number", "3"),)),)), "/parts/0/fact"),
    (Group("all", (GOLD, Group("any"))), "/parts/1"),
    (Group("any", (GOLD, TextRow("true) || (false"))), "/parts/1/written"),
    (Group("all", (ItemsRow("lines", "any", "it, true) || (x", Group("all", (GOLD,))),)), "/parts/0/variable"),
    (Group("all", (TotalRow("lines", "it", "+", BuiltValue("number", "3")),)), "/parts/0/operator"),
]  # fmt: skip


def again(source):
    """What a text is after it was shown in parts."""
    tree, _ = tree_of(source)
    sent = msgspec.json.decode(msgspec.json.encode(tree), type=Group)
    text, faults = text_of(sent)
    assert faults == ()
    return text


class TestReading:
    @pytest.mark.parametrize(("source", "tree"), READ)
    def test_a_condition_is_shown_in_its_parts(self, source, tree):
        assert tree_of(source)[0] == tree

    def test_a_comment_is_told_of_before_it_is_lost(self):
        assert tree_of("true // as agreed")[1]
        assert not tree_of('line.sku == "http://x"')[1]

    def test_what_cannot_be_read_says_where(self):
        found = policies.read_condition("line.quantity >=")
        assert found.tree is None
        assert found.faults[0].position == len("line.quantity >=")


class TestRoundTrip:
    @settings(max_examples=200, deadline=None)
    @given(conditions)
    def test_what_the_builder_can_show_comes_back_as_it_was(self, source):
        assert canonical(parse(again(source))) == canonical(parse(source))
        assert b'"part":"text"' not in msgspec.json.encode(tree_of(source)[0])

    @settings(max_examples=300, deadline=None)
    @given(expressions())
    @example("sum(lines.filter(a, a.quantity > 1).map(b, b.quantity)) > 1")
    @example("size(lines.map(a, a.sku)) > 1 ? true : false")
    @example("lines.exists(a, lines.all(b, b.sku == a.sku || !(b.quantity > 1)))")
    @example("!(!(true))")
    @example("(true || false) && (true ? false : true) && !(true ? false : true)")
    @example("customer.attributes['x y'] in [1, \"2\"] && 1 in [1, 2]")
    @example("note == 'a\\\\b\\n\\u0007' || note == r'//'")
    def test_whatever_the_condition_nothing_is_lost(self, source):
        """What has no form in the builder is carried along as text; the meaning is the same to the last character."""
        assert canonical(parse(again(source))) == canonical(parse(source))

    def test_a_long_condition_is_written_in_lines(self):
        source = " && ".join(f'customer.tier != "tier-{number}"' for number in range(5))
        assert again(source).count("\n") == 4


class TestWriting:
    @pytest.mark.parametrize(("tree", "pointer"), MISSING)
    def test_what_is_missing_or_says_more_than_it_shows_is_told_and_never_sound(
        self, tree, pointer
    ):
        """A field that held `3 || true` must not become a condition; and a row that is not finished must not be dropped."""
        text, faults = text_of(tree)
        assert faults[0].pointer == pointer
        assert policies.checked_condition(POINT, text).faults

    def test_a_comment_in_a_text_row_does_not_swallow_its_neighbours(self):
        text, _ = text_of(Group("all", (TextRow("has(line.brand) // so"), THREE)))
        assert text == "has(line.brand) && line.quantity >= 3"

    @given(st.text(max_size=30).filter(lambda it: not any(0xD800 <= ord(c) < 0xE000 for c in it)))
    def test_any_text_is_a_value_and_nothing_else(self, written):
        row = FactRow("customer.tier", "==", (BuiltValue("text", written),))
        assert tree_of(text_of(Group("all", (row,)))[0])[0].parts == (row,)

    def test_what_is_nested_too_deep_is_refused_as_such(self):
        tree = Group("all", (GOLD,))
        for _ in range(200):
            tree = Group("none", (tree, GOLD))
        assert "nested deeper" in text_of(tree)[1][0].message

    def test_a_question_survives_the_wire(self):
        asked = WriteCondition(tree=Group("any", (GOLD, Group("none", (THREE,)))))
        assert msgspec.json.decode(msgspec.json.encode(asked), type=WriteCondition) == asked


class TestVocabulary:
    OWN = Attribute("customer", "team", "string", "the team", optional=True, path="customer.attributes.team")  # fmt: skip
    SEEN = ('customer.attributes.team == "red" && lines.exists(l, l.brand in ["Acme"])', "not one", 'line.brand != "Bolt"')  # fmt: skip

    def facts(self):
        declared = (("customer.attributes", "team", "string?"),)
        return {
            it.path: it
            for it in policies.vocabulary(
                POINT, [self.OWN], [(POINT, it) for it in self.SEEN], declared
            ).facts
        }

    def test_facts_are_called_by_their_words_and_have_operators_that_fit(self):
        facts = self.facts()
        assert facts["line.unit_price"].label == "line's unit price"
        assert [it.words for it in facts["line.quantity"].operators][:2] == [
            "is at least",
            "is more than",
        ]
        assert [it.name for it in facts["customer"].operators] == ["known", "missing"]
        assert [it.words for it in facts["at"].operators][:2] == ["is not before", "is before"]
        assert facts["customer.segments"].operators[0].name == "includes"
        assert "missing" in {it.name for it in facts["customer.attributes.team"].operators}
        assert [it.path for it in facts["lines"].fields][:2] == ["it.id", "it.sku"]

    def test_values_that_other_rules_compare_with_are_suggested(self):
        """There is no catalogue of products yet: what rules and the sample speak of is the next best list."""
        facts = self.facts()
        assert facts["line.brand"].suggestions == ("Acme", "Bolt")
        assert facts["line.category"].suggestions == ("Garden/Watering",)
        assert facts["customer.attributes.team"].suggestions == ("red",)

    def test_whatever_it_offers_makes_a_sound_condition(self):
        """An operator that did not fit its fact would be a dead end for somebody who cannot read the text."""
        values = {
            "int": ("number", "3"),
            "decimal": ("number", "3"),
            "timestamp": ("moment", "2026-01-01T00:00:00Z"),
        }
        tried = 0
        assert point_named(POINT)
        for fact in policies.vocabulary(POINT, [], ()).facts:
            for place, it in [("", fact), *((fact.path, field) for field in fact.fields)]:
                for operator in it.operators:
                    value = BuiltValue(*values.get(it.type, ("text", "x")))
                    given = () if operator.takes == "none" else (value,)
                    row = FactRow(it.path, operator.name, given)
                    part = ItemsRow(place, "any", "it", Group("all", (row,))) if place else row
                    text, faults = text_of(Group("all", (part,)))
                    assert faults == ()
                    assert policies.checked_condition(POINT, text).faults == (), text
                    tried += 1
        assert tried > 100
