"""
When approved versions decide: at once, by the calendar, not for a while, not any more; and the switch that stops a point.

`clockwork` does what the calendar says, `pausing` the rest of "not for a while".
"""

from __future__ import annotations

from uuid import UUID

from django.db import IntegrityError

from contexts.rules.errors import (
    PointNotStopped,
    PointStoppedAlready,
    ReasonMissing,
    ReleaseDemanded,
)
from contexts.rules.events import (
    PointFreed,
    PointHalted,
    RuleActivated,
    RuleResumed,
    RuleRetired,
    RuleScheduled,
    RuleUnscheduled,
)
from contexts.rules.models import (
    DECIDED,
    PointStop,
    RuleVersion,
    StagePolicy,
    Status,
    TimedStep,
)
from contexts.rules.policies.releases import LAST
from contexts.rules.queries import waiting_of
from contexts.rules.services.proving import (
    demand_guardrails,
    proves_again,
    take_turns_unmoved,
)
from contexts.rules.services.standing import (
    checked,
    demand_point,
    demand_same,
    demand_untried,
    locked,
    take_turns,
    version_of,
)
from contexts.rules.services.watching import plan_proof
from shared_kernel import bus, clock

Step = TimedStep.Step


@proves_again
def activate_version(*, rule_id: UUID, number: int, activated_by: str) -> RuleVersion:
    """
    Let an approved version decide, in place of the one that did: now, or when its window opens.

    Raises:
        NotFound; WrongStatus: it is not approved; WindowOver. RuleUnsound: an attribute that it reads is not what it was.
        ReleaseDemanded: production has a policy of its own. GuardrailBroken: with what decides by now.
        RuleTried: it would begin beneath a roll-out that tries a version of its rule. DecidersMoved.

    """
    read = version_of(rule_id, number)
    _demand_may_begin(read)
    demand_still_fits(read)
    seen = demand_guardrails([read])
    with bus.act():
        take_turns_unmoved(seen)
        version = locked(rule_id, number)
        _demand_may_begin(version)  # others may have said otherwise during the proof
        return begin_deciding(version, by=activated_by)


def _demand_may_begin(version: RuleVersion) -> None:
    if StagePolicy.objects.filter(stage=LAST).exists():
        raise ReleaseDemanded(version=version.number)
    if not waits(version):
        demand_untried(version.rule_id)


def waits(version: RuleVersion) -> bool:
    """Whether it would stand on the calendar until its window opens."""
    return version.starts_at is not None and version.starts_at > clock.now()


def begin_deciding(version: RuleVersion, *, by: str) -> RuleVersion:
    """Let a version decide, now or when its window opens; the caller holds its rule and the unit of work."""
    if waits(version):
        return _schedule(version, by=by)
    return _activate(version, by=by)


def end_deciding(version: RuleVersion, *, by: str) -> RuleVersion:
    """Let a version decide no more, nor begin by itself; the caller holds its rule and the unit of work."""
    if version.status == Status.SCHEDULED:
        return _unschedule(version, by=by)
    return _retire(version, by=by)


def _schedule(version: RuleVersion, *, by: str) -> RuleVersion:
    before = RuleVersion.objects.filter(rule_id=version.rule_id, status=Status.SCHEDULED).first()
    if before is not None:
        _unschedule(before, by=by)
    version.schedule(by=by, at=clock.now())
    version.save()
    assert version.starts_at is not None  # noqa: S101 - who calls saw to it
    _plan(version, Step.START, version.starts_at)
    bus.publish(
        RuleScheduled(
            rule_id=version.rule_id, version=version.number, point=version.rule.point,
            starts_at=version.starts_at, scheduled_by=by, text=version.text,
            content_hash=version.content_hash, ends_at=version.ends_at,
        )
    )  # fmt: skip
    return version


def _activate(version: RuleVersion, *, by: str) -> RuleVersion:
    at = clock.now()
    before = RuleVersion.objects.filter(rule_id=version.rule_id, status__in=DECIDED).first()
    version.activate(by=by, at=at)
    if before is not None:
        before.retire(by=by, at=at)
        before.save()
        forget_steps(before)
    version.save()
    forget_steps(version)
    if version.ends_at is not None:
        _plan(version, Step.END, version.ends_at)
    bus.publish(
        RuleActivated(
            rule_id=version.rule_id, version=version.number, point=version.rule.point,
            text=version.text, content_hash=version.content_hash, at=at, activated_by=by,
            ends_at=version.ends_at,
        )
    )  # fmt: skip
    return version


def unschedule_version(*, rule_id: UUID, number: int, unscheduled_by: str) -> RuleVersion:
    """
    Take an approved version off the calendar; it does not begin by itself.

    Raises:
        NotFound; WrongStatus: it is not scheduled.

    """
    with bus.act():
        return _unschedule(locked(rule_id, number), by=unscheduled_by)


def _unschedule(version: RuleVersion, *, by: str) -> RuleVersion:
    version.unschedule(by=by, at=clock.now())
    version.save()
    forget_steps(version)
    bus.publish(
        RuleUnscheduled(
            rule_id=version.rule_id, version=version.number, point=version.rule.point,
            unscheduled_by=by,
        )
    )  # fmt: skip
    return version


@proves_again
def resume_version(*, rule_id: UUID, number: int, resumed_by: str) -> RuleVersion:
    """
    Let a paused version decide again, exactly as it was approved.

    Raises:
        NotFound; WrongStatus: it is not paused; WindowOver. RuleUnsound: an attribute that it reads is not what it was.
        GuardrailBroken: with what decides by now. DecidersMoved.

    """
    read = version_of(rule_id, number)
    read.demand(Status.PAUSED, "resumed")
    demand_still_fits(read)
    seen = demand_guardrails([read])
    with bus.act():
        take_turns_unmoved(seen)
        version = locked(rule_id, number)
        at = clock.now()
        version.resume(by=resumed_by, at=at)
        version.save()
        bus.publish(
            RuleResumed(
                rule_id=rule_id, version=number, point=version.rule.point, text=version.text,
                content_hash=version.content_hash, at=at, resumed_by=resumed_by,
                ends_at=version.ends_at,
            )
        )  # fmt: skip
    return version


def retire_version(
    *, rule_id: UUID, number: int, retired_by: str, unschedule: bool = False
) -> RuleVersion:
    """
    Stop an active or paused version from deciding, for good.

    A version of the rule that waits for its time begins nevertheless, unless it is to go off the calendar as well.

    Raises:
        NotFound; WrongStatus: it is neither; RuleTried: a roll-out tries another version of its rule.

    """
    with bus.act():
        take_turns()
        demand_untried(rule_id)
        version = _retire(locked(rule_id, number), by=retired_by)
        waiting = waiting_of(version)
        if unschedule and waiting is not None:
            _unschedule(waiting, by=retired_by)
    return version


def _retire(version: RuleVersion, *, by: str) -> RuleVersion:
    at = clock.now()
    version.retire(by=by, at=at)
    version.save()
    forget_steps(version)
    plan_proof(version)
    bus.publish(
        RuleRetired(
            rule_id=version.rule_id, version=version.number, point=version.rule.point,
            at=at, retired_by=by,
        )
    )  # fmt: skip
    return version


def _plan(version: RuleVersion, step: str, due_at: object) -> None:
    TimedStep.objects.update_or_create(
        rule_id=version.rule_id, number=version.number, step=step, defaults={"due_at": due_at}
    )


def forget_steps(version: RuleVersion) -> None:
    """Let the clockwork do nothing more with a version."""
    TimedStep.objects.filter(rule_id=version.rule_id, number=version.number).delete()


def demand_still_fits(version: RuleVersion) -> None:
    """What begins still means what was approved: attributes may have changed since. Asked before anything is locked."""
    demand_same(version, reviewed=checked(version.rule.point, version.text).content_hash)


def halt_point(*, point: str, reason: str, halted_by: str) -> PointStop:
    """
    Let no rule of a point decide from now on, in any process: the kill switch.

    Raises:
        UnknownDecisionPoint, ReasonMissing; PointStoppedAlready.

    """
    demand_point(point)
    if not reason.strip():
        raise ReasonMissing(pointers=("/reason",))
    at = clock.now()
    try:
        with bus.act():
            stop: PointStop = PointStop.objects.create(
                point=point, reason=reason.strip(), stopped_by=halted_by, stopped_at=at
            )
            bus.publish(PointHalted(point=point, at=at, halted_by=halted_by, reason=reason.strip()))
    except IntegrityError as conflict:
        raise PointStoppedAlready(point=point) from conflict
    return stop


def free_point(*, point: str, freed_by: str) -> PointStop:
    """
    Let the rules of a point decide again.

    Raises:
        PointNotStopped.

    """
    at = clock.now()
    with bus.act():
        stop: PointStop | None = (
            PointStop.objects.select_for_update().filter(point=point, lifted_at=None).first()
        )
        if stop is None:
            raise PointNotStopped(point=point)
        stop.lifted_by, stop.lifted_at = freed_by, at
        stop.save()
        bus.publish(PointFreed(point=point, at=at, freed_by=freed_by))
    return stop
