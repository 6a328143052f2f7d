"""A whole set in SQL: the rules that match and that may stay, row by row, as the engine decides them."""

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contexts.calculation.engine import compile_set
from contexts.calculation.engine.sqlscope import NotInSql
from contexts.calculation.engine.sqlsets import applying_sql, set_to_sql
from tests.unit.contexts.calculation.engine.columns import table_of
from tests.unit.contexts.calculation.engine.expressions import facts
from tests.unit.contexts.calculation.engine.shop import GOLD, GUEST, SCHEMA, rule
from tests.unit.contexts.calculation.engine.test_index import KEYED, conditions

ABOUT_ITEMS = [
    'lines.exists(l, l.sku == "{sku}" && l.quantity >= {n})',
    'lines.exists(l, l.category == "{sku}")',
    'sum(lines.filter(l, l.sku == "{sku}").map(l, l.quantity)) >= {n}',
    'sum(lines.filter(l, l.sku in ["{sku}", "h1"]).map(l, l.unit_price)) > {n}.5',
    'sum(lines.filter(l, l.category == "{sku}").map(l, l.quantity)) >= {n}',
    'sum(lines.map(l, l.sku == "{sku}", l.quantity)) >= {n}',
    'size(lines.filter(l, l.sku == "{sku}")) > 0',
    'lines.filter(l, l.sku == "{sku}").size() >= 1 && customer.tier == "gold"',
    'lines.exists(l, l.sku == "s1") && lines.exists(l, l.sku == "{sku}")',
    'lines.exists(l, l.sku == "s1") || lines.exists(l, l.sku == "{sku}")',
    '"{sku}" in customer.tags && cart.subtotal >= {n}',
    'customer.country == "DE" && sum(lines.map(l, l.quantity)) >= {n}',
]
SHOES = {**GOLD, "lines": [{**line, "category": "shoes"} for line in GOLD["lines"]]}
SAID = [it for it in KEYED if "attributes" not in it]
ITEMS = ["s1", "h1", "shoes", "vip", "it's"]


def decided(rules, many, *, resolved):
    """The places of the rules that match, or apply, for each of many facts, by SQL and by the engine."""
    sql = set_to_sql(rules)
    statement = applying_sql(rules, sql.matching) if resolved else sql.matching
    left_out = {rule_id for rule_id, _ in sql.left_out}
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        connection.register("given", table_of(many, SCHEMA))
        connection.execute(
            'CREATE TABLE facts AS SELECT row_number() OVER () - 1 "#row", * FROM given'
        )
        rows = connection.execute(statement).fetchall()
    found = [
        [sql.rules[place] for row, place in sorted(rows) if row == at] for at in range(len(many))
    ]
    online = []
    for one in many:
        decision = rules.decide(one)
        ids = {it.rule_id for it in decision.matches}
        ids |= set() if resolved else {it.rule_id for it in decision.set_aside}
        online.append([it.id for it in rules.rules if it.id in ids - left_out])
    return found, online, left_out


@pytest.mark.parametrize("source", ABOUT_ITEMS)
def test_rules_alike_are_asked_together_and_match_the_same_rows(source):
    rules = compile_set(
        rule(f"{sku}{n}", source.format(sku=sku, n=n)) for sku in ITEMS for n in (1, 2, 60)
    )
    found, online, left_out = decided(
        rules, [GOLD, GUEST, SHOES, {**GOLD, "lines": []}], resolved=False
    )
    assert found == online
    assert not left_out
    assert any(online)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(conditions, max_size=8),
    st.sampled_from(ABOUT_ITEMS),
    st.lists(facts, min_size=1, max_size=4),
)
def test_any_rules_match_the_same_rows(sources, alike, many):
    sources = [*sources, *(alike.format(sku=sku, n=n) for sku in ITEMS[:2] for n in (1, 2))]
    rules = compile_set(rule(f"r{n}", source) for n, source in enumerate(sources))
    found, online, _ = decided(rules, many, resolved=False)
    assert found == online


@pytest.mark.parametrize(
    "hit_policy", ["first", "priority", "collect", "rule order", "output order"]
)
def test_what_may_stay_stays(hit_policy):
    """Groups and stops in every order: of a group the first, behind a stop none."""
    sources = [(it, SAID[it % len(SAID)]) for it in range(60)] + [(60, "true")]
    rules = compile_set(
        (
            rule(
                f"r{n}", source, priority=n % 4, order=n % 7, group=[None, "a", "b"][n % 3],
                stop=n % 17 == 16,
            )
            for n, source in sources
        ),
        hit_policy,
    )  # fmt: skip
    found, online, left_out = decided(rules, [GOLD, GUEST], resolved=True)
    assert found == online
    assert all(online)
    assert not left_out


def test_a_rule_that_sql_cannot_say_is_left_out_by_name():
    rules = compile_set([rule("a"), rule("b", "cart.subtotal / 3 > 1")])
    assert set_to_sql(rules).left_out == (
        ("b", "a quotient, which databases round in their own ways"),
    )


def test_an_empty_set_matches_nothing():
    assert decided(compile_set([]), [GOLD], resolved=True) == ([[]], [[]], set())


def test_no_text_of_a_rule_becomes_sql():
    """Quotes and statements in constants stay constants, alone and in a table of them."""
    evil = "x'); DROP TABLE facts; --"
    for many in (1, 6):
        rules = compile_set(
            rule(f"r{n}", f'lines.exists(l, l.sku == "{evil}{n}") || customer.tier == "{evil}"')
            for n in range(many)
        )
        found, online, _ = decided(rules, [GOLD], resolved=True)
        assert found == online == [[]]


@pytest.mark.parametrize("policy", ["first", "collect"])
def test_effects_that_may_fail_are_not_resolved_in_sql(policy):
    """What cannot be computed takes no place from others, which only the facts can tell."""
    rules = compile_set(
        [rule("a", group="g", percent="customer.age / 3"), rule("b", group="g")], policy
    )
    with pytest.raises(NotInSql, match="Rule a"):
        applying_sql(rules, set_to_sql(rules).matching)
