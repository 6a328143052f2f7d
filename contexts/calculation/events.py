"""What calculation tells."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from shared_kernel.bus import Event


class RuleSetChanged(Event, frozen=True):
    """The rules that decide at a point are others from `at` on."""

    name: ClassVar = "calculation.rule-set-changed.v1"
    point: str
    fingerprint: str
    rules: int
    at: datetime

    @property
    def stream(self) -> str:
        return f"rule-set-{self.point}"
