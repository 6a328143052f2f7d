"""The clockwork of roll-outs: it takes the steps that are due, and takes back what tries a version whose time is over."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import structlog

from contexts.rules.models import Rollout, RolloutStep
from contexts.rules.queries.rollouts import rollout_of
from contexts.rules.services.proving import proves_again, take_turns_unmoved
from contexts.rules.services.rolling import (
    demand_still_approved,
    held_rollout,
    over_in,
    plan_look,
    roll_back_held,
    take_step,
)
from shared_kernel import bus, clock
from shared_kernel.errors import DomainError
from shared_kernel.tenancy import across_tenants, tenant_scope

CLOCKWORK = "system:calendar"
SECONDS_BETWEEN = 5  # tries of a step that waits for approvals
log = structlog.get_logger(__name__)


def take_due_rollout_steps(*, limit: int = 100) -> int:
    """Take every tenant's roll-outs on whose time has come; how many went on."""
    with across_tenants("the clockwork serves every tenant's roll-outs"):
        due = RolloutStep.objects.filter(due_at__lte=clock.now()).order_by("due_at")
        found = list(due.values_list("tenant_id", "id")[:limit])
    taken = 0
    for tenant, rollout_id in found:
        with tenant_scope(tenant):
            taken += _take_due(rollout_id)
    return taken


def _take_due(rollout_id: UUID) -> bool:
    """One step, if it is still due when the lock is held; one that may not be taken waits and says for what."""
    try:
        return _taken_back_in_time(rollout_id) or _stepped(rollout_id)
    except DomainError as refusal:
        log.warning("roll-out waits", rollout=str(rollout_id), why=str(refusal))
        _wait(rollout_id, str(refusal))
        return False


@proves_again
def _stepped(rollout_id: UUID) -> bool:
    seen = demand_still_approved(rollout_of(rollout_id))
    with bus.act():
        take_turns_unmoved(seen)
        rollout = held_rollout(rollout_id)
        due = RolloutStep.objects.filter(id=rollout_id, due_at__lte=clock.now())
        if rollout.status != Rollout.Status.RUNNING or not due.exists():
            return False
        take_step(rollout, CLOCKWORK)
    return True


def _taken_back_in_time(rollout_id: UUID) -> bool:
    """Roll back what tries a version whose time is over, also one that is paused: it decides for nobody from then on."""
    if over_in(rollout_of(rollout_id)) is None:
        return False
    with bus.act():
        rollout = held_rollout(rollout_id)
        over = over_in(rollout)
        if over is None or not rollout.is_under_way:
            return False
        _, version = over
        why = f"The time of {version.rule.slug}, version {version.number}, is over: it ended {version.ends} {version.time_zone}."
        roll_back_held(rollout, reason=why, by=CLOCKWORK)
    return True


def _wait(rollout_id: UUID, why: str) -> None:
    with bus.act():
        rollout = held_rollout(rollout_id)
        if rollout.status == Rollout.Status.RUNNING:
            rollout.waits_for = why[:400]
            rollout.save()
            plan_look(rollout, clock.now() + timedelta(seconds=SECONDS_BETWEEN))
