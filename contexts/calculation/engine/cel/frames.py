"""What one evaluation has at hand: its variables, the values of its loops, and the steps it may still take."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from contexts.calculation.engine.errors import EvaluationError, StepsExhausted
from contexts.calculation.engine.limits import MAX_CEL_STEPS

_SIZED_FROM: Final = 4  # sixteen characters or entries that a function reads are a step


class Frame:
    __slots__ = ("slots", "steps", "variables")

    def __init__(self, variables: Mapping[str, Any], slots: int) -> None:
        self.variables = variables
        self.slots: list[Any] = [None] * slots
        self.steps = MAX_CEL_STEPS

    def spend(self, count: int) -> None:
        """
        Take so many steps.

        Raises:
            StepsExhausted: there are not so many left; `||` and `&&` do not absorb it.

        """
        self.steps -= count
        if self.steps < 0:
            raise StepsExhausted(f"more than {MAX_CEL_STEPS} steps")

    def spend_for(self, value: Any) -> None:
        """Take the steps that reading or writing a long text, list or map costs."""
        if hasattr(value, "__len__") and not isinstance(value, tuple):
            self.spend(len(value) >> _SIZED_FROM)


Evaluate = Callable[[Frame], Any]


def no_overload(what: str) -> EvaluationError:
    return EvaluationError(f"no such overload: {what}")
