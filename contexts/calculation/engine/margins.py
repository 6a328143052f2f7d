"""
How near a set of rules comes to breaking a guardrail that holds, as a share of the price before.

A claim is tightened by a share of `outcome.start`: each comparison in it has to hold if so much more, or less, were taken off,
and whatever else it asks stands as it is (`sparing.py`). Where the tightened claim is proved, no price comes nearer; where
facts break it, they were decided, and come nearer. All of it in exact numbers, before anything is rounded. What this cannot
do: tell a margin of two cases beside each other; and answer of any claim, or within any time: what cannot be solved and
what is not settled is left open, never guessed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from time import monotonic
from typing import Final

from .errors import DefinitionError, ExpressionError
from .guarding import Example, guard
from .guardrails import CheckedGuardrail, CheckedPrice, check_guardrail, is_broken
from .rulesets import RuleSet
from .schema import Schema
from .sparing import UnclearError, with_to_spare

STEPS: Final = tuple(map(Decimal, ("0.1", "0.5", "1", "5", "10")))  # per cent of the price before
_MILLISECONDS: Final = 3000  # for one question
_QUESTIONS: Final = 6  # at most, between two steps
_UNIT: Final = Decimal("0.001")


@dataclass(frozen=True)
class Margin:
    """
    How much of the price before is to spare, in per cent: proved `at_least` so much, shown to be `below` so much.

    `below` None: no facts were found that come within any of STEPS. Between the two nothing is known. Of all facts that were
    decided the `example` has least to spare, less than `nearest`.
    """

    at_least: Decimal
    below: Decimal | None = None
    example: Example | None = None
    nearest: Decimal | None = None

    @property
    def is_settled(self) -> bool:
        """Whether both ends are neighbours in STEPS, so that more time would tell no more."""
        proved = [it for it in STEPS if it <= self.at_least]
        following = STEPS[len(proved)] if len(proved) < len(STEPS) else None
        return self.below == following


def measure(
    rules: RuleSet,
    guardrail: CheckedGuardrail,
    price: CheckedPrice,
    schema: Schema,
    *,
    ends: float,
) -> Margin | None:
    """
    Measure the margin of a guardrail that holds of these rules, until a moment of the monotonic clock.

    None where there is none: no discount is compared, or two cases are. Of a claim that cannot be solved for the discount
    nothing is known. At most three questions for the steps, which are searched from their middle, and a few for what comes
    nearest.
    """
    try:
        if tightened(guardrail, STEPS[0], schema) is None:
            return None
    except UnclearError:
        return Margin(Decimal(0))
    margin, low, high = Margin(Decimal(0)), 0, len(STEPS)
    while low < high:
        middle = (low + high) // 2
        holds, example = _holds(rules, guardrail, STEPS[middle], price, schema, ends)
        if holds:
            low = middle + 1
            margin = replace(margin, at_least=STEPS[middle])
            continue
        high = middle  # what is not known here may be known nearer
        if holds is False:
            margin = replace(margin, below=STEPS[middle], example=example)
    return _nearest(rules, guardrail, margin, price, schema, ends) if margin.example else margin


def _nearest(  # noqa: PLR0917 - a question is made of all of these
    rules: RuleSet,
    guardrail: CheckedGuardrail,
    margin: Margin,
    price: CheckedPrice,
    schema: Schema,
    ends: float,
) -> Margin:
    """
    Look between two steps for facts that come nearer, until none do or a few questions are asked.

    Where percentages are taken there is a nearest price, which is met soon; where amounts are, it is come nearer to by halves.
    """
    low, example = margin.at_least, margin.example
    near = margin.below
    for number in range(_QUESTIONS):
        if example is None or near is None:
            break
        near = _own(guardrail, example, low, near, schema)
        next_to = near - _UNIT if number % 2 == 0 else ((low + near) / 2).quantize(_UNIT)
        if next_to <= low:
            break
        holds, found = _holds(rules, guardrail, next_to, price, schema, ends)
        if holds is None:
            break
        if holds:
            low = next_to
        else:
            near, example, margin = next_to, found, replace(margin, example=found)
    return replace(margin, nearest=near)


def _own(
    guardrail: CheckedGuardrail, example: Example, low: Decimal, high: Decimal, schema: Schema
) -> Decimal:
    """Return the smallest margin, in units, that the example itself does not keep: more than `low`, at most `high`."""
    fewest, most = int(low / _UNIT), int(high / _UNIT)
    while most - fewest > 1:
        middle = (fewest + most) // 2
        claim = _claim(guardrail, middle * _UNIT, schema)
        if claim is not None and is_broken(claim, example.facts, (dict(example.figures),)):
            most = middle
        else:
            fewest = middle
    return most * _UNIT


def comes_within(
    rules: RuleSet,
    guardrail: CheckedGuardrail,
    percent: Decimal,
    price: CheckedPrice,
    schema: Schema,
    *,
    ends: float,
) -> bool | None:
    """Say whether some facts come nearer than so many per cent; None is not known."""
    holds, _ = _holds(rules, guardrail, percent, price, schema, ends)
    return None if holds is None else not holds


def _holds(  # noqa: PLR0917 - a question is made of all of these
    rules: RuleSet,
    guardrail: CheckedGuardrail,
    percent: Decimal,
    price: CheckedPrice,
    schema: Schema,
    ends: float,
) -> tuple[bool | None, Example | None]:
    left = int((ends - monotonic()) * 1000)
    claim = _claim(guardrail, percent, schema)
    if left <= 0 or claim is None:
        return None, None
    verdict = guard(rules, claim, price, schema, milliseconds=min(left, _MILLISECONDS))
    return verdict.holds, next(iter(verdict.examples), None)


def _claim(
    guardrail: CheckedGuardrail, percent: Decimal, schema: Schema
) -> CheckedGuardrail | None:
    try:
        return tightened(guardrail, percent, schema)
    except UnclearError:
        return None


def tightened(
    guardrail: CheckedGuardrail, percent: Decimal, schema: Schema
) -> CheckedGuardrail | None:
    """
    Return the guardrail with so many per cent of the price before to spare; None where it compares no discount.

    Raises:
        UnclearError: how near it comes cannot be told.

    """
    if guardrail.cases:
        return None
    claim = with_to_spare(guardrail.claim.tree, Fraction(percent) / 100)
    if claim is None:
        return None
    try:
        return check_guardrail(replace(guardrail.source, claim=claim), schema)
    except (ExpressionError, DefinitionError) as error:
        raise UnclearError from error  # longer or deeper than an expression may be
