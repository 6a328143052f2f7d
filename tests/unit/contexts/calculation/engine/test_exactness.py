"""Numbers keep all their digits, whatever the thread's decimal context, and types do not depend on an order."""

from datetime import timedelta
from decimal import Decimal, localcontext

import pytest

from contexts.calculation.engine import ExpressionError, Schema, check_expression, facts_hash
from contexts.calculation.engine.canonical import canonical
from contexts.calculation.engine.functions import to_duration, to_string
from contexts.calculation.engine.parser import parse
from contexts.calculation.engine.python import compile_outcomes
from contexts.calculation.engine.sql import NotInSql, to_sql
from contexts.calculation.engine.units import Steps
from tests.unit.contexts.calculation.engine.columns import rows_where, table_of
from tests.unit.contexts.calculation.engine.shop import GOLD, SCHEMA

LONG = "1.2345678901234567890123456789012345678"
LOOSE = Schema(
    records={"c": {"attrs": "dyn?", "entries": "map(dyn, dyn)?"}, "line": {"sku": "string"}},
    variables={"c": "c", "lines": "list(line)"},
)


@pytest.mark.parametrize("digits", [3, 28, 60])
@pytest.mark.parametrize("sign", ["", "-"])
def test_a_literal_has_the_digits_that_are_written(digits, sign):
    with localcontext() as context:
        context.prec = digits
        assert canonical(parse(sign + LONG)) == sign + LONG


def test_a_duration_is_exact_in_any_context():
    with localcontext() as context:
        context.prec = 3
        assert to_string(timedelta(seconds=12345, microseconds=678901)) == "12345.678901s"
        assert to_duration("3h25m45.678901s") == timedelta(seconds=12345, microseconds=678901)


@pytest.mark.parametrize(
    ("source", "subtotal"),
    [
        ("cart.subtotal >= 12345.67890100000000000000000000001", "12345.678901"),
        ("cart.subtotal < 12345.67890100000000000000000000001", "12345.678901"),
        ("cart.subtotal in [12345.67890100000000000000000000001]", "12345.678901"),
        ("cart.subtotal < 99999999999999.999999001", "99999999999999.999999"),
    ],
)
def test_a_constant_with_more_digits_than_a_fact_is_compared_exactly_in_sql_or_refused(
    source, subtotal
):
    facts = {**GOLD, "cart": {**GOLD["cart"], "subtotal": Decimal(subtotal)}}
    tree = check_expression(source, SCHEMA).tree
    online = compile_outcomes([tree])[0](facts, Steps()) is True
    try:
        sql = to_sql(tree)
    except NotInSql:
        return
    assert rows_where(sql, table_of([facts], SCHEMA)) == [online]


@pytest.mark.parametrize(
    "source",
    [
        "cart.subtotal != 1e-30",
        "cart.subtotal < 1234567890123456789012345678901234567.0",
        "customer.age > 0.00000000000000000000000000001",
        "cart.subtotal in [1e-30]",
    ],
)
def test_numbers_too_wide_for_one_type_are_refused_and_do_not_stop_a_query(source):
    tree = check_expression(source, SCHEMA).tree
    try:
        sql = to_sql(tree)
    except NotInSql:
        return
    assert rows_where(sql, table_of([GOLD], SCHEMA)) == [
        compile_outcomes([tree])[0](GOLD, Steps()) is True
    ]


@pytest.mark.parametrize(
    "source",
    [
        "lines.map(l, l.category).exists(x, x == 'shoes')",
        "'shoes' in lines.map(l, l.category)",
        "size(lines.map(l, l.category)) == 2",
        "size(lines.map(l, l.quantity > 0, l.category)) == 2",
    ],
)
def test_a_list_with_an_item_that_is_an_error_is_refused_in_sql(source):
    """Online the whole list is an error; a database would go on with a NULL in it."""
    tree = check_expression(source, SCHEMA).tree
    assert compile_outcomes([tree])[0](GOLD, Steps()) is not True
    with pytest.raises(NotInSql, match="may be an error"):
        to_sql(tree)


@pytest.mark.parametrize(
    ("source", "attribute", "wanted"),
    [
        ("[c.attrs, 2].exists(i, i == 1)", True, False),
        ("[1, c.attrs].exists(i, i == true)", True, True),
        ("(has(c.attrs) ? c.attrs : 2) == 1", True, False),
        ("(has(c.attrs) ? c.attrs : 2) / 2 == 3", Decimal("7.5"), False),
        ("(!has(c.attrs) ? 2 : c.attrs) / 2 == 3", Decimal("7.5"), False),
    ],
)
def test_what_is_free_stays_free_in_whatever_order_it_is_written(source, attribute, wanted):
    tree = check_expression(source, LOOSE).tree
    assert (compile_outcomes([tree])[0]({"c": {"attrs": attribute}}, Steps()) is True) is wanted


@pytest.mark.parametrize(
    ("source", "wanted"),
    [
        ("true in c.entries", False),
        ("1 in c.entries", True),
        ("c.entries[true] == 2", False),
        ("c.entries[1] == 2", True),
        ("false in c.entries", True),
        ("0 in c.entries", False),
    ],
)
def test_one_and_true_are_two_keys(source, wanted):
    tree = check_expression(source, LOOSE).tree
    found = compile_outcomes([tree])[0]({"c": {"entries": {1: 2, False: 3}}}, Steps()) is True
    assert found is wanted


@pytest.mark.parametrize("source", ["lines == lines", "[lines[0]] != lines", "lines[0] in lines"])
def test_records_are_not_compared_whole_in_lists_either(source):
    with pytest.raises(ExpressionError, match="fields of line"):
        check_expression(source, LOOSE)
    assert check_expression("lines == []", LOOSE)


def test_facts_that_a_rule_may_tell_apart_do_not_hash_alike():
    """An int divides as an int: 7 / 2 is 3, and 7.0 / 2 is 3.5."""
    assert facts_hash({"n": 7}) != facts_hash({"n": Decimal("7.0")})
    assert facts_hash({"n": Decimal(7)}) == facts_hash({"n": Decimal("7.00")})
    assert facts_hash({"n": 1}) != facts_hash({"n": True})


def test_a_long_chain_is_one_node_read_in_one_go():
    tree = parse("||".join(["b"] * 3300))
    assert len(tree.operands) == 3300
    assert tree.depth == 2


@pytest.mark.parametrize(
    ("expression", "holds"),
    [
        ("sum([max(12.5, 9223372036854775807), max(12.5, 9223372036854775807)]) > 18446744073709551613.0", True),
        ("sum(lines.map(it, max(12.5, 9223372036854775807))) > 2.0", True),
        ("abs(min(12.5, -9223372036854775808)) == 9223372036854775808.0", True),
        ("-min(12.5, -9223372036854775808) == 9223372036854775808.0", True),
    ],
)  # fmt: skip
def test_an_int_that_stands_for_a_decimal_has_a_decimals_room(expression, holds):
    """`max(12.5, 9223372036854775807)` is a decimal, whichever of the two it is: what follows does not overflow."""
    checked = check_expression(expression, SCHEMA)
    (decide,) = compile_outcomes([checked.tree])
    facts = {**GOLD, "lines": [{"sku": "a"}, {"sku": "b"}]}
    assert decide(facts, Steps()) is holds
