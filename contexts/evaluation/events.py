"""What evaluation tells."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from shared_kernel.bus import Event
from shared_kernel.money import Money


class CartEvaluated(Event, frozen=True):
    """
    A cart was priced; `total` is what is due.

    `rules` names the versions that applied (id@version), `algorithms` those that computed (name@version).
    """

    name: ClassVar = "evaluation.cart-evaluated.v1"
    evaluation_id: UUID
    total: Money
    discount: Money
    rules: tuple[str, ...]
    algorithms: tuple[str, ...]

    @property
    def stream(self) -> str:
        return f"evaluation-{self.evaluation_id}"
