"""What the calculator tells."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from shared_kernel.bus import Event


class AlgorithmWithdrawn(Event, frozen=True):
    """A version answers no new calculations of this tenant."""

    name: ClassVar = "calculator.algorithm-withdrawn.v1"
    algorithm: str
    version: int
    reason: str
    forced: bool

    @property
    def stream(self) -> str:
        return f"algorithm-{self.algorithm}@{self.version}"


class CalculationRecorded(Event, frozen=True):
    """A calculation was kept on request."""

    name: ClassVar = "calculator.calculation-recorded.v1"
    record: UUID
    algorithm: str
    version: int

    @property
    def stream(self) -> str:
        return f"calculation-{self.record}"
