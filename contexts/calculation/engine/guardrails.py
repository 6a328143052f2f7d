"""
What a tenant states about every price that rules make, and the figures that a claim is held against.

A guardrail is a claim in the rules' own language about `outcome.start`, `outcome.discount` and `outcome.paid` beside the
facts: `outcome.discount <= outcome.start * 0.6`. With `between` it compares two cases that differ in one fact, `one` and
`other`: `one.paid <= other.paid`. Figures are exact, before anything is rounded to a currency. What this cannot
do: prove; see `guarding.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from .arithmetic import ROUNDING, as_decimal
from .checker import CheckedExpression, check_expression, check_fact
from .errors import DefinitionError, ExpressionError
from .python import compile_outcomes, compile_values
from .rulesets import Decision
from .schema import DECIMAL, Schema
from .units import Steps

HUNDRED: Final = Decimal(100)
_FIGURES: Final = {"start": "decimal", "discount": "decimal", "paid": "decimal"}


@dataclass(frozen=True, slots=True)
class Take:
    """
    What an effect takes off a price: a `percent` of what remains, or an `amount`, `times` so many.

    `percent` and `amount` name the effect's parameter, `times` is an expression over the facts. A percentage
    outside 0 to 100 and an amount below zero or above what remains are bounded.
    """

    percent: str | None = None
    amount: str | None = None
    times: str | None = None


@dataclass(frozen=True)
class Price:
    """
    The price that effects take off from: where it `start`s, by which effects, `assuming` what of all facts.

    Guardrails are about prices that start at zero or above; what one below zero would be, no proof says.
    """

    start: str
    takes: Mapping[str, Take]
    assuming: str = "true"


@dataclass(frozen=True, slots=True)
class Between:
    """Two cases with the same facts, but for the fact at `path`: `one` is true of the first, `other` of the second."""

    path: str
    one: str
    other: str


@dataclass(frozen=True, slots=True)
class Guardrail:
    """A claim that no decision may break, named as people say it, about facts of which `assuming` is true."""

    name: str
    claim: str
    assuming: str = "true"
    between: Between | None = None


@dataclass(frozen=True)
class CheckedPrice:
    """A price whose expressions fit the facts."""

    source: Price
    start: CheckedExpression
    assuming: CheckedExpression
    times: Mapping[str, CheckedExpression]


@dataclass(frozen=True)
class CheckedGuardrail:
    """A guardrail whose expressions fit the facts; `cases` are the conditions of its two cases, which differ at `path`."""

    source: Guardrail
    claim: CheckedExpression
    assuming: CheckedExpression
    cases: tuple[CheckedExpression, ...]
    path: str = ""

    @property
    def names(self) -> tuple[str, ...]:
        """What its claim calls each case's figures."""
        return ("one", "other") if self.cases else ("outcome",)


def check_price(price: Price, schema: Schema) -> CheckedPrice:
    """
    Check a price against the facts it is made of.

    Raises:
        ExpressionError: an expression is wrong; its `where` says which.

    """
    return CheckedPrice(
        price,
        _checked(price.start, schema, "decimal", "start"),
        _checked(price.assuming, schema, "bool", "assuming"),
        {
            kind: _checked(take.times, schema, "decimal", f"takes.{kind}.times")
            for kind, take in price.takes.items()
            if take.times is not None
        },
    )


def check_guardrail(guardrail: Guardrail, schema: Schema) -> CheckedGuardrail:
    """
    Check a guardrail against the facts and figures it speaks about.

    Raises:
        ExpressionError: an expression is wrong; its `where` says which.
        DefinitionError: a fact has a name that the figures need.

    """
    between = guardrail.between
    names = ("one", "other") if between else ("outcome",)
    if taken := ({"outcome"} & schema.records.keys()) | (set(names) & schema.variables.keys()):
        raise DefinitionError(
            f"a guardrail calls its figures {min(taken)!r}: name the fact otherwise"
        )
    figures = Schema(
        records={**schema.records, "outcome": _FIGURES},
        variables={**schema.variables, **dict.fromkeys(names, "outcome")},
        attributes=schema.attributes,
    )
    cases = (between.one, between.other) if between else ()
    return CheckedGuardrail(
        guardrail,
        _checked(guardrail.claim, figures, "bool", "claim"),
        _checked(guardrail.assuming, schema, "bool", "assuming"),
        tuple(_checked(case, schema, "bool", "between") for case in cases),
        _path(between.path, schema) if between else "",
    )


def _path(text: str, schema: Schema) -> str:
    """The path of a fact as the solver names it."""
    try:
        return ".".join(check_fact(text, schema))
    except ExpressionError as error:
        raise error.at("between") from None


def _checked(text: str, schema: Schema, kind: str, where: str) -> CheckedExpression:
    try:
        return check_expression(text, schema, kind)
    except ExpressionError as error:
        raise error.at(where) from None


def figures_of(
    price: CheckedPrice, decision: Decision, facts: Mapping[str, Any]
) -> dict[str, Decimal]:
    """
    Return what a decision does to a price: `start`, `discount` and `paid`.

    Raises:
        FAULTS: the facts have no such price.

    """
    start = as_decimal(compile_values([(price.start.tree, DECIMAL)])[0](facts, Steps()))
    remaining = start
    for match in decision.matches:
        for kind, params in match.effects:
            take = price.source.takes.get(kind)
            if take is not None:
                remaining = ROUNDING.subtract(
                    remaining, _off(price, kind, params, remaining, facts)
                )
    return {"start": start, "discount": ROUNDING.subtract(start, remaining), "paid": remaining}


def _off(
    price: CheckedPrice,
    kind: str,
    params: Mapping[str, Any],
    remaining: Decimal,
    facts: Mapping[str, Any],
) -> Decimal:
    take = price.source.takes[kind]
    if take.percent is not None:
        percent = min(max(as_decimal(params[take.percent]), Decimal(0)), HUNDRED)
        return ROUNDING.multiply(remaining, percent.scaleb(-2))
    amount = max(as_decimal(params[take.amount or ""]), Decimal(0))
    if kind in price.times:
        times = compile_values([(price.times[kind].tree, DECIMAL)])[0](facts, Steps())
        amount = ROUNDING.multiply(amount, as_decimal(times))
    return min(max(amount, Decimal(0)), remaining)


def is_broken(
    guardrail: CheckedGuardrail, facts: Mapping[str, Any], figures: tuple[dict[str, Decimal], ...]
) -> bool:
    """Say whether the claim is false of these figures; a claim that cannot be decided is not broken."""
    named = dict(zip(guardrail.names, figures, strict=True))
    outcome = compile_outcomes([guardrail.claim.tree])[0]({**facts, **named}, Steps())
    return outcome is False
