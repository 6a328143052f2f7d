"""Declared attributes: typed where a tenant said what they are, free where not, and alike in Python, SQL and Z3."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contexts.calculation.engine import (
    DefinitionError,
    ExpressionError,
    RuleSource,
    Schema,
    check_expression,
    compile_rule,
    compile_set,
    explain,
    find_problems,
)
from contexts.calculation.engine.paths import attributes_read
from contexts.calculation.engine.proofs import facts_where, unreachable
from contexts.calculation.engine.python import compile_outcomes
from contexts.calculation.engine.sql import NotInSql, to_sql
from contexts.calculation.engine.units import Steps
from tests.unit.contexts.calculation.engine.columns import rows_where, table_of
from tests.unit.contexts.calculation.engine.shop import SCHEMA as FREE

DECLARED = {
    "loyalty_since": "timestamp?",
    "level": "int",
    "limit": "decimal?",
    "vip": "bool?",
    "clubs": "list(string)?",
}
SCHEMA = Schema(FREE.records, FREE.variables, {"customer.attributes": DECLARED})
SINCE = datetime(2019, 5, 1, tzinfo=UTC)
HELD = {
    "loyalty_since": SINCE,
    "level": 3,
    "limit": Decimal("12.50"),
    "clubs": ["wine"],
    "team": "red",
}


def with_attributes(**attributes):
    customer = {"country": "DE", "tags": [], "scores": {}, "attributes": attributes}
    cart = {"subtotal": Decimal(1), "currency": "EUR"}
    return {"customer": customer, "lines": [], "cart": cart, "at": SINCE}


def said(source, facts, schema=SCHEMA):
    outcome = compile_outcomes([check_expression(source, schema).tree])[0](facts, Steps())
    return outcome if isinstance(outcome, bool) else str(outcome)


def a_rule(rule_id, condition, schema=SCHEMA):
    return compile_rule(RuleSource(rule_id, 1, rule_id, condition), schema, ())


SEEN = [
    ('customer.attributes.loyalty_since < timestamp("2020-01-01T00:00:00Z")', True),
    ("customer.attributes.loyalty_since.getFullYear() == 2019", True),
    ("customer.attributes.level + 1 == 4", True),
    ('customer.attributes["level"] == 3', True),
    ("customer.attributes.limit * 2 == 25", True),
    ('"wine" in customer.attributes.clubs', True),
    ("has(customer.attributes.vip)", False),
    ("customer.attributes.vip", "customer.attributes.vip is missing"),
    ("[customer][0].attributes.level == 3", True),
    ("[customer][0].attributes.vip", "[customer][0].attributes.vip is missing"),
    ("has([customer][0].attributes.vip)", False),
    ('[customer][0].attributes["vip"]', '[customer][0].attributes["vip"] is missing'),
    ('customer.attributes.team == "red"', True),
    ('"team" in customer.attributes', True),
    ('customer.attributes.exists(name, name == "team")', True),
    ('customer.attributes["levels"] == 3', 'customer.attributes["levels"] is missing'),
]


@pytest.mark.parametrize(("source", "outcome"), SEEN)
def test_declared_ones_are_typed_and_the_rest_is_free(source, outcome):
    assert said(source, with_attributes(**HELD)) == outcome


def test_null_is_missing_where_a_type_is_declared():
    facts = with_attributes(vip=None)
    assert said("has(customer.attributes.vip)", facts) is False
    assert said("has([customer][0].attributes.vip)", facts) is False
    assert said("has(customer.attributes.vip)", facts, FREE) is True


REFUSED = [
    ("customer.attributes.loyalty_snce < at", "customer.attributes.loyalty_since"),
    ("customer.attributes.Level > 3", "customer.attributes.level"),
    ("has(customer.attributes.levels)", "customer.attributes.level"),
    ("loyalty_since < at", "customer.attributes.loyalty_since"),
    ('customer.attributes.level == "3"', None),
    ('customer.attributes["level"] > "2"', None),
    ("customer.attributes.clubs > 2", None),
]


@pytest.mark.parametrize(("source", "suggestion"), REFUSED)
def test_what_does_not_fit_the_declaration_is_refused_with_a_suggestion(source, suggestion):
    with pytest.raises(ExpressionError) as refusal:
        check_expression(source, SCHEMA)
    assert refusal.value.suggestion == suggestion


def test_a_misspelling_is_shown_in_its_place_with_the_way_to_mean_it():
    with pytest.raises(ExpressionError) as refusal:
        check_expression("customer.attributes.levels > 2", SCHEMA)
    message, _, shown, caret = refusal.value.render().split("\n")
    assert 'write customer.attributes["levels"]' in message
    assert message.endswith("did you mean customer.attributes.level?")
    assert caret.index("^") == shown.index("levels")


@pytest.mark.parametrize(
    "attributes",
    [
        {"customer.nothing": {"a": "int"}},
        {"customer.tier": {"a": "int"}},
        {"customer.scores": {"a": "int"}},
        {"nobody.attributes": {"a": "int"}},
        {"customer.attributes": {"a b": "int"}},
        {"customer.attributes": {"a": "dyn"}},
        {"customer.attributes": {"a": "map(string, int)"}},
        {"customer.attributes": {"a": "customer"}},
    ],
)
def test_a_declaration_that_nothing_could_hold_is_refused(attributes):
    with pytest.raises(DefinitionError):
        Schema(FREE.records, FREE.variables, attributes)


def test_what_a_rule_reads_of_them_is_known_wherever_it_stands():
    def read(source):
        return set(attributes_read(check_expression(source, SCHEMA).tree))

    assert read("[customer][0].attributes.level == 3") == {"customer.attributes.level"}
    assert read('customer.attributes["level"] == 3') == {"customer.attributes.level"}
    assert read('customer.attributes.team == "red"') == {"customer.attributes.team"}
    assert read('customer.tier == "red"') == set()


def test_facts_of_another_type_are_named():
    wrong = with_attributes(level="3", limit=1.5, clubs=[1], team=2)
    assert find_problems(wrong, SCHEMA) == [
        "customer.attributes.level is int, not string",
        "customer.attributes.limit is decimal, not float",
        "customer.attributes.clubs[0] is string, not int",
    ]
    assert find_problems(with_attributes(), SCHEMA) == ["customer.attributes.level is missing"]


def test_a_rule_hashes_as_it_did_before_its_attributes_were_declared():
    source = 'customer.attributes.level > 2 || customer.attributes.team == "red"'
    assert a_rule("a", source).content_hash == a_rule("a", source, FREE).content_hash


def test_they_are_found_by_key_explained_and_brought_nearer():
    rules = compile_set([a_rule(f"r{n}", f"customer.attributes.level == {n}") for n in range(300)])
    facts = with_attributes(**HELD)
    assert [it.rule_id for it in rules.decide(facts).matches] == ["r3"]
    (told,) = explain(compile_set([a_rule("a", "customer.attributes.limit >= 20")]), facts, "nearest")  # fmt: skip
    assert told.nearest.sentence == "7.50 more in customer.attributes.limit unlocks it"


CONDITIONS = [
    "customer.attributes.level > 2",
    'customer.attributes["level"] > 2',
    "customer.attributes.limit >= 10 && !(customer.attributes.level == 3)",
    "has(customer.attributes.vip) || customer.attributes.limit < 10",
    "!customer.attributes.vip",
    '"wine" in customer.attributes.clubs',
    'customer.attributes.loyalty_since < timestamp("2020-01-01T00:00:00Z")',
    "customer.attributes.clubs.exists(c, c.startsWith('w')) && customer.attributes.level != 1",
    "customer.attributes.loyalty_since.getFullYear() == 2019",
]
attributes = st.fixed_dictionaries(
    {"level": st.integers(-3, 5)},
    optional={
        "loyalty_since": st.sampled_from([SINCE, datetime(2021, 1, 1, tzinfo=UTC)]),
        "limit": st.decimals(0, 20, places=2),
        "vip": st.booleans(),
        "clubs": st.lists(st.sampled_from(["wine", "whisky", "tea"]), max_size=3),
        "team": st.just("red"),
    },
)


@settings(max_examples=30, deadline=None)
@given(st.lists(attributes, min_size=1, max_size=5))
def test_python_and_sql_agree_about_them(held):
    many = [with_attributes(**it) for it in held]
    many.append({**many[0], "customer": None})
    table = table_of(many, SCHEMA)
    for source in CONDITIONS:
        tree = check_expression(source, SCHEMA).tree
        decided = [said(source, facts) is True for facts in many]
        assert rows_where(to_sql(tree), table) == decided, source


def test_a_free_one_is_refused_by_name_in_sql_as_before():
    with pytest.raises(NotInSql, match="free attribute"):
        to_sql(check_expression('customer.attributes.team == "red"', SCHEMA).tree)


@pytest.mark.parametrize("source", CONDITIONS[:-1])
def test_z3_finds_facts_that_are_decided_for_real(source):
    found = facts_where(SCHEMA, hold=[check_expression(source, SCHEMA).tree])
    assert found.exists is True
    assert said(source, found.facts) is True


def test_z3_proves_what_cannot_be():
    tree = check_expression("customer.attributes.level > 5 && customer.attributes.level < 2", SCHEMA).tree  # fmt: skip
    assert unreachable(tree, SCHEMA).exists is False
