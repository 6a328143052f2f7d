"""What a roll-out did to carts."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import ClassVar, Literal
from uuid import UUID

import msgspec

from contexts.evaluation.messages.back_tests import BackTestResult
from shared_kernel.bus import Query
from shared_kernel.money import Money


class RolloutArmFigures(msgspec.Struct, frozen=True):
    """What carts of one arm came to: listed is what goods and shipping cost before discounts."""

    currency: str
    arm: Literal["control", "candidate", "outside"]
    carts: int
    listed: Money
    discount: Money


class RolloutGuardStanding(msgspec.Struct, frozen=True):
    """A guard, on how many carts it is judged, and the percentage it stands at: nothing before there are enough."""

    metric: str
    at_most: Decimal
    min_carts: int
    carts: int
    value: Decimal | None = None
    broken: str = ""


class RolloutFigures(msgspec.Struct, frozen=True):
    """
    What a roll-out was counted to do so far.

    `paired` compares each cart that today's rules decided with what the new ones would have made of it: exact, cart by
    cart. `arms` are the carts that each side really decided.
    """

    rollout_id: UUID
    percent: Decimal
    is_running: bool
    counted_at: datetime | None
    paired: BackTestResult
    arms: tuple[RolloutArmFigures, ...]
    guards: tuple[RolloutGuardStanding, ...]
    broken: str = ""


class RolloutFiguresOf(Query[RolloutFigures | None], frozen=True):
    """What does this roll-out do to carts? Nothing, if none was heard of."""

    name: ClassVar = "evaluation.rollout-figures.v1"
    rollout_id: UUID
