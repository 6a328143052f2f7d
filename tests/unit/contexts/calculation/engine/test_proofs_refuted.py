"""Conditions that some facts match, however unusual the facts: never said to match none."""

from decimal import Decimal

import pytest

from contexts.calculation.engine import Schema, check_expression
from contexts.calculation.engine.proofs import always_true, gap, unreachable
from contexts.calculation.engine.python import compile_outcomes
from contexts.calculation.engine.units import Steps

SCHEMA = Schema(
    records={"c": {"s": "string", "d": "decimal", "e": "decimal", "tags": "list(dyn)"}},
    variables={"c": "c"},
)
NOTHING = {"s": "", "d": Decimal(0), "e": Decimal(0), "tags": []}


def tree(source):
    return check_expression(source, SCHEMA).tree


def holds(source, **facts):
    return compile_outcomes([tree(source)])[0]({"c": {**NOTHING, **facts}}, Steps()) is True


# a condition, facts that match it, and whether the solver finds any
MATCHED = [
    ('"gold" in c.tags', {"tags": ["gold"]}, False),
    ("c.d > 0.0000001 && c.d < 0.0000009", {"d": Decimal("0.0000005")}, True),
    ("c.d > 100000000000000", {"d": Decimal(10) ** 15}, True),
    ("c.d == 0.0000005", {"d": Decimal("0.0000005")}, True),
    ("c.d * 3 > 0.0000001 && c.d * 3 < 0.0000009 && c.d < 1", {"d": Decimal("0.0000002")}, True),
    (r'c.s == "\\u{41}" && size(c.s) == 6', {"s": "\\u{41}"}, True),
    (r'c.s == "\\" && size(c.s) == 1', {"s": "\\"}, True),
    (r'c.s.startsWith("\\u0041b") && size(c.s) == 7', {"s": "\\u0041b"}, True),
    ('c.s == "\U0003ffff" && size(c.s) == 1', {"s": "\U0003ffff"}, False),
    ('c.s in ["\U0010ffff"] && c.s != "a"', {"s": "\U0010ffff"}, False),
]


@pytest.mark.parametrize(("source", "facts", "shown"), MATCHED, ids=[it[0] for it in MATCHED])
def test_a_condition_that_facts_match_is_never_said_to_match_none(source, facts, shown):
    assert holds(source, **facts)
    found = unreachable(tree(source), SCHEMA)
    assert found.exists is (True if shown else None), found
    assert found.reason or holds(source, **found.facts["c"])


def test_a_gap_between_small_units_is_shown():
    rows = [tree("c.d <= 0.0000001"), tree("c.d >= 0.0000002")]
    assert 0 < gap(rows, SCHEMA).facts["c"]["d"] < Decimal("0.0000002")


def test_a_number_that_no_decimal_is_stays_unknown():
    found = unreachable(tree("c.d * c.d == 2"), SCHEMA)
    assert found.exists is None
    assert "digits behind the point" in found.reason


LONG = " * ".join(["c.d"] * 6)
TOO_LONG = [
    f"{LONG} >= 0",
    f"{LONG} + 1 > 0",
    f"(c.d > 0 ? {LONG} : 0.0) >= 0",
    f"{LONG.replace('c.d', '(c.d + c.e)')} >= 0",
]


@pytest.mark.parametrize("source", TOO_LONG)
def test_what_may_pass_100_digits_is_not_always_true(source):
    """A result that no decimal can hold is an error, and no match."""
    long = Decimal("12345678901234567890.0123456789")
    assert not holds(source, d=long, e=long)
    found = always_true(tree(source), SCHEMA)
    assert found.exists is None
    assert "100 digits" in found.reason


def test_what_three_prices_make_is_short_enough_to_be_proved():
    assert always_true(tree("c.d * c.d * 0.25 >= 0"), SCHEMA).exists is False
