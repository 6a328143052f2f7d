"""Which arm of the roll-out that runs a cart belongs to; a read that a process keeps at hand."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple, cast
from uuid import UUID

from contexts.evaluation.carts import Arm, Cart, RolloutArm
from contexts.evaluation.events import RolloutFollowed
from contexts.evaluation.models import EvaluationRecord, RunningRollout
from contexts.evaluation.policies.arms import arm_of
from contexts.promotions.messages import Discounts
from shared_kernel.cache import TwoLevelCache
from shared_kernel.tenancy import current_tenant


class Running(NamedTuple):
    """What it takes to assign a cart."""

    id: UUID
    salt: str
    percent: Decimal
    points: frozenset[str]


class Assigned(NamedTuple):
    """The arm of one cart, and the points at which the roll-out tries anything."""

    rollout_id: UUID
    arm: Arm
    points: frozenset[str] = frozenset()

    @classmethod
    def recorded(cls, record: EvaluationRecord) -> Assigned | None:
        """The arm that a recorded evaluation had."""
        if record.rollout_id is None:
            return None
        return cls(record.rollout_id, cast("Arm", record.arm))

    def told(self, decided: Discounts, *, is_replay: bool) -> RolloutArm:
        """The arm as it really decided: where what is tried is not at hand, today's rules did."""
        asked = [it.rollout for it in decided.outcomes if it.point in self.points]
        if self.arm == "candidate" and asked and not any(asked) and not is_replay:
            return RolloutArm(self.rollout_id, "outside")
        return RolloutArm(self.rollout_id, self.arm)


_running: TwoLevelCache[Running | None] = TwoLevelCache(
    "rollouts", stale_after=(RolloutFollowed.name,), seconds_here=5.0
)


def assigned(cart: Cart) -> Assigned | None:
    """The cart's arm; nothing where no roll-out runs, or a moment of the past is asked about."""
    if cart.at is not None:
        return None
    running = _running.get(current_tenant(), "running", _load)
    if running is None:
        return None
    arm = arm_of(salt=running.salt, percent=running.percent, cart=cart)
    return Assigned(running.id, arm, running.points)


def _load() -> Running | None:
    rows = RunningRollout.objects.filter(ended_at=None)
    found: RunningRollout | None = rows.order_by("-started_at", "-id").first()
    if found is None:
        return None
    return Running(found.id, found.salt, found.percent, frozenset(found.candidates))
