"""One row, one fact about the language: the expression, what it gives, ERROR where it gives none."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from contexts.calculation.engine import check_expression
from contexts.calculation.engine.errors import FAULTS, EvaluationError
from contexts.calculation.engine.python import compile_block, compile_outcomes, compile_values
from contexts.calculation.engine.units import Steps
from tests.unit.contexts.calculation.engine.shop import GOLD, GUEST, SCHEMA

ERROR = "error"

CONDITIONS = [
    # literals and exact numbers
    ("0.1 + 0.2 == 0.3", True),
    ("12.50 == 12.5", True),
    ("1 == 1.0", True),
    ("0x1F == 31", True),
    (".5 + 1e2 == 100.5", True),
    ("1.0 / 3.0 * 3.0 == 1.0", False),
    ("7 / 2 == 3 && -7 / 2 == -3 && 7 % -3 == 1 && -7 % 3 == -1", True),
    ("decimal(7) / 2 == 3.5", True),
    ("true ? false : true", False),
    (r'"a\tb" == "a	b" && "\u00e9" == "é" && r"\d" == "\\d" && "\x41\101" == "AA"', True),
    ("'''a\nb''' == \"a\\nb\"", True),
    # precedence and association
    ("1 + 2 * 3 == 7 && (1 + 2) * 3 == 9 && 10 - 4 - 3 == 3", True),
    ("true || true && false", True),
    ("false ? true : false ? false : true", True),
    ("-2 * -3 == 6 && - -2 == 2", True),
    # errors as values
    ("false && 1 / 0 == 1", False),
    ("1 / 0 == 1 && false", False),
    ("true || 1 / 0 == 1", True),
    ("1 / 0 == 1 || true", True),
    ("true && 1 / 0 == 1", ERROR),
    ("1 / 0 == 1 || false", ERROR),
    ("!(1 / 0 == 1)", ERROR),
    ("(1 / 0 == 1 && false) == false", True),
    ("1 / 0 == 1 ? true : true", ERROR),
    ("[1, 0].exists(n, 1 / n == 1)", True),
    ("[0, 1].exists(n, 1 / n == 1)", True),
    ("[0, 2].exists(n, 1 / n == 1)", ERROR),
    ("[0, 2].all(n, 1 / n == 1)", False),
    ("[0, 1].all(n, 1 / n == 1)", ERROR),
    ("[0, 1].exists_one(n, 1 / n == 1)", ERROR),
    # numbers and times that are read
    ("int('0000000000000000000001') == 1", True),
    ("int('00000000009223372036854775808') > 0", ERROR),
    ("timestamp('2025-01-01T00:00:00+14:59') < timestamp('2025-01-01T00:00:00Z')", True),
    # bounds
    ("9223372036854775807 + 1 > 0", ERROR),
    ("-9223372036854775808 - 1 < 0", ERROR),
    ("-(-9223372036854775808) > 0", ERROR),
    ("9223372036854775807 * 2 > 0", ERROR),
    ("1e37 * 1e37 * 1e37 > 0", ERROR),
    ("1e37 * 1e37 + 1e-37 > 0", ERROR),  # exact, it would have 112 digits
    ("1e37 * 1e37 + 1e-20 > 1e37 * 1e37", True),
    ("1 % 0 == 0", ERROR),
    ("cart.subtotal / 0.0 > 1", ERROR),
    ("int(9223372036854775807.0 + 1.0) > 0", ERROR),
    # facts
    ('customer.tier == "gold" && cart.subtotal >= 82', True),
    ("customer.age > 18", ERROR),
    ("customer.age != 18", ERROR),
    ("!(customer.age == 18)", ERROR),
    ("!(cart.subtotal < 82) && !(cart.subtotal > 82.0) && !(cart.subtotal <= 81)", True),
    ("!(cart.subtotal >= 82) || !(cart.subtotal != 82)", True),
    ("customer.vip", ERROR),
    ("customer.vip || true", True),
    ("has(customer.age)", False),
    ("has(customer.tier) && has(customer) && has(customer.attributes.none)", True),
    ("has(customer.attributes.nope)", False),
    ('"vip" in customer.tags && !("late" in customer.tags)', True),
    ('"a" in customer.scores && customer.scores.a == 1 && customer.scores["a"] < 2', True),
    ("customer.scores.b == 1", ERROR),
    ('customer.attributes.team == "red" && customer.attributes.level == 3', True),
    ("customer.attributes.level > 2.5 && customer.attributes.ratio == 0.5", True),
    ("customer.attributes.team > 2", ERROR),
    ('customer.attributes.team == 2 || customer.attributes.level == "3"', False),
    ('customer.attributes.none == null && customer.attributes.none != "x"', True),
    ('customer.attributes.nope != "x"', ERROR),
    ("customer.attributes.level + 1 == 4 && customer.attributes.level in [3]", True),
    ("lines[0].quantity == 2 && lines[1].sku == 'h1'", True),
    ("lines[2].quantity == 2", ERROR),
    ("lines[1].category == 'x'", ERROR),
    # macros and lists
    ('lines.exists(l, l.category == "shoes" && l.quantity >= 2)', True),
    ('lines.all(l, l.category == "shoes")', ERROR),
    ("lines.all(l, l.quantity > 0) && lines.exists_one(l, l.quantity == 1)", True),
    ("lines.map(l, l.quantity) == [2, 1]", True),
    ("lines.map(l, l.quantity > 1, l.sku) == ['s1']", True),
    ("lines.filter(l, l.quantity > 1).size() == 1", True),
    ("sum(lines.map(l, l.unit_price * l.quantity)) == cart.subtotal", True),
    ("customer.scores.all(k, customer.scores[k] > 0)", True),
    ("lines.exists(l, lines.exists(m, m.sku != l.sku && m.quantity < l.quantity))", True),
    ("[1, 2] + [3] == [1, 2, 3] && size({'a': 1}) == 1 && {'a': 1}.a == 1", True),
    ("[].all(x, false) && ![].exists(x, true)", True),
    # functions
    ("'Grün'.startsWith('Gr') && 'abc'.endsWith('') && 'abc'.contains('b')", True),
    ("'a1b2'.matches('[a-z][0-9]') && !matches('x', '^[0-9]+$')", True),
    ("'ÀBc'.lowerAscii() == 'Àbc' && 'ab'.upperAscii() == 'AB' && ' a '.trim() == 'a'", True),
    ("size('héé') == 3 && 'ab'.size() == 2", True),
    ("int('42') == 42 && int(3.99) == 3 && int(-3.99) == -3 && decimal('1.50') == 1.5", True),
    ("int('4x') == 4", ERROR),
    ("decimal('1e5') > 0", ERROR),
    ("string(12.50) == '12.5' && string(true) == 'true' && string(-3) == '-3'", True),
    ("bool('true') && !bool('false')", True),
    ("round(2.345, 2) == 2.35 && round(-2.5) == -3 && round(1250, -2) == 1300", True),
    ("floor(-1.5) == -2 && ceil(1.2) == 2 && abs(-3.5) == 3.5 && abs(-3) == 3", True),
    ("min(1, 2.5) == 1 && max(1, 2, 3) == 3 && min([3, 2]) == 2 && sum([1, 2.5]) == 3.5", True),
    ("max(lines.filter(l, false).map(l, l.quantity)) == 0", ERROR),
    # times: 22:30 on Monday the 31st of March 2025 in UTC is Tuesday, the 1st of April, in Berlin
    ("at.getFullYear() == 2025 && at.getMonth() == 2 && at.getDate() == 31", True),
    ("at.getDayOfWeek() == 1 && at.getDayOfMonth() == 30 && at.getDayOfYear() == 89", True),
    ("at.getHours() == 22 && at.getMinutes() == 30 && at.getSeconds() == 15", True),
    ("at.getMilliseconds() == 250", True),
    ("at.getHours('Europe/Berlin') == 0 && at.getMonth('Europe/Berlin') == 3", True),
    ("at.getHours('-02:30') == 20 && at.getMinutes('-02:30') == 0", True),
    ("at >= timestamp('2025-03-31T00:00:00+02:00')", True),
    ("at - timestamp('2025-03-31T22:00:15.25Z') == duration('30m')", True),
    ("at + duration('1h30m') > at && duration('90s').getMinutes() == 1", True),
    ("duration('1.5s').getMilliseconds() == 500 && duration('-90s').getSeconds() == -90", True),
    ("string(duration('1m30s')) == '90s' && int(timestamp('1970-01-02T00:00:00Z')) == 86400", True),
    ("timestamp('9999-12-31T23:59:59Z') + duration('48h') > at", ERROR),
]

GUEST_CONDITIONS = [
    ("has(customer)", False),
    ("has(customer.tier) || has(customer.attributes.team)", False),
    ('customer.tier == "gold"', ERROR),
    ("customer.tier == note", ERROR),
    ("customer.tier != note", ERROR),
    ('customer.tier != "gold"', ERROR),
    ('!(customer.country in ["DE"])', ERROR),
    ('"vip" in customer.tags', ERROR),
    ("!has(customer) || customer.country == 'DE'", True),
    ('customer.attributes.team != "red"', ERROR),
    ("customer.tags.exists(t, true)", ERROR),
    ("!customer.tags.all(t, true)", ERROR),
]

VALUES = [
    ("cart.subtotal * 0.1", "decimal", Decimal("8.2")),
    ("size(lines) * 5", "decimal", Decimal(10)),
    ("12.50", "decimal", Decimal("12.5")),
    ("size(lines)", "int", 2),
    ('customer.tier + "-" + string(2)', "string", "gold-2"),
    ("customer.attributes.team", "string", "red"),
    ("customer.attributes.level", "string", ERROR),
    ("customer.attributes.level", "decimal", Decimal(3)),
    ("lines.map(l, l.sku)", "list(string)", ["s1", "h1"]),
    ("has(customer) && true", "bool", True),
    ("customer.age > 3", "bool", ERROR),
    ("at + duration('1h')", "timestamp", datetime(2025, 3, 31, 23, 30, 15, 250_000, tzinfo=UTC)),
    ("duration('1h')", "duration", timedelta(hours=1)),
    ("has(customer.age) ? customer.age : 18", "int", 18),
    ("1.0 / 3.0", "decimal", Decimal("0." + "3" * 34)),
]


def outcomes(source, facts):
    """Return what a condition is when it is decided alone, and whether it matches in a block."""
    tree = check_expression(source, SCHEMA).tree
    alone = compile_outcomes([tree])[0](facts, Steps())
    hits = []
    compile_block([(0, tree)])(facts, Steps(), hits.append)
    return (ERROR if isinstance(alone, EvaluationError) else alone), bool(hits)


@pytest.mark.parametrize(("source", "expected"), CONDITIONS)
def test_a_condition(source, expected):
    assert outcomes(source, GOLD) == (expected, expected is True)


@pytest.mark.parametrize(("source", "expected"), GUEST_CONDITIONS)
def test_a_condition_about_a_guest(source, expected):
    assert outcomes(source, GUEST) == (expected, expected is True)


@pytest.mark.parametrize(("source", "kind", "expected"), VALUES)
def test_a_value(source, kind, expected):
    checked = check_expression(source, SCHEMA, kind)
    try:
        found = compile_values([(checked.tree, checked.type)])[0](GOLD, Steps())
    except FAULTS:
        found = ERROR
    assert (found, type(found)) == (expected, type(expected))
