"""What one evaluation has at hand: its variables, the values of its loops, and the steps it may still take."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from contexts.calculation.engine.constants import zone
from contexts.calculation.engine.errors import EvaluationError, StepsExhausted
from contexts.calculation.engine.functions import pattern
from contexts.calculation.engine.limits import MAX_CEL_STEPS, MAX_VALUE_NESTING

from .values import CelMap

_SIZED_FROM: Final = 4  # sixteen characters or entries that a function reads are a step
_REFUSED_PATTERN: Final = 40_000  # RE2 may work long before it refuses
_PROGRAM_OF_A_STEP: Final = 100  # of its program RE2 does so much in a step
_NEW_ZONE: Final = 400


class Frame:
    __slots__ = ("patterns", "slots", "steps", "variables", "zones")

    def __init__(self, variables: Mapping[str, Any], slots: int) -> None:
        self.variables = variables
        self.slots: list[Any] = [None] * slots
        self.steps = MAX_CEL_STEPS
        self.patterns: dict[str, Any] = {}
        self.zones: set[str] = set()

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

    def spend_for_all(self, value: Any, nesting: int = 0) -> None:
        """Take two steps for each part of a value, however deep it stands."""
        if nesting > MAX_VALUE_NESTING:
            raise EvaluationError(f"values nest deeper than {MAX_VALUE_NESTING}")
        parts = value.entries.values() if isinstance(value, CelMap) else value
        if isinstance(value, list | CelMap):
            self.spend(2 * len(value))
            for part in parts:
                self.spend_for_all(part[1] if isinstance(value, CelMap) else part, nesting + 1)

    def spend_for_zone(self, name: Any) -> None:
        """Look up a time zone that was not found before, and take the steps that this costs."""
        if type(name) is str and name not in self.zones:
            self.spend(_NEW_ZONE)
            zone(name)  # raises where there is none, so that the next look costs as much
            self.zones.add(name)

    def matches(self, text: str, regex: str) -> bool:
        """Search a text; it costs what RE2 may need for it: its program's size, and once for each character."""
        if regex not in self.patterns:
            try:
                self.patterns[regex] = pattern(regex)
            except EvaluationError:
                self.spend(_REFUSED_PATTERN)
                raise
            self.spend(self.patterns[regex].programsize)
        compiled = self.patterns[regex]
        self.spend(len(text) * (1 + compiled.programsize // _PROGRAM_OF_A_STEP))
        return compiled.search(text) is not None


Evaluate = Callable[[Frame], Any]


def no_overload(what: str) -> EvaluationError:
    return EvaluationError(f"no such overload: {what}")
