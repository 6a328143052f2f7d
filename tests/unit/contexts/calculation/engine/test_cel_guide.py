"""The guide to CEL says what is so: every row of its tables is run, in the modes that it speaks about."""

import re
from pathlib import Path

import pytest

from contexts.calculation.engine import ExpressionError, check_expression
from contexts.calculation.engine.cel import compile_cel
from contexts.calculation.engine.errors import EvaluationError
from contexts.calculation.engine.python import compile_outcomes
from contexts.calculation.engine.units import Steps
from tests.unit.contexts.calculation.engine.shop import GOLD, SCHEMA

GUIDE = (Path(__file__).parents[5] / "docs/guides/cel.md").read_text()
BOTH = re.findall(
    r"^\| `(.+?)` \| (true|false|error|refused) \| (\w+) \| .+ \|$", GUIDE, re.MULTILINE
)
LETTER = re.findall(r"^\| `(.+?)` \| (true|false|error) \| (?!\w+ \|).+ \|$", GUIDE, re.MULTILINE)


def in_rules(source):
    try:
        tree = check_expression(source, SCHEMA).tree
    except ExpressionError:
        return "refused"
    found = compile_outcomes([tree])[0](GOLD, Steps())
    return "error" if isinstance(found, EvaluationError) else str(found).lower()


def to_the_letter(source):
    try:
        return str(compile_cel(source).evaluate({})).lower()
    except ExpressionError:
        return "refused"
    except EvaluationError:
        return "error"


def test_the_tables_are_found():
    assert len(BOTH) == 36
    assert len(LETTER) == 13


@pytest.mark.parametrize(("source", "rules", "letter"), BOTH)
def test_a_row_about_both_modes(source, rules, letter):
    assert (in_rules(source), to_the_letter(source)) == (rules, letter)


@pytest.mark.parametrize(("source", "expected"), LETTER)
def test_a_row_about_cel_to_the_letter(source, expected):
    assert to_the_letter(source) == expected
