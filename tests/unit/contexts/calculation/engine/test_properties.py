"""Whatever the expression and the facts: one meaning, one canonical text, one hash."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from contexts.calculation.engine import EvaluationError, check_expression, facts_hash
from contexts.calculation.engine.canonical import canonical, quoted
from contexts.calculation.engine.errors import FAULTS
from contexts.calculation.engine.parser import parse
from contexts.calculation.engine.python import compile_block, compile_outcomes, compile_values
from contexts.calculation.engine.units import Steps
from tests.unit.contexts.calculation.engine.expressions import expressions, facts
from tests.unit.contexts.calculation.engine.reference import Fault, evaluate, same
from tests.unit.contexts.calculation.engine.shop import SCHEMA, rule

TERMS = [
    "cart.subtotal >= 0",
    'cart.currency != "gold"',
    "!has(note)",
    "customer.age > 18",
    "has(customer)",
    "lines.exists(l, l.quantity > 0)",
    "lines.all(l, l.quantity < 3)",
    '(has(note) || cart.currency in ["", "red", "gold"])',
]


def reference(checked, given_facts):
    try:
        return evaluate(checked.tree, given_facts)
    except Fault:
        return Fault


class TestGeneratedCode:
    @settings(max_examples=200, deadline=None)
    @given(expressions(), facts)
    def test_a_condition_is_what_the_specification_says(self, source, given_facts):
        checked = check_expression(source, SCHEMA)
        expected = reference(checked, given_facts)
        found = compile_outcomes([checked.tree])[0](given_facts, Steps())
        assert (Fault if isinstance(found, EvaluationError) else found) is expected

    @settings(max_examples=150, deadline=None)
    @given(st.lists(expressions(), min_size=1, max_size=6), facts)
    def test_rules_in_one_block_match_exactly_when_each_is_true(self, sources, given_facts):
        checked = [check_expression(source, SCHEMA) for source in sources]
        hits = []
        block = compile_block([(number, one.tree) for number, one in enumerate(checked)])
        block(given_facts, Steps(), hits.append)
        expected = [n for n, one in enumerate(checked) if reference(one, given_facts) is True]
        assert sorted(hits) == expected

    @settings(max_examples=100, deadline=None)
    @given(st.lists(st.lists(st.sampled_from(TERMS), min_size=1), min_size=2, max_size=12), facts)
    def test_terms_that_rules_share_in_any_order_are_still_each_rules_own(self, rules, given_facts):
        checked = [check_expression(" && ".join(terms), SCHEMA) for terms in rules]
        hits = []
        block = compile_block([(number, one.tree) for number, one in enumerate(checked)])
        block(given_facts, Steps(), hits.append)
        expected = [n for n, one in enumerate(checked) if reference(one, given_facts) is True]
        assert sorted(hits) == expected

    @settings(max_examples=150, deadline=None)
    @given(st.data(), st.sampled_from(["int", "decimal", "string"]), facts)
    def test_a_value_is_what_the_specification_says(self, data, kind, given_facts):
        checked = check_expression(data.draw(expressions(kind)), SCHEMA, kind)
        expected = reference(checked, given_facts)
        try:
            found = compile_values([(checked.tree, checked.type)])[0](given_facts, Steps())
        except FAULTS:
            found = Fault
        assert found is expected or same(found, expected)


class TestCanonicalText:
    @settings(max_examples=150, deadline=None)
    @given(expressions())
    def test_it_reads_back_as_the_same_tree(self, source):
        tree = parse(source)
        text = canonical(tree)
        assert parse(text) == tree
        assert canonical(parse(text)) == text

    @given(expressions(depth=2))
    def test_spaces_comments_and_parentheses_do_not_change_a_rules_hash(self, source):
        spaced = f"(  {source} // as agreed\n )"
        assert rule("a", source).content_hash == rule("a", spaced).content_hash

    @given(
        st.text(max_size=40).filter(lambda text: not any(0xD800 <= ord(c) < 0xE000 for c in text))
    )
    def test_any_text_survives_as_a_literal(self, text):
        checked = check_expression(f"note == {quoted(text)}", SCHEMA)
        hits = []
        compile_block([(0, checked.tree)])({"note": text}, Steps(), hits.append)
        assert hits == [0]


class TestFactsHash:
    @given(facts)
    def test_the_order_of_keys_and_trailing_zeros_do_not_count(self, given_facts):
        assert facts_hash(respelt(given_facts)) == facts_hash(given_facts)

    @given(st.decimals(allow_nan=False, allow_infinity=False), st.decimals(-5, 5, places=2))
    def test_two_numbers_hash_alike_exactly_when_they_are_equal(self, one, other):
        assert (facts_hash({"n": one}) == facts_hash({"n": other})) is (one == other)


def respelt(value):
    """Return equal facts, written otherwise."""
    match value:
        case dict():
            return {key: respelt(value[key]) for key in reversed(value)}
        case list():
            return [respelt(item) for item in value]
        case Decimal():
            return Decimal(f"{value:f}" + ("000" if "." in f"{value:f}" else ".0"))
    return value
