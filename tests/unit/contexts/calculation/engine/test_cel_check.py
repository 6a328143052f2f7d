"""What CEL's static check refuses, where, and what it lets be; and what the grammar refuses before it."""

import pytest

from contexts.calculation.engine import ExpressionError, check_expression
from contexts.calculation.engine.cel import compile_cel
from contexts.calculation.engine.cel.checker import check_cel
from contexts.calculation.engine.cel.grammar import parse_cel
from tests.unit.contexts.calculation.engine.shop import SCHEMA

TYPES = {
    "i": "int",
    "s": "string",
    "l": "list(int)",
    "m": "map(string, list(string))",
    "at": "google.protobuf.Timestamp",
    "o": "optional_type(int)",
    "d": "dyn",
    "n": "null_type",
    "customer.tier": "string",
}

REFUSED = [
    # source, message, column
    ("customer.teir", "undeclared reference to 'customer.teir' (in container '')", 1),
    ("1 + nope", "undeclared reference to 'nope' (in container '')", 5),
    ("szie(l)", "undeclared reference to 'szie'", 1),
    ("s.nope()", "undeclared reference to 'nope'", 1),
    ("i + 1u", "no matching overload for '_+_' applied to '(int, uint)'", 1),
    ("i == 1u", "no matching overload for '_==_' applied to '(int, uint)'", 1),
    ("i == null", "no matching overload for '_==_' applied to '(int, null)'", 1),
    ("s < i", "no matching overload for '_<_' applied to '(string, int)'", 1),
    ("[1] < [2]", "no matching overload for '_<_' applied to '(list(int), list(int))'", 1),
    ("1.5 % 2.0", "no matching overload for '_%_' applied to '(double, double)'", 1),
    ("-(1u)", "no matching overload for '-_' applied to '(uint)'", 1),
    ("!i", "no matching overload for '!_' applied to '(int)'", 1),
    ("true && i", "`&&` takes bool, found int", 9),
    ("true ? 1 : 'a'", "no matching overload for '_?_:_' applied to '(bool, int, string)'", 1),
    ("'a' in l", "no matching overload for '_in_' applied to '(string, list(int))'", 1),
    ("l['a']", "no matching overload for '_[_]' applied to '(list(int), string)'", 1),
    ("m[1]", "no matching overload for '_[_]' applied to '(map(string, list(string)), int)'", 1),
    ("i.field", "type 'int' does not support field selection", 1),
    ("has(l.field)", "type 'list(int)' does not support field selection", 1),
    ("s.size(1)", "no matching overload for 'size' applied to '(string, int)'", 1),
    ("s.indexOf(1)", "no matching overload for 'indexOf' applied to '(string, int)'", 1),
    ("math.ceil(1)", "no matching overload for 'math.ceil' applied to '(int)'", 1),
    ("math.greatest('a')", "math.greatest() takes numbers, found (string)", 1),
    ("math.least()", "math.least() takes numbers, found ()", 1),
    ("l.all(x, x)", "all() takes bool, found int", 10),
    ("i.map(x, x)", "map() goes over a list or a map, found int", 1),
    ("l.map(x, x.size())", "no matching overload for 'size' applied to '(int)'", 10),
    ("m.all(k, v, v + k == '')", "no matching overload for '_+_' applied to '(list(string), string)'", 13),
    ("i.optMap(x, x)", "optMap() takes optional_type(dyn), found int", 1),
    ("[?i]", "`?` takes optional_type(dyn), found int", 3),
    ("o.orValue('a')", "no matching overload for 'orValue' applied to '(optional_type(int), string)'", 1),
    ("cel.bind(x, 1, x + 'a')", "no matching overload for '_+_' applied to '(int, string)'", 16),
    ("at + at", "no matching overload for '_+_' applied to '(timestamp, timestamp)'", 1),
    # the grammar
    ("T{a: 1}", "protobuf messages are not supported: T{…}", 1),
    ("for", "'for' is a reserved word", 1),
    (".for", "'for' is a reserved word", 2),
    ("m.in", "'in' is a reserved word", 3),
    ("l.all(x.y, true)", "a macro's variable is a simple name", 7),
    ("l.all(.x, true)", "a macro's variable is a simple name", 7),
    ("l.all(x, x, true)", "the two variables have two names", 10),
    ("has(l)", "has() takes a field such as a.b", 5),
    ("has(m.?a)", "has() takes a field such as a.b", 5),
    ("rb'a'", "rb is no prefix of a literal", 1),
    (r"b'\u0041'", r"unknown escape '\\u' in bytes", 3),
    (r"'\q'", r"unknown escape '\\q': write \\ for a backslash", 2),
    ("'a\rb'", "this string has no closing '", 1),
    ("5i", "'5i' is not a number", 1),
    ("1.5u", "'1.5u' is not a number", 1),
    ("1e400", "a double is at most 1.7976931348623157e308", 1),
    ("18446744073709551616u", "a uint has at most 64 bits", 1),
    ("9223372036854775808", "an int has at most 64 bits", 1),
    ("a.`b$`", "unexpected character '`'", 3),
    ("a ? b", "expected ':', found the end", 6),
    ("1 +", "expected a value, found the end", 4),
]  # fmt: skip

ACCEPTED = [
    "i == d && s == d && d + d == d && d.a.b[0].size() == 1",
    "[1, 'a', 2u] == [1.0] && {1: 'a', 'b': 2} == {}",
    "at == null && o == null && null == n",
    "i < 1u && i < 1.0 && 1.0 < 2u",
    "dyn(i) == 1u && [i, d][0] == 'a'",
    "[].map(x, x)[0].foo && [][0] == 1 && {}.a.b == 'c'",
    "[optional.none(), optional.of(1)] == [optional.of(d)]",
    "[optional.of(1), null][0].hasValue()",
    "(has({}.x) ? optional.of({}.x) : optional.none()).hasValue()",
    "optional.ofNonZeroValue('').or(optional.of({'c': 'd'}.c)).orValue('e') == ''",
    "m.?key.optMap(v, v.size()).orValue(0) == i && m.?a[?0].hasValue() && o.orValue(1) == 1",
    "m.all(k, v, v.all(e, e == k)) && l.exists(x, y, x == y) && m.transformMap(k, v, size(v)) == {'a': 1}",
    "math.greatest(1, 1.0) == 1 && math.greatest([i, 2.0]) == 2u && math.least(d)",
    "[[], [[]], [[[]]]] == [] && customer.tier == 'gold' && type(i) == int",
]


def refused(source):
    with pytest.raises(ExpressionError) as caught:
        compile_cel(source, TYPES)
    return caught.value


@pytest.mark.parametrize(("source", "message", "column"), REFUSED)
def test_what_cannot_be_right_is_refused_with_its_place(source, message, column):
    error = refused(source)
    assert (error.message, error.column) == (message, column)


@pytest.mark.parametrize("source", ACCEPTED)
def test_what_may_be_right_is_let_be(source):
    assert compile_cel(source, TYPES) is not None


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("[]", "list(dyn)"),
        ("[] + [3]", "list(int)"),
        ("[[], [[]], [[[]]]]", "list(list(list(list(dyn))))"),
        ("{'a': [1]}", "map(string, list(int))"),
        ("[1, 'a']", "list(dyn)"),
        ("[optional.of(1), optional.of(d)]", "list(optional_type(dyn))"),
        ("[optional.of(1), null][0]", "optional_type(int)"),
        ("m.?a.optMap(v, v[0])", "optional_type(string)"),
        ("m.transformMap(k, v, size(v))", "map(string, int)"),
        ("l.map(x, x > 1, string(x))", "list(string)"),
        ("math.greatest(1, 2.0)", "dyn"),
        ("math.greatest(1, 2)", "int"),
        ("at - at", "duration"),
        ("d + 1", "int"),
        ("optional.none().orValue('a')", "string"),
        ("true ? 1 : d", "int"),
        ("cel.bind(a, l, a[0])", "int"),
    ],
)
def test_the_type_of_an_expression_is_known(source, kind):
    assert str(check_cel(parse_cel(source), source, TYPES, "")) == kind


def test_a_misspelt_name_or_function_leads_to_the_nearest():
    assert refused("customer.teir").suggestion == "customer.tier"
    assert refused("szie(l)").suggestion == "size"
    assert refused("s.startWith('a')").suggestion == "startsWith"


@pytest.mark.parametrize(
    ("notation", "source"),
    [
        ("a.Message", "x.anything.goes"),
        ("wrapper(int)", "x == null"),
        ("list", "x[0].a"),
        ("map(string", "x.a"),
        ("", "x + 1"),
        ("list(" * 500, "x"),
    ],
)
def test_a_type_that_is_not_known_is_dyn(notation, source):
    assert compile_cel(source, {"x": notation}) is not None


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("customer.?tier == 'gold'", "rules have no optional values: use has()"),
        ("lines[?0] == 1", "rules have no optional values: use has()"),
        ("[?note] == []", "rules have no optional values: use has()"),
        ("{?'a': note} == {}", "rules have no optional values: use has()"),
        ("customer{tier: 1} == 1", "rules have no protobuf messages: facts are records and maps"),
        ("5u == 5u", "'5u' is not a number"),
        ("b'a' == b'a'", "bytes are not supported"),
        ("customer.`tier` == ''", "unexpected character '`'"),
        ("lines.all(i, l, true)", "all() takes a variable and an expression"),
        ("cel.bind(a, 1, a == 1)", "unknown fact cel"),
        ("'%s'.format([1]) == ''", "unknown function format"),
    ],
)
def test_rules_refuse_by_name_what_they_do_not_have(source, message):
    with pytest.raises(ExpressionError) as caught:
        check_expression(source, SCHEMA)
    assert caught.value.message == message
