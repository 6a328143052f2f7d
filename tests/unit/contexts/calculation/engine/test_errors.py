"""What is wrong with an expression is said when it is written, with the place and a way out."""

import pytest

from contexts.calculation.engine import (
    DefinitionError,
    EffectSource,
    ExpressionError,
    Schema,
    check_expression,
)
from tests.unit.contexts.calculation.engine.shop import SCHEMA, rule

ROWS = [
    # source, message, column, suggestion
    ('customer.teir == "gold"', "unknown fact customer.teir", 10, "customer.tier"),
    ("subtotal > 1", "unknown fact subtotal", 1, "cart.subtotal"),
    ("crat.subtotal > 1", "unknown fact crat", 1, "cart"),
    ("xyzzy", "unknown fact xyzzy", 1, None),
    ("lines.all(l, l.qauntity > 1)", "unknown fact l.qauntity", 16, "l.quantity"),
    ("cart.currency > 3.5", "cannot compare string with decimal", 1, None),
    ("cart.currency == 3.5", "cannot compare string with decimal", 1, None),
    ("1 < 2 < 3", "cannot compare bool with int", 1, None),
    ("cart.currency + 1 == 2", "cannot compute string + int", 1, None),
    ("1.5 % 2 == 0", "cannot compute decimal % int", 1, None),
    ("-cart.currency == ''", "cannot negate string", 1, None),
    ("customer.tier == null", "customer.tier is missing rather than null", 1, "!has(customer.tier)"),
    ("cart == cart", "compare the fields of cart, not the whole", 1, None),
    ("cart.subtotal", "expected bool, found decimal", 1, None),
    ("cart.subtotal && true", "`&&` takes a bool, found decimal", 1, None),
    ("!cart.subtotal", "`!` takes a bool, found decimal", 2, None),
    ("1 ? true : false", "`? :` takes a bool, found int", 1, None),
    ("(true ? 1 : 'a') == 1", "both values of `? :` have one type, found int and string", 2, None),
    ("szie(lines) > 1", "unknown function szie", 1, "size()"),
    ("size(1) > 1", "no function size(int)", 1, None),
    ("trim(note) == ''", "trim is a method", 1, "note.trim()"),
    ("cart.subtotal.round() > 1", "round is a function", 1, "round(cart.subtotal)"),
    ("'a' in cart.currency", "`in` takes a list or a map, found string", 8, 'cart.currency.contains("a")'),
    ("1 in customer.tags", "list(string) cannot hold int", 1, None),
    ("lines[1.5].sku == ''", "an entry of list(line) is found by int, not by decimal", 7, None),
    ("lines.sku == ''", "list(line) has no field sku", 7, "lines.exists(item, item.sku …)"),
    ("cart.all(c, true)", "all() goes over a list or a map, found cart", 1, None),
    ("lines.all(cart, true)", "cart already names a fact: choose another name", 1, None),
    ("lines.all(1, true)", "all() takes a variable and an expression", 7, "all(item, …)"),
    ("has(1)", "has() takes a fact such as customer.tier", 5, None),
    ("note.matches('(a')", '"(a" is not a pattern of RE2: missing ): (a', 1, None),
    ("note.matches('(?=a)')", '"(?=a)" is not a pattern of RE2: invalid perl operator: (?=', 1, None),
    ("at > timestamp('2025-02-30T00:00:00Z')", "'2025-02-30T00:00:00Z' is not a date that exists", 6, None),
    ("at > timestamp('2025-02-03T00:00:00+14:60')",
     "'2025-02-03T00:00:00+14:60' is not a timestamp such as 2025-03-01T00:00:00Z", 6, None),
    ("at > timestamp('2025-02-03')", "'2025-02-03' is not a timestamp such as 2025-03-01T00:00:00Z", 6, None),
    ("at - at > duration('1 day')", "'1 day' is not a duration such as 1h30m or 90s", 11, None),
    ("at.getHours('Mars/Base') > 1", "'Mars/Base' is not a time zone such as Europe/Berlin or +02:00", 1, None),
    ("at.getHours(cart.currency) > 1", "a time zone is written as a literal", 1, None),
    ("round(1.5, 99) > 1", "round() takes from -9 to 18 digits", 1, None),
    ("{'a': 1, 'a': 2}.a == 1", "a map has each key once", 1, None),
    ("{1: 1, 'a': 2}.a == 1", "a map's keys are all strings, all ints or all bools", 1, None),
    ("a = b", "unexpected character '='", 3, "=="),
    ("true and false", "expected the end of the expression, found 'and'", 6, "&&"),
    ("true &&", "expected a value, found the end", 8, None),
    ("(true", "expected ')', found the end", 6, None),
    ("'abc", "this string has no closing '", 1, None),
    (r"note == '\q'", "unknown escape '\\\\q': write \\\\ for a backslash", 10, None),
    (r"note == '\ud800'", "a string holds whole characters, not halves of a surrogate pair", 9, None),
    ("b'x' == b'x'", "bytes are not supported", 1, None),
    ("5u == 5u", "'5u' is not a number", 1, None),
    ("9223372036854775808 > 1", "an int has at most 64 bits", 1, None),
    ("for == 1", "'for' is a reserved word", 1, None),
    ("", "expected a value, found the end", 1, None),
]  # fmt: skip


@pytest.mark.parametrize(("source", "message", "column", "suggestion"), ROWS)
def test_an_error_says_what_is_wrong_and_where(source, message, column, suggestion):
    with pytest.raises(ExpressionError) as caught:
        check_expression(source, SCHEMA)
    error = caught.value
    assert (error.message, error.column, error.suggestion) == (message, column, suggestion)


class TestRendering:
    def test_the_caret_stands_under_the_misspelt_name(self):
        with pytest.raises(ExpressionError) as caught:
            check_expression('cart.subtotal > 1 &&\n  customer.teir == "gold"', SCHEMA)
        assert caught.value.render().splitlines() == [
            "unknown fact customer.teir: did you mean customer.tier?",
            "  --> line 2, column 12",
            '   |   customer.teir == "gold"',
            "   |            ^^^^",
        ]

    def test_a_long_line_is_cut_around_the_place(self):
        with pytest.raises(ExpressionError) as caught:
            check_expression("true && " * 60 + "nope", SCHEMA)
        _, _, line, caret = caught.value.render().splitlines()
        assert len(line) <= 110
        assert line[caret.index("^") :].startswith("nope")


class TestRuleErrors:
    def test_it_names_the_parameter_whose_expression_is_wrong(self):
        with pytest.raises(ExpressionError) as caught:
            rule("a", percent="cart.subtotl")
        assert caught.value.where == "effects[0].percent"

    def test_a_parameter_has_its_declared_type(self):
        with pytest.raises(ExpressionError, match="expected decimal, found string"):
            rule("a", percent='"ten"')

    @pytest.mark.parametrize(
        ("effect", "message"),
        [
            (EffectSource("rebate", {}), "no effect 'rebate', use discount, gift"),
            (
                EffectSource("discount", {"percnt": "1"}),
                "no parameter 'percnt', use label, percent",
            ),
            (EffectSource("discount", {}), "needs the parameter 'percent'"),
        ],
    )
    def test_an_effect_is_one_that_the_decision_point_knows(self, effect, message):
        with pytest.raises(DefinitionError, match=message):
            rule("a", effects=(effect,))

    @pytest.mark.parametrize(
        "notation",
        ["strin", "list(string", "list(string?)", "map(string)", "map(cart, int)", "int)"],
    )
    def test_a_schema_takes_no_type_that_is_none(self, notation):
        with pytest.raises(DefinitionError):
            Schema(records={"cart": {"subtotal": "decimal"}}, variables={"x": notation})

    def test_a_schema_takes_no_name_that_no_expression_can_write(self):
        with pytest.raises(DefinitionError, match="cannot name a field"):
            Schema(records={"cart": {"sub-total": "decimal"}}, variables={})
