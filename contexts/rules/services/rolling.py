"""
Roll-outs: a release decides for a few customers, then for more, then for all; or it is rolled back.

Everything that happens to a roll-out happens under the lock of its row, so that a guard and a promotion never both win.
At shadow nothing reaches customers; every step beyond demands what production demands, at the moment when it is taken.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.db import IntegrityError

from contexts.rules import policies
from contexts.rules.errors import (
    MemberCannotDecide,
    PromotionNotApproved,
    ReasonMissing,
    RolloutElsewhere,
    RolloutNotRunning,
    RolloutUnderWay,
    RolloutUnsound,
    StageLeftOut,
)
from contexts.rules.events import (
    RolloutCandidate,
    RolloutCompleted,
    RolloutGuard,
    RolloutPaused,
    RolloutResumed,
    RolloutRolledBack,
    RolloutStarted,
    RolloutStepped,
)
from contexts.rules.models import Promotion, Release, Rollout, RolloutStep, RuleVersion, Status
from contexts.rules.policies.releases import LAST, Member, stage_before
from contexts.rules.policies.rollouts import RampStep, demand_guards, demand_ramp
from contexts.rules.queries.releases import missing_at, release_numbered, versions_of
from contexts.rules.queries.rollouts import candidates_of, rollout_of, tried_by, trying
from contexts.rules.services.noticing import call_attention
from contexts.rules.services.promoting import (
    demand_as_approved,
    demand_not_reached,
    demand_unstopped,
    promote_held,
)
from contexts.rules.services.proving import Seen, proves_again, take_turns_unmoved
from contexts.rules.services.releasing import held
from shared_kernel import bus, clock
from shared_kernel.ids import new_id

GUARD = "system:guard"
RUNNING, PAUSED = Rollout.Status.RUNNING, Rollout.Status.PAUSED


@proves_again
def start_rollout(
    *, number: int, ramp: Sequence[RampStep], guards: Sequence[RolloutGuard], started_by: str
) -> Rollout:
    """
    Try a release on a few customers first, or on none: `ramp` says on how many and how long.

    Raises:
        NotFound; RolloutUnsound: such a ramp, such guards, or nothing that is not active already. StageLeftOut: it never was
            at staging. StageReached. PromotionNotApproved: the first step reaches customers. MemberCannotDecide.
        RolloutUnderWay: another one is. GuardrailBroken, DecidersMoved.

    """
    steps, watched = demand_ramp(ramp), demand_guards(guards)
    release = release_numbered(number)
    seen = demand_as_approved(release)
    try:
        with bus.act():
            take_turns_unmoved(seen)
            release = held(number)
            _demand_ready(release, steps[0])
            candidates = candidates_of(release)
            _demand_candidates(release, candidates, steps)
            rollout = _begun(release, steps, watched, candidates, started_by)
            _publish_start(rollout, candidates, started_by)
    except IntegrityError as conflict:
        if "rollout_one_under_way" not in str(conflict):
            raise
        raise RolloutUnderWay from conflict
    return rollout


def _demand_ready(release: Release, step: RampStep) -> None:
    before = stage_before(LAST)
    assert before is not None  # noqa: S101 - the last stage is not the first
    if not Promotion.objects.filter(release=release, stage=before).exists():
        raise StageLeftOut(release=release.number, before=before)
    demand_not_reached(release, LAST)
    _demand_may_take(release, step)


def _demand_may_take(release: Release, step: RampStep) -> None:
    """What reaches customers is approved for production, whole, and nobody stopped any of it."""
    demand_unstopped(versions_of(release.consists_of).values())
    lacking = missing_at(release, LAST) if step.percent else ()
    if lacking:
        raise PromotionNotApproved(
            release=release.number, stage=LAST, missing=policies.said(lacking)
        )


def _demand_candidates(
    release: Release,
    candidates: Sequence[tuple[Member, RuleVersion]],
    steps: Sequence[RampStep],
) -> None:
    if not candidates:
        raise RolloutUnsound(
            fault="Every member decides already, or waits for its time: there is nothing to try."
        )
    over = clock.now() + timedelta(seconds=sum(it.seconds for it in steps))
    for member, version in candidates:
        why = ""
        if version.ends_at is not None and version.ends_at <= over:
            why = "Its time is over before the ramp is; make the ramp shorter."
        elif version.status == Status.SCHEDULED:
            why = "It begins by itself at any moment; take it off the calendar to try it first."
        if why:
            raise MemberCannotDecide(slug=member.slug, version=member.version, why=why)
    _demand_compared(candidates, over)
    _demand_nothing_untried(release, {version.id for _, version in candidates}, over)


def _demand_nothing_untried(release: Release, tried: Collection[UUID], over: datetime) -> None:
    """What the last step lets begin was tried before: no member's window opens in between."""
    for member, version in versions_of(release.consists_of).items():
        opens = version.starts_at
        if (
            version.status == Status.APPROVED
            and version.id not in tried
            and opens
            and opens <= over
        ):
            raise MemberCannotDecide(
                slug=member.slug, version=member.version,
                why=f"Its time begins before the ramp is over ({version.starts} {version.time_zone}), so that nobody would "
                "have tried it; make the ramp shorter, or start again when it has begun.",
            )  # fmt: skip


def _demand_compared(candidates: Sequence[tuple[Member, RuleVersion]], over: datetime) -> None:
    """What decides now in the place of a candidate does so until the ramp is over: else it is compared with nothing."""
    ending = RuleVersion.objects.filter(status=Status.ACTIVE, ends_at__lte=over)
    ends = dict(ending.values_list("rule_id", "number"))
    beginning = RuleVersion.objects.filter(status=Status.SCHEDULED, starts_at__lte=over)
    begins = dict(beginning.values_list("rule_id", "number"))
    for member, version in candidates:
        why = ""
        if version.rule_id in ends:
            why = f"Version {ends[version.rule_id]}, with which it would be compared, ends before the ramp is over"
        elif version.rule_id in begins:
            why = f"Version {begins[version.rule_id]} of the same rule begins by itself before the ramp is over"
        if why:
            raise MemberCannotDecide(
                slug=member.slug, version=member.version,
                why=f"{why}; make the ramp shorter, or start it after that.",
            )  # fmt: skip


def _begun(
    release: Release,
    steps: Sequence[RampStep],
    guards: Sequence[RolloutGuard],
    candidates: Sequence[tuple[Member, RuleVersion]],
    by: str,
) -> Rollout:
    at = clock.now()
    rollout = Rollout(
        id=new_id(), release=release, digest=release.digest,
        candidates=[f"{member.slug}@{member.version}" for member, _ in candidates],
        ramp=msgspec.to_builtins(steps), guards=msgspec.to_builtins(guards),
        started_by=by, started_at=at,
    )  # fmt: skip
    _note(rollout, by)
    rollout.save(force_insert=True)
    plan_look(rollout, at + timedelta(seconds=steps[0].seconds))
    return rollout


def _publish_start(
    rollout: Rollout, candidates: Sequence[tuple[Member, RuleVersion]], by: str
) -> None:
    bus.publish(
        RolloutStarted(
            rollout_id=rollout.id, release_id=rollout.release_id, number=rollout.release.number,
            at=rollout.started_at, digest=rollout.digest, salt=str(rollout.id),
            percent=rollout.percent, guards=rollout.watched, started_by=by,
            candidates=tuple(
                RolloutCandidate(member.point, version.text, version.content_hash)
                for member, version in candidates
            ),
        )
    )  # fmt: skip


@proves_again
def advance_rollout(*, rollout_id: UUID, by: str, seen: int | None = None) -> Rollout:
    """
    Take the next step now; the last one promotes the release. With `seen`, only from that step on.

    Raises:
        NotFound, RolloutNotRunning, RolloutElsewhere; PromotionNotApproved, MemberCannotDecide, StageReached: the step reaches
            customers, and may not. GuardrailBroken, DecidersMoved.

    """
    proved = demand_still_approved(rollout_of(rollout_id))
    with bus.act():
        take_turns_unmoved(proved)
        rollout = held_rollout(rollout_id)
        _demand_under_way(rollout, verb="taken on")
        if seen is not None and seen != rollout.step:
            raise RolloutElsewhere(current=rollout.step, seen=seen)
        take_step(rollout, by)
    return rollout


def demand_still_approved(rollout: Rollout) -> Seen:
    """What is tried still means what was approved: attributes may have changed since. Asked before anything is locked."""
    return demand_as_approved(rollout.release)


def take_step(rollout: Rollout, by: str) -> None:
    step = rollout.steps[rollout.step + 1]
    over = over_in(rollout)
    if over is not None:
        slug, number = over[0].slug, over[1].number
        raise MemberCannotDecide(slug=slug, version=number, why="Its time is over; roll back.")
    demand_not_reached(rollout.release, LAST)
    _demand_may_take(rollout.release, step)
    rollout.step += 1
    rollout.status, rollout.seconds_left, rollout.waits_for = RUNNING, 0, ""
    _note(rollout, by)
    if rollout.step == len(rollout.steps) - 1:
        _complete(rollout, by)
        return
    at = clock.now()
    rollout.save()
    plan_look(rollout, at + timedelta(seconds=step.seconds))
    bus.publish(
        RolloutStepped(
            rollout_id=rollout.id, release_id=rollout.release_id, number=rollout.release.number,
            at=at, step=rollout.step, percent=step.percent, stepped_by=by,
        )
    )  # fmt: skip


def _complete(rollout: Rollout, by: str) -> None:
    tried = {it.id for it in tried_by(rollout).values()}
    _demand_nothing_untried(rollout.release, tried, clock.now())  # a ramp may be held up
    promote_held(rollout.release, LAST, retire_others=False, by=by)
    _end(rollout, Rollout.Status.COMPLETED, by)
    bus.publish(
        RolloutCompleted(
            rollout_id=rollout.id, release_id=rollout.release_id, number=rollout.release.number,
            at=clock.now(), completed_by=by,
        )
    )  # fmt: skip


def pause_rollout(*, rollout_id: UUID, by: str, reason: str = "") -> Rollout:
    """
    Stay at the present step: whoever has the new rules keeps them, and guards go on watching.

    Raises:
        NotFound, RolloutNotRunning.

    """
    with bus.act():
        rollout = held_rollout(rollout_id)
        if rollout.status != RUNNING:
            raise _wrong(rollout, "running", "paused")
        step, at = RolloutStep.objects.get(id=rollout.id), clock.now()
        rollout.status, rollout.reason = PAUSED, reason.strip()[:400]
        rollout.seconds_left = max(0, round((step.due_at - at).total_seconds()))
        rollout.save()
        plan_look(rollout, None)
        bus.publish(
            RolloutPaused(
                rollout_id=rollout.id, release_id=rollout.release_id, at=at,
                number=rollout.release.number, reason=rollout.reason, paused_by=by,
            )
        )  # fmt: skip
    return rollout


def resume_rollout(*, rollout_id: UUID, by: str) -> Rollout:
    """
    Go on, with as much of the step's time as was left.

    Raises:
        NotFound, RolloutNotRunning.

    """
    with bus.act():
        rollout = held_rollout(rollout_id)
        if rollout.status != PAUSED:
            raise _wrong(rollout, "paused", "resumed")
        at = clock.now()
        due = at + timedelta(seconds=rollout.seconds_left)
        rollout.status, rollout.seconds_left, rollout.reason = RUNNING, 0, ""
        rollout.save()
        plan_look(rollout, due)
        bus.publish(
            RolloutResumed(
                rollout_id=rollout.id, release_id=rollout.release_id, at=at,
                number=rollout.release.number, resumed_by=by,
            )
        )  # fmt: skip
    return rollout


def roll_back_rollout(
    *, rollout_id: UUID, reason: str, by: str, evidence: dict[str, Any] | None = None
) -> Rollout:
    """
    Have today's rules decide for everybody again, at once; nobody has to approve that.

    Raises:
        NotFound, ReasonMissing; RolloutNotRunning: it is over, one way or the other.

    """
    if not reason.strip():
        raise ReasonMissing(pointers=("/reason",))
    with bus.act():
        rollout = held_rollout(rollout_id)
        _demand_under_way(rollout, verb="rolled back")
        roll_back_held(rollout, reason=reason, by=by, evidence=evidence)
    return rollout


def roll_back_held(
    rollout: Rollout, *, reason: str, by: str, evidence: dict[str, Any] | None = None
) -> None:
    """Roll back what is under way; the caller holds it and the unit of work."""
    rollout.reason, rollout.evidence = reason.strip()[:400], evidence
    _end(rollout, Rollout.Status.ROLLED_BACK, by)
    bus.publish(
        RolloutRolledBack(
            rollout_id=rollout.id, release_id=rollout.release_id, at=clock.now(),
            number=rollout.release.number, reason=rollout.reason, rolled_back_by=by,
        )
    )  # fmt: skip
    call_attention(
        "rolled-back",
        f"The roll-out of {rollout.release.name} (release {rollout.release.number}) was rolled back: {rollout.reason}",
        people={rollout.started_by, rollout.release.made_by} - {by},
        path=f"/admin/rules/rule/releases/roll-outs/{rollout.id}/",
    )


def heed_guard(*, rollout_id: UUID, sentence: str, evidence: dict[str, Any]) -> bool:
    """Roll back for a broken guard, and keep what it saw; false if the roll-out is over already."""
    try:
        roll_back_rollout(rollout_id=rollout_id, reason=sentence, by=GUARD, evidence=evidence)
    except RolloutNotRunning:
        return False
    return True


def plan_look(rollout: Rollout, due: datetime | None) -> None:
    """Have the clockwork look at it when its step is due, if it is, and when the time of what it tries is over."""
    ends = (it.ends_at for it in tried_by(rollout).values())
    moments = [it for it in (due, *ends) if it is not None]
    if moments:
        RolloutStep.objects.update_or_create(id=rollout.id, defaults={"due_at": min(moments)})
    else:
        RolloutStep.objects.filter(id=rollout.id).delete()


def over_in(rollout: Rollout) -> tuple[Member, RuleVersion] | None:
    """What it tries though its time is over."""
    now = clock.now()
    for member, version in tried_by(rollout).items():
        if version.ends_at is not None and version.ends_at <= now:
            return member, version
    return None


def trying_held(rule_id: UUID) -> Rollout | None:
    """The roll-out under way that tries a version of this rule, locked."""
    found = trying(rule_id)
    rollout = held_rollout(found.id) if found is not None else None
    return rollout if rollout is not None and rollout.is_under_way else None


def held_rollout(rollout_id: UUID) -> Rollout:
    """The roll-out and its release, locked in this order always."""
    rollout: Rollout | None = Rollout.objects.select_for_update().filter(id=rollout_id).first()
    if rollout is None:
        return rollout_of(rollout_id)  # says that there is none
    rollout.release = held(rollout.release.number)
    return rollout


def _demand_under_way(rollout: Rollout, *, verb: str) -> None:
    if not rollout.is_under_way:
        raise _wrong(rollout, "running or paused", verb)


def _wrong(rollout: Rollout, wanted: str, verb: str) -> RolloutNotRunning:
    return RolloutNotRunning(status=rollout.get_status_display().lower(), wanted=wanted, verb=verb)


def _note(rollout: Rollout, by: str) -> None:
    percent = str(rollout.steps[rollout.step].percent)
    rollout.steps_taken = [
        *rollout.steps_taken,
        {"step": rollout.step, "percent": percent, "at": clock.now().isoformat(), "by": by},
    ]


def _end(rollout: Rollout, status: str, by: str) -> None:
    rollout.status, rollout.ended_by, rollout.ended_at = status, by, clock.now()
    rollout.waits_for = ""
    rollout.save()
    RolloutStep.objects.filter(id=rollout.id).delete()
