"""
What the calendar says is due: versions begin and end by themselves.

What begins begins and what ends ends, whatever tries another version of its rule: a window was approved as such. The roll-out
that does is rolled back in the same act, for what it is compared with is gone; people are told, as of any other.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import structlog

from contexts.rules.errors import DecidersMoved, GuardrailUnproved
from contexts.rules.models import RuleVersion, Status, TimedStep
from contexts.rules.queries.rollouts import trying
from contexts.rules.services.deciding import (
    begin_deciding,
    demand_still_fits,
    end_deciding,
    forget_steps,
)
from contexts.rules.services.noticing import call_attention
from contexts.rules.services.proving import (
    Seen,
    demand_guardrails,
    proves_again,
    take_turns_unmoved,
)
from contexts.rules.services.rolling import roll_back_held, trying_held
from contexts.rules.services.standing import locked, version_of
from shared_kernel import bus, clock
from shared_kernel.errors import DomainError
from shared_kernel.tenancy import across_tenants, tenant_scope

CLOCKWORK = "system:calendar"
Step = TimedStep.Step
BY_CALENDAR = (Step.START, Step.END)
PUT_OFF = timedelta(minutes=5)  # until a proof that was not finished is tried again
log = structlog.get_logger(__name__)


def take_due_steps(*, limit: int = 200) -> int:
    """Do what the calendars of all tenants say is due; how many versions began or ended."""
    with across_tenants("the clockwork serves every tenant's calendar"):
        steps = TimedStep.due(clock.now()).filter(step__in=BY_CALENDAR)
        due = list(steps.values_list("tenant_id", "rule_id", "number")[:limit])
    taken = 0
    for tenant, rule_id, number in due:
        with tenant_scope(tenant):
            taken += _take(rule_id, number)
    return taken


def _take(rule_id: UUID, number: int) -> bool:
    """One step, or the refusal of it; it waits while others are faster, and for contexts that are away."""
    try:
        return _taken(rule_id, number)
    except (bus.ContextAbsent, bus.ContextUnreachable, DecidersMoved) as reason:
        log.warning("calendar step waits", rule=str(rule_id), version=number, why=str(reason))
    except GuardrailUnproved as reason:
        log.warning("calendar step waits", rule=str(rule_id), version=number, why=str(reason))
        with bus.act():
            _put_off(rule_id, number, why=str(reason))
    except DomainError as refusal:
        log.warning("calendar step refused", rule=str(rule_id), version=number, why=str(refusal))
        with bus.act():
            _unplan(rule_id, number, why=str(refusal))
    return False


@proves_again
def _taken(rule_id: UUID, number: int) -> bool:
    """One step; whoever holds the rule's lock finds it still due, everybody else finds it done."""
    due = TimedStep.due(clock.now()).filter(rule_id=rule_id, number=number, step__in=BY_CALENDAR)
    seen: Seen = {}
    if due.filter(step=Step.START).exists():
        read = version_of(rule_id, number)
        demand_still_fits(read)
        seen = demand_guardrails([read], ends=trying(rule_id))
    with bus.act():
        take_turns_unmoved(seen)
        rollout = trying_held(rule_id)  # before the rule, as whoever promotes locks them
        version = locked(rule_id, number)
        step = due.first()
        if step is None:
            return False
        if step.step == Step.END:
            end_deciding(version, by=CLOCKWORK)
        else:
            begin_deciding(version, by=CLOCKWORK)
        if rollout is not None:
            roll_back_held(rollout, reason=_why(version, step.step), by=CLOCKWORK)
    return True


def _why(version: RuleVersion, step: str) -> str:
    """Why a roll-out is rolled back that tries a version of the rule."""
    slug, number, zone = version.rule.slug, version.number, version.time_zone
    if step == Step.START:
        return (
            f"{slug}, of which it tries a version, decides by another since {version.starts} {zone}: version {number} began, "
            "as the calendar had it. Try it again beside that one, if it is still wanted."
        )
    return (
        f"{slug}, of which it tries another version, ended: version {number} was to decide until "
        f"{version.ends} {zone}, so that there is nothing any more to compare with."
    )


def _put_off(rule_id: UUID, number: int, *, why: str) -> None:
    """A proof that was not finished may be next time: people are told once, and it is tried again in some minutes."""
    version = locked(rule_id, number)
    step = TimedStep.objects.filter(rule_id=rule_id, number=number, step=Step.START).first()
    if step is None or version.starts_at is None:
        return
    if step.due_at <= version.starts_at:
        call_attention(
            "not-begun", f"{version} has not begun, and is tried again every few minutes: {why}",
            people=_concerned(version), version=version,
        )  # fmt: skip
    step.due_at = clock.now() + PUT_OFF
    step.save()


def _concerned(version: RuleVersion) -> set[str]:
    return {version.author, version.submitted_by, version.standing_by}


def _unplan(rule_id: UUID, number: int, *, why: str) -> None:
    """A step that can never be taken does not stand in the way of the others; whoever waits for it is told."""
    version = locked(rule_id, number)
    if version.status != Status.SCHEDULED:
        forget_steps(version)
        return
    concerned = _concerned(version)
    end_deciding(version, by=CLOCKWORK)
    call_attention(
        "not-begun", f"{version} did not begin by itself: {why}",
        people=concerned, version=version,
    )  # fmt: skip
