"""What a saga is made of, as plain values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from shared_kernel.bus.messages import Command

State = dict[str, Any]
_BY_NAME: dict[str, Saga] = {}


@dataclass(frozen=True)
class Step:
    """
    One command of a saga, made from the state so far, and the command that takes it back.

    `learn` puts the answer's facts (JSON values) into the state. A step without compensation cannot be taken
    back and belongs at the end.
    """

    name: str
    command: Callable[[State], Command[Any]]
    compensation: Callable[[State], Command[Any]] | None = None
    learn: Callable[[Any], State] = lambda _answer: {}
    deadline: timedelta = timedelta(minutes=5)
    retries: int = 8


@dataclass(frozen=True)
class Saga:
    """A named sequence of steps; declared once at import and found by its name afterwards."""

    name: str
    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        if len({step.name for step in self.steps}) != len(self.steps) or not self.steps:
            raise ValueError(f"the steps of {self.name} need names of their own")
        _BY_NAME[self.name] = self


def saga_named(name: str) -> Saga:
    return _BY_NAME[name]
