"""The same condition in Python and in SQL: the same rows, whatever is missing or wrong."""

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from contexts.calculation.engine import check_expression
from contexts.calculation.engine.python import compile_outcomes
from contexts.calculation.engine.sql import DIALECTS, NotInSql, to_sql
from contexts.calculation.engine.units import Steps
from tests.unit.contexts.calculation.engine.columns import rows_where, table_of
from tests.unit.contexts.calculation.engine.expressions import expressions, facts
from tests.unit.contexts.calculation.engine.shop import GOLD, GUEST, SCHEMA

SAID = [
    "true",
    'customer.tier == "gold"',
    'customer.tier != "gold"',
    '!(customer.tier == "gold")',
    "has(customer.tier)",
    "!has(customer)",
    "customer.vip",
    "!customer.vip",
    'customer.tier in ["gold", "silver"]',
    'cart.currency in ["USD"] || size(lines) == 2',
    '"vip" in customer.tags',
    '!("late" in customer.tags)',
    "cart.subtotal >= 82.00",
    "cart.subtotal * 0.1 == 8.2",
    "0.1 + 0.2 == 0.3",
    "customer.age > 3 || cart.subtotal < 100",
    "customer.age > 3 ? true : false",
    'lines.exists(l, l.category == "shoes" && l.quantity >= 2)',
    'lines.all(l, l.category != "hats")',
    '!lines.all(l, l.category == "shoes")',
    "sum(lines.filter(l, has(l.category)).map(l, l.quantity * l.unit_price)) == 60",
    "sum(lines.map(l, l.quantity)) == 3",
    "sum(lines.map(l, l.unit_price * 0.0000001)) == 0.0000052",
    "sum(lines.map(l, l.category == 'shoes', l.quantity)) == 2",
    "max(cart.subtotal, 90) == 90",
    "min(1, size(lines), 4) == 1",
    "abs(-3) == 3",
    "9223372036854775806 + 1 == 9223372036854775807",
    "9223372036854775807 - 1 == 9223372036854775805",
    "-9223372036854775808 + 1 == -9223372036854775807",
    "9223372036854775807 + 1 > 0 || cart.currency == 'EUR'",
    "9223372036854775807 * 9223372036854775807 > 0",
    "cart.currency.lowerAscii().startsWith('e')",
    "cart.currency.contains('U') && cart.currency.endsWith('R')",
    "cart.currency.matches('^E.R$')",
    'cart.currency + "!" == "EUR!"',
    "size(cart.currency) == 3",
    'at < timestamp("2025-04-01T00:00:00Z")',
    "at.getMonth() == 2 && at.getDayOfWeek() == 1",
    'at.getHours("Europe/Berlin") == 0 && at.getDayOfMonth("Europe/Berlin") == 0',
    "at.getFullYear() == 2025 && at.getDayOfYear() == 89",
]
REFUSED = {
    'customer.attributes.team == "red"': "free attribute",
    'customer.scores["a"] == 1': "entry of a map",
    "cart.subtotal / 3 > 1": "quotient",
    "7 % 2 == 1": "quotient",
    "lines.exists_one(l, l.quantity == 1)": "exists_one",
    "string(cart.subtotal) == '82'": "string()",
    "[1, 2] == [1, 2]": "list",
}


def matched(source: str, many: list[dict]) -> list[bool]:
    decide = compile_outcomes([check_expression(source, SCHEMA).tree])[0]
    return [decide(given_facts, Steps()) is True for given_facts in many]


@pytest.mark.parametrize("source", SAID)
def test_what_can_be_said_is_true_of_the_same_rows(source):
    sql = to_sql(check_expression(source, SCHEMA).tree)
    many = [GOLD, GUEST]
    assert rows_where(sql, table_of(many, SCHEMA)) == matched(source, many)


@pytest.mark.parametrize("source", REFUSED)
def test_what_cannot_be_said_is_refused_by_name(source):
    with pytest.raises(NotInSql, match=REFUSED[source].replace("(", r"\(").replace(")", r"\)")):
        to_sql(check_expression(source, SCHEMA).tree)


@settings(max_examples=100, deadline=None)
@given(expressions(), st.lists(facts, min_size=1, max_size=4))
def test_python_and_sql_agree_on_any_condition_and_facts(source, many):
    try:
        sql = to_sql(check_expression(source, SCHEMA).tree)
    except NotInSql as refusal:
        event(f"refused: {str(refusal)[:30]}")
        return
    event("said")
    assert rows_where(sql, table_of(many, SCHEMA)) == matched(source, many)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_dialect_gets_its_own_words(dialect):
    source = 'lines.exists(l, l.sku == "a") && size(lines) > 1 && customer.tier.startsWith("g")'
    said = to_sql(check_expression(source, SCHEMA).tree, dialect)
    words = {
        "duckdb": ("LIST_FILTER", "ARRAY_LENGTH", "STARTS_WITH"),
        "clickhouse": ("arrayFilter", "LENGTH", "startsWith"),
        "snowflake": ("FILTER", "ARRAY_SIZE", "STARTSWITH"),
    }[dialect]
    assert all(word in said for word in words)


def test_text_of_a_rule_stays_text():
    source = """cart.currency == "x' OR 'a'='a" || cart.currency == "\\\\' OR TRUE --" """
    sql = to_sql(check_expression(source, SCHEMA).tree)
    assert rows_where(sql, table_of([GOLD], SCHEMA)) == [False]
