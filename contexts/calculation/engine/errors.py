"""
What can go wrong with an expression: `ExpressionError` when it is written, `EvaluationError` when it is decided.

These are not the platform's domain errors: whoever offers the engine to people translates them.
"""

from collections.abc import Iterable, Mapping
from decimal import DecimalException
from typing import Any, Final


class ExpressionError(ValueError):
    """
    An expression is not well formed, or does not fit the facts it is written about.

    `position` counts characters from 0; `line` and `column` from 1; `where` names the part of a
    rule (`condition`, `effects[0].percent`) when the expression belongs to one.
    """

    def __init__(
        self,
        message: str,
        *,
        source: str,
        position: int,
        length: int = 1,
        suggestion: str | None = None,
        where: str | None = None,
    ) -> None:
        self.message = message
        self.source = source
        self.position = position
        self.length = max(length, 1)
        self.suggestion = suggestion
        self.where = where
        before = source[:position]
        self.line = before.count("\n") + 1
        self.column = position - (before.rfind("\n") + 1) + 1
        super().__init__(message)

    def __str__(self) -> str:
        hint = f": did you mean {self.suggestion}?" if self.suggestion else ""
        return f"{self.message}{hint}"

    def render(self) -> str:
        """Return the message, the line it is about, and a caret under the place."""
        text = self.source.split("\n")[self.line - 1].replace("\t", " ")
        start = max(0, self.column - 61)
        shown = text[start : start + 100]
        caret = " " * (self.column - 1 - start) + "^" * min(
            self.length, max(1, len(shown) - (self.column - 1 - start))
        )
        place = f"{self.where + ', ' if self.where else ''}line {self.line}, column {self.column}"
        return f"{self}\n  --> {place}\n   | {shown}\n   | {caret}"

    def at(self, where: str) -> "ExpressionError":
        """Return the same error, saying which part of a rule it is about."""
        return ExpressionError(
            self.message,
            source=self.source,
            position=self.position,
            length=self.length,
            suggestion=self.suggestion,
            where=where,
        )


class DefinitionError(ValueError):
    """A schema, an effect type or a rule is not what its notation allows."""


def keyed(document: Any, what: str, known: Iterable[str]) -> None:
    """Refuse a document that is no JSON object, or has a key that `what` has not."""
    if not isinstance(document, Mapping):
        raise DefinitionError(f"{what} is an object, not {type(document).__name__}")
    if unknown := set(document) - set(known):
        use = ", ".join(sorted(known))
        raise DefinitionError(f"{what} has no {min(unknown, key=str)!r}: use {use}")


def listed(value: Any, what: str) -> tuple[Any, ...]:
    """Return the items of a list as JSON holds it; a string is none, though Python could go over it."""
    if not isinstance(value, list | tuple):
        raise DefinitionError(f"{what} are a list, not {type(value).__name__}")
    return tuple(value)


class EvaluationError(Exception):
    """A value that could not be computed; in CEL's words, an error value. Never leaves `decide`."""

    def __init__(self, message: str, *, missing: str | None = None) -> None:
        self.missing = missing
        super().__init__(message)


class OutOfSteps(EvaluationError):
    """The error value of a rule that used more steps than a decision allows."""


class StepsExhausted(Exception):
    """A rule used more steps than a decision allows; it is not absorbed by `||` or `&&`."""


# What generated code can raise on any facts at all; the last four only on facts of a wrong shape.
FAULTS: Final = (
    EvaluationError,
    ArithmeticError,
    LookupError,
    TypeError,
    ValueError,
    AttributeError,
    RuntimeError,
)


def evaluation_error(fault: BaseException) -> EvaluationError:
    """Say in the rule author's words what a fault of the generated code means."""
    if isinstance(fault, EvaluationError):
        return fault
    if isinstance(fault, ZeroDivisionError):
        return EvaluationError("division by zero")
    if isinstance(fault, DecimalException | OverflowError):
        return EvaluationError("a number or a time is out of range")
    return EvaluationError(f"a fact does not have its declared type ({type(fault).__name__})")
