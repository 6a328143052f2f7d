"""
A cap checked against its facts, and what it allows some facts.

What this cannot do: say what a percentage without an `of` is of; whoever takes discounts knows the amounts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, NamedTuple

from .arithmetic import EXACT
from .checker import CheckedExpression, check_expression
from .errors import ExpressionError
from .python import Evaluator, Facts, compile_values
from .schema import Schema
from .stacking import CapSource
from .units import Steps

_HUNDREDTH: Final = -2


class Allowed(NamedTuple):
    """What a cap allows: an `amount`, or a `percent` of amounts yet to be said, less what was `taken`."""

    amount: Decimal | None
    percent: Decimal | None
    taken: Decimal

    def of(self, total: Decimal) -> Decimal:
        """Return the amount that may be taken, where a percentage is of `total`; never below 0."""
        most = percentage(total, self.percent) if self.percent is not None else self.amount
        return max(EXACT.subtract(most or Decimal(0), self.taken), Decimal(0))


def percentage(amount: Decimal, percent: Decimal) -> Decimal:
    """Return so many hundredths of an amount, exactly."""
    return EXACT.scaleb(EXACT.multiply(amount, percent), _HUNDREDTH)


@dataclass(slots=True, eq=False)
class CompiledAmount:
    """An expression for a decimal; its code is made when first needed."""

    checked: CheckedExpression
    _evaluator: Evaluator | None = field(default=None, repr=False)

    def __call__(self, facts: Facts, steps: Steps) -> Decimal:
        """Return its value; raises a fault where it cannot be computed."""
        if self._evaluator is None:
            self._evaluator = compile_values([(self.checked.tree, self.checked.type)])[0]
        value: Decimal = self._evaluator(facts, steps)
        return value


@dataclass(slots=True, eq=False)
class CompiledCap:
    """A cap whose expressions fit their facts; `canonical` holds their texts by place."""

    parts: Mapping[str, CompiledAmount]
    canonical: Mapping[str, str]

    def allowed(self, facts: Facts, steps: Steps) -> Allowed:
        """Return what it allows; raises a fault where that cannot be computed."""
        said = {name: part(facts, steps) for name, part in self.parts.items()}
        taken = said.get("taken", Decimal(0))
        if "of" in said:
            return Allowed(percentage(said["of"], said["percent"]), None, taken)
        return Allowed(said.get("amount"), said.get("percent"), taken)


def compile_amount(text: str, schema: Schema, where: str) -> CompiledAmount:
    """
    Check an expression for a decimal.

    Raises:
        ExpressionError: it is wrong; its `where` says which it is.

    """
    try:
        return CompiledAmount(check_expression(text, schema, "decimal"))
    except ExpressionError as error:
        raise error.at(where) from None


def compile_cap(source: CapSource, schema: Schema, where: str) -> CompiledCap:
    """
    Check a cap's expressions.

    Raises:
        ExpressionError: one is wrong; its `where` says which.

    """
    parts = {
        name: compile_amount(text, schema, f"{where}.{name}")
        for name, text in source.texts().items()
    }
    texts: dict[str, Any] = {f"{where}.{name}": it.checked.canonical for name, it in parts.items()}
    return CompiledCap(parts, texts)
