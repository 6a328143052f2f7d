"""
Pausing a rule: it decides no more until it is resumed, neither by the version that did nor by one that is tried.

Starting a roll-out and pausing a rule take turns, so that no roll-out begins with a rule that is being paused.
"""

from __future__ import annotations

from uuid import UUID

from contexts.rules.errors import ReasonMissing
from contexts.rules.events import RulePaused
from contexts.rules.models import RuleVersion
from contexts.rules.queries import waiting_of
from contexts.rules.services.deciding import end_deciding
from contexts.rules.services.rolling import roll_back_held, trying_held
from contexts.rules.services.standing import locked, take_turns
from contexts.rules.services.watching import plan_proof
from shared_kernel import bus, clock


def pause_version(
    *, rule_id: UUID, number: int, paused_by: str, reason: str, unschedule: bool = False
) -> RuleVersion:
    """
    Stop an active version from deciding, for a while and at once; nobody has to approve that.

    A roll-out that tries another version of the rule is rolled back: whoever pauses a rule means it. A version that
    waits for its time begins nevertheless, in place of the paused one, unless it is to go off the calendar as well.

    Raises:
        NotFound, ReasonMissing; WrongStatus: it is not active.

    """
    said = reason.strip()
    if not said:
        raise ReasonMissing(pointers=("/reason",))
    with bus.act():
        take_turns()
        rollout = trying_held(rule_id)  # before the rule, as whoever promotes locks them
        version = locked(rule_id, number)
        at = clock.now()
        version.pause(by=paused_by, at=at, why=said)
        version.save()
        bus.publish(
            RulePaused(
                rule_id=rule_id, version=number, point=version.rule.point, at=at,
                paused_by=paused_by, reason=said,
            )
        )  # fmt: skip
        plan_proof(version)
        waiting = waiting_of(version)
        if unschedule and waiting is not None:
            end_deciding(waiting, by=paused_by)
        if rollout is not None:
            why = f"{version.rule.slug}, which it tries, was paused: {said}"
            roll_back_held(rollout, reason=why, by=paused_by)
    return version
