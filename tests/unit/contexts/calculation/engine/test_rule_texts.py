"""A whole rule as text: it reads back as the same rule, and every spelling has one text."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contexts.calculation.engine import (
    CapSource,
    EffectSource,
    ExpressionError,
    RuleSource,
    compile_rule,
)
from contexts.calculation.engine.errors import DefinitionError
from contexts.calculation.engine.ruletexts import read_rule, rule_text
from tests.unit.contexts.calculation.engine.expressions import expressions
from tests.unit.contexts.calculation.engine.shop import EFFECTS, SCHEMA

FULL = RuleSource(
    id="ten", version=3, name='Ten "off"', condition='cart.currency=="EUR"&&cart.subtotal>=100',
    effects=(EffectSource("discount", {"percent": "10.0", "label": "'x'"}, "initial"), EffectSource("gift")),
    reason="from 100", priority=-5, order=2, group="g", stop=True, lane="member", stacking="always",
    cap=CapSource(percent="20", of="cart.subtotal"), budget="summer",
)  # fmt: skip
TEXT = """\
rule "Ten \\"off\\""
  id "ten"
  version 3
  because "from 100"
  priority -5
  order 2
  group "g"
  stop
  lane "member"
  stacking always
  budget "summer"
  cap
    of: cart.subtotal
    percent: 20
  when cart.currency == "EUR" && cart.subtotal >= 100
  then discount of initial
    label: "x"
    percent: 10.0
  then gift
"""


def test_a_rule_reads_as_it_is():
    assert rule_text(FULL) == TEXT
    again = read_rule(TEXT)
    assert again.content_hash == FULL.content_hash
    assert (again.id, again.version, again.cap) == ("ten", 3, FULL.cap)


def test_a_plain_rule_says_no_more_than_it_has():
    plain = RuleSource(id="a", version=1, name="A", condition="true")
    assert rule_text(plain) == 'rule "A"\n  id "a"\n  version 1\n  when true\n'
    assert read_rule(rule_text(plain)) == plain


def test_clauses_come_in_any_order_and_expressions_may_take_several_lines():
    text = """

rule 'A'
  then discount
    percent: cart.subtotal > 100
      ? 10
      : 5
  when cart.subtotal > 5 // as agreed
    && has(note)

  version 1
  id "a"
"""
    rule = read_rule(text)
    assert rule_text(rule).splitlines()[3] == "  when cart.subtotal > 5 && has(note)"
    assert rule_text(rule).splitlines()[5] == "    percent: cart.subtotal > 100 ? 10 : 5"


def test_facts_may_be_named_as_clauses_are():
    text = 'rule "A"\n  id "a"\n  version 1\n  when order == 5\n    && then.group in [when]\n'
    assert rule_text(read_rule(text)).splitlines()[3] == "  when order == 5 && then.group in [when]"


HEAD = 'rule "A"\n  id "a"\n  version 1\n'
MISTAKES = [
    ("", "begins with", 1, 1),
    ("  when true", "begins with", 1, 3),
    ('rule "A"\nrule "B"', "one such line", 2, 1),
    ("rule A", "takes a string", 1, 6),
    ('rule "A', "no closing", 1, 6),
    (HEAD, "has no when", 1, 1),
    ('rule "A"\n  when true\n  version 1', "has no id", 1, 1),
    (HEAD + "  whenever true", "no clause 'whenever'", 4, 3),
    (HEAD + "  version 1\n  when true", "version is said twice", 4, 3),
    (HEAD + "  priority high\n  when true", "takes an int", 4, 12),
    (HEAD + "  priority 9223372036854775808\n  when true", "at most 64 bits", 4, 12),
    (HEAD + "  stop now\n  when true", "stands alone", 4, 8),
    (HEAD + "  stacking maybe\n  when true", "one of normal, never, always", 4, 12),
    (HEAD + "  when cart.x >\n    && true", "expected a value", 5, 5),
    (HEAD + "  when true\n  then 5", "takes an effect", 5, 8),
    (HEAD + "  when true\n  then discount of all", "takes an effect", 5, 8),
    (HEAD + "  when true\n  then discount\n    percent 5", "name: expression", 6, 5),
    (HEAD + "  when true\n  then discount\n    percent: 5 +", "expected a value", 6, 17),
    (HEAD + "  when true\n  then discount\n    a: 5\n    a: 6", "said twice", 7, 5),
    (HEAD + "  when true\n   then discount", "two spaces", 5, 4),
    (HEAD + "  when true\n  cap\n    percents: 5", "no percents", 6, 5),
    (HEAD + "  when true\n  cap\n    of: 5", "an amount or a percent", 5, 3),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message", "line", "column"), MISTAKES)
def test_a_mistake_is_shown_where_it_stands_in_the_whole_text(text, message, line, column):
    with pytest.raises(ExpressionError, match=message) as mistake:
        read_rule(text)
    assert (mistake.value.line, mistake.value.column) == (line, column)


def test_what_no_text_can_hold_is_refused():
    with pytest.raises(DefinitionError, match="shorten"):
        rule_text(RuleSource(id="a", version=1, name="x" * 2001, condition="true"))
    with pytest.raises(DefinitionError, match="effect"):
        rule_text(RuleSource("a", 1, "A", "true", (EffectSource("a b"),)))


@pytest.mark.parametrize("which", ["version", "priority", "order"])
@pytest.mark.parametrize("number", [10**20, 2**63, -(2**63) - 1])
def test_a_number_that_no_text_could_give_back_is_refused(which, number):
    """A rule's document, its text and the rule itself refuse it alike."""
    rule = RuleSource(**{"id": "a", "version": 1, "name": "A", "condition": "true", which: number})
    for refusing in (rule_text, lambda it: RuleSource.from_json(it.to_json())):
        with pytest.raises(DefinitionError, match="at most 64 bits"):
            refusing(rule)
    with pytest.raises(DefinitionError, match="at most 64 bits"):
        compile_rule(rule, SCHEMA, EFFECTS)


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
texts = st.one_of(expressions("decimal", 1), st.sampled_from(["5", "5.00", "'a\\nb'", "x ? y : z"]))
effects = st.builds(
    EffectSource,
    st.sampled_from(["discount", "gift"]),
    st.dictionaries(st.sampled_from(["percent", "sku", "of"]), texts),
    st.sampled_from(["initial", "remaining"]),
)
caps = st.one_of(
    st.none(),
    st.builds(CapSource, amount=texts),
    st.builds(CapSource, percent=texts, of=st.none() | texts, taken=st.none() | texts),
)
rules = st.builds(
    RuleSource,
    id=words.filter(bool),
    version=st.integers(0, 9),
    name=words,
    condition=expressions(),
    effects=st.lists(effects, max_size=3).map(tuple),
    reason=words,
    priority=st.integers(-(2**63), 2**63 - 1),
    order=st.integers(-5, 5),
    group=st.none() | words,
    stop=st.booleans(),
    lane=st.none() | words,
    stacking=st.sampled_from(["normal", "never", "always"]),
    cap=caps,
    budget=st.none() | words,
)


@settings(max_examples=150, deadline=None)
@given(rules)
def test_any_rule_reads_back_as_itself(rule):
    text = rule_text(rule)
    again = read_rule(text)
    assert again.content_hash == rule.content_hash
    assert (again.id, again.version) == (rule.id, rule.version)
    assert rule_text(again) == text
    assert RuleSource.from_json(again.to_json()) == again


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(), st.lists(st.sampled_from(TEXT.splitlines())).map("\n".join)))
def test_no_text_makes_it_raise_anything_else(text):
    with suppress(ExpressionError):
        read_rule(text)
