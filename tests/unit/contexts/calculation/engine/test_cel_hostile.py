"""Hostile CEL costs bounded time and memory, and ends with an error of the language."""

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contexts.calculation.engine.cel.grammar import parse_cel
from contexts.calculation.engine.cel.library import OVERLOADS
from contexts.calculation.engine.conformance import answer
from contexts.calculation.engine.errors import ExpressionError
from contexts.calculation.engine.nodes import walk

SECONDS = 10.0  # some five times what the slowest of these takes

LONG = "[" + ",".join(map(str, range(1000))) + "]"
TEXT = "'" + "a" * 1900 + "'"
TEXTS = "+".join(["s"] * 24)


def doubled(body, part, times=50):
    """`cel.bind`, one in another, each variable made of two of the one before."""
    for number in range(times, 0, -1):
        value = part.replace("v", f"v{number - 1}")
        body = f"cel.bind(v{number}, {value}, {body})"
    return f"cel.bind(v0, [1], {body})"


def over_list(body):
    return f"cel.bind(l, {LONG}, cel.bind(s, {TEXT}, cel.bind(t, {TEXTS}, {body})))"


STOPPED = {
    "loops in loops": "l.all(a, l.all(b, l.all(c, l.all(d, true))))",
    "maps in maps": "l.map(a, l.map(b, a * b))",
    "comparing long lists": "l.all(a, l == l)",
    "membership": "l.all(a, l.all(b, !(-1 in l)))",
    "lists that grow": "l.map(a, l + l + l + l)",
    "texts that grow": "l.map(a, l.map(b, t + t))",
    "replacing": "l.map(a, t.replace('a', 'bb').replace('bb', 'a'))",
    "searching backwards": "l.all(a, t.lastIndexOf('b' + s + s + s) < 0)",
    "searching": "l.all(a, t.indexOf(s + 'b' + s) < 0)",
    "splitting": "l.map(a, t.split(''))",
    "patterns that are large": r"l.all(a, !'x'.matches('(\\pL){100}' + string(a)))",
    "patterns that are refused": r"l.exists(a, 'x'.matches('(\\pL){900}' + string(a)))",
    "patterns that are slow": "l.all(a, !t.replace('aa', 'ab').matches('(a|b)*a(a|b){900}c'))",
    "zones that are none": "l.exists(a, l.exists(b, timestamp(a).getHours('A/B' + string(a + b)) == 0))",
    "formatting what fails": "l.exists(a, l.exists(b, '%s%s%s%q'.format([l, l, l]) == ''))",
    "errors": "l.exists(a, l.exists(b, 1 / 0 == 1))",
    "maps of entries": "l.all(a, l.transformMapEntry(i, v, {string(i): v}).size() == 1000)",
}  # fmt: skip

REFUSED = {
    "lists of lists, compared": (doubled("v50 == v50", "[v, v]"), "more than 1000000 steps"),
    "lists of lists, written": (doubled("v50", "[v, v]"), "more than 100000 parts"),
    "lists of lists, as text": (doubled("'%s'.format([v50])", "[v, v]"), "more than 1000000 steps"),
    "types of types": (doubled("v50", "{'k': {'a': v, 'b': v}}"), "values nest deeper"),
    "deep lists, compared": (doubled("v30 == v30", "[[[[[[v]]]]]]", 30), "values nest deeper"),
    "deep lists, written": (doubled("v30", "[[[[[[v]]]]]]", 30), "values nest deeper"),
    "deep lists, as text": (doubled("'%s'.format([v30])", "[[[[[[v]]]]]]", 30), "values nest deeper"),
    "deep optionals": (doubled("v30 == v30", "optional.of(optional.of(optional.of(optional.of(v))))", 30), "values nest deeper"),
    "a text that doubles": (f"cel.bind(v0, {TEXT}, {doubled('size(v50)', 'v + v').partition(', [1], ')[2]}", "longer than 100000"),
    "replacing nothing": (f"cel.bind(s, {TEXT}, cel.bind(t, {TEXTS}, t.replace('', t)))", "longer than 100000"),
    "joining": (f"cel.bind(s, {TEXT}, {LONG}.map(a, 'x').join(s))", "longer than 100000"),
    "parentheses": ("(" * 5000, "nested deeper"),
    "minuses": ("-" * 9999 + "1", "nested deeper"),
    "fields": ("a" + ".b" * 4900, "nested deeper"),
    "optional fields": ("a" + ".?b" * 3300, "nested deeper"),
    "optional indexes": ("a" + "[?0]" * 2400, "nested deeper"),
    "bindings": ("cel.bind(a, 1, " * 600 + "a" + ")" * 600, "nested deeper"),
    "optMaps": ("optional.of(1)" + ".optMap(x, x)" * 700, "nested deeper"),
    "a long uint": ("1" * 9000 + "u", "at most 400"),
    "a long double": ("1." + "1" * 9000, "at most 400"),
}  # fmt: skip

CHEAP = {
    "macros over macros": "[1]" + ".filter(x, true)" * 58,
    "macros in macros": "[1].map(x, " * 57 + "x" + ")" * 57,
    "sums of dyn": "1" + " + dyn(1)" * 58,
    "nested empty lists": "[" * 60 + "]" * 60,
    "many calls": "[" + ",".join(["[].size()"] * 900) + "]",
}


def asked(source, **more):
    started = time.perf_counter()
    given = answer(json.dumps({"id": 1, "expr": source, **more}).encode())
    assert time.perf_counter() - started < SECONDS
    return given


@pytest.mark.parametrize("body", STOPPED.values(), ids=STOPPED)
def test_what_goes_over_and_over_runs_out_of_steps(body):
    assert asked(over_list(body))["error"] == "more than 1000000 steps"


@pytest.mark.parametrize(("source", "message"), REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("check", [True, False])
def test_what_grows_beyond_a_bound_is_refused(source, message, check):
    assert message in asked(source, check=check)["error"]


@pytest.mark.parametrize("source", CHEAP.values(), ids=CHEAP)
def test_what_is_only_nested_is_answered(source):
    assert "value" in asked(source)


PIECES = st.sampled_from(
    [
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        ":",
        "?",
        ".",
        ".?",
        "[?",
        "&&",
        "||",
        "==",
        "!=",
        "<",
        "+",
        "-",
        "*",
        "/",
        "%",
        "!",
        "in",
        "1",
        "2u",
        "0.5",
        "'a'",
        "b'a'",
        "null",
        "true",
        "x",
        "m",
        "l",
        "for",
        "has(",
        "x.map(a,",
        "l.all(i,",
        "v,",
        ".exists(a,",
        "cel.bind(a,",
        "optional.of(",
        ".optMap(a,",
        ".size()",
        "'a'.format(",
        "math.greatest(",
        "timestamp('2025-01-01T00:00:00Z')",
        "duration('1s')",
        "`a`",
        ".a",
        "['a']",
        "type(",
        "string(",
        "int(",
    ]
)
SOME = {
    "x": {"int": "1"},
    "m": {"map": [[{"string": "a"}, {"list": []}]]},
    "l": {"list": [{"int": "1"}, {"string": "a"}]},
}


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES, max_size=14).map(" ".join) | st.text(max_size=40), st.booleans())
def test_no_text_makes_the_command_fail_otherwise(source, check):
    given_ = asked(source, vars=SOME, check=check)
    assert not given_.get("error", "").startswith("internal")


VALUES = """1 -1 0 9223372036854775807 -9223372036854775808 2u 18446744073709551615u 0.5 -0.0 1e308 (0.0/0.0)
    (1.0/0.0) 'a' '' 'a,b' '%s' '%d%.3f%e' b'a' b'\\xff' null true false x m l [] {} ['a','b'] {'a':1} nope
    optional.none() optional.of(1) timestamp(0) timestamp('9999-12-31T23:59:59Z') duration('1s')
    duration('-292h') int 'UTC' '+25:00' '1.5' 'NaN' dyn(1) dyn('a') dyn(null) dyn([1u,2.0])""".split()  # noqa: SIM905
CALLS = [
    (name, *row[1:3]) for (name, _), rows in OVERLOADS.items() if name[0].isalpha() for row in rows
]
SHAPES = """{0} + {1}|{0} - {1}|{0} * {1}|{0} / {1}|{0} % {1}|{0} == {1}|{0} < {1}|{0} in {1}|{0} && {1}|{0} || {1}
    |{0} ? {1} : {2}|-{0}|!{0}|{0}[{1}]|{0}[?{1}]|{0}.a|{0}.?a|[{0}, ?{1}]|{{{0}: {1}, ?{2}: {0}}}|{0}.all(y, {1})
    |{0}.map(x, {1})|{0}.filter(y, {1})|{0}.optMap(x, {1})|{0}.exists(i, y, {1})|{0}.transformMapEntry(i, x, {1})
    |cel.bind(x, {0}, {1})|has({0}.a)|math.greatest({0}, {1})"""  # one for each form of the language


def made_of(parts):
    calls = st.sampled_from(CALLS).flatmap(
        lambda call: st.lists(parts, min_size=len(call[2]), max_size=len(call[2])).map(
            lambda args: (
                f"({args[0]}).{call[0]}({', '.join(args[1:])})"
                if call[1]
                else f"{call[0]}({', '.join(args)})"
            )
        )
    )
    forms = st.tuples(st.sampled_from(SHAPES.split("|")), parts, parts, parts).map(
        lambda form: form[0].strip().format(*(f"({part})" for part in form[1:]))
    )
    return calls | forms


@settings(max_examples=400, deadline=None)
@given(st.recursive(st.sampled_from(VALUES), made_of, max_leaves=12))
def test_the_check_may_refuse_a_value_but_never_changes_it(source):
    free = asked(source, vars=SOME, check=False)
    checked = asked(
        source, vars=SOME, types={"x": "int", "m": "map(string, list(dyn))", "l": "list(dyn)"}
    )
    assert not free.get("error", "").startswith("internal")
    assert not checked.get("error", "").startswith("internal")
    assert "error" in checked or checked == free


@settings(max_examples=100, deadline=None)
@given(st.lists(PIECES, max_size=10).map(" ".join))
def test_every_tree_can_be_walked(source):
    try:
        tree = parse_cel(source)
    except ExpressionError:
        return
    assert max(node.depth for node in walk(tree)) == tree.depth
