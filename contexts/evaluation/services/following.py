"""
Following roll-outs: whose rules price carts from when on, and that their carts are counted.

A roll-out that is heard to end before it is heard to begin leaves a row that ended, which its beginning finds.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from contexts.evaluation.events import RolloutFollowed
from contexts.evaluation.models import RolloutTally, RolloutWork, RunningRollout
from contexts.rules.events import RolloutStarted
from shared_kernel import bus, clock


def follow_rollout(started: RolloutStarted) -> None:
    """Price carts as the roll-out says from now on, and count what it does."""
    candidates: dict[str, list[Any]] = {}
    for it in started.candidates:
        candidates.setdefault(it.point, []).append(msgspec.to_builtins(it.text))
    with bus.act():
        _, is_new = RunningRollout.objects.get_or_create(
            id=started.rollout_id,
            defaults={
                "salt": started.salt,
                "percent": started.percent,
                "candidates": candidates,
                "guards": msgspec.to_builtins(started.guards),
                "started_at": started.at,
            },
        )
        if not is_new:
            return
        RolloutTally.objects.create(id=started.rollout_id, after_at=started.at)
        RolloutWork.objects.create(id=started.rollout_id, due_at=clock.now())
        _tell(started.rollout_id, started.percent, is_running=True)


def widen_rollout(*, rollout_id: UUID, percent: Decimal) -> None:
    """Let the new rules price the carts of so many of a hundred customers."""
    with bus.act():
        narrower = RunningRollout.objects.filter(
            id=rollout_id, ended_at=None, percent__lt=percent
        )  # a step that is heard of late takes nobody away
        if narrower.update(percent=percent):
            _tell(rollout_id, percent, is_running=True)


def leave_rollout(*, rollout_id: UUID, at: datetime) -> None:
    """Price carts by the active rules only."""
    with bus.act():
        RunningRollout.objects.get_or_create(id=rollout_id, defaults=_never_begun(at))
        open_ones = RunningRollout.objects.filter(id=rollout_id, ended_at=None)
        if open_ones.update(ended_at=at):
            _tell(rollout_id, Decimal(0), is_running=False)


def _never_begun(at: datetime) -> dict[str, Any]:
    nobody = {"salt": "", "percent": Decimal(0), "candidates": {}}
    return {**nobody, "started_at": at, "ended_at": at}


def _tell(rollout_id: UUID, percent: Decimal, *, is_running: bool) -> None:
    bus.publish(RolloutFollowed(rollout_id=rollout_id, percent=percent, is_running=is_running))
