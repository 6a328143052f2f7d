"""What is wrong with an expression, in the words of the bus, at the place in the rule where it stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from contexts.calculation.engine import ExpressionError
from contexts.calculation.messages import Fault


def fault_in(pointer: str, check: Callable[[], Any]) -> Iterable[Fault]:
    """The fault that a check finds, if it finds one."""
    try:
        check()
    except ExpressionError as error:
        yield fault_at(pointer, error)


def fault_at(pointer: str, error: ExpressionError) -> Fault:
    return Fault(
        pointer=pointer,
        message=str(error),
        position=error.position,
        length=error.length,
        line=error.line,
        column=error.column,
        suggestion=error.suggestion,
        rendered=error.render(),
    )
