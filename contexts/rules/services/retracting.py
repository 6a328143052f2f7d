"""
Taking an approval back, as long as nobody went by it.

Review rows are never changed: a taking back is a row of its own, after which the one before counts no more.
"""

from __future__ import annotations

from uuid import UUID

from contexts.rules import policies
from contexts.rules.errors import NothingToTakeBack, TooLateToTakeBack
from contexts.rules.events import ApprovalTakenBack
from contexts.rules.models import Promotion, Review, RuleVersion, Status
from contexts.rules.services.noticing import call_attention
from contexts.rules.services.reviewing import approvals_of
from contexts.rules.services.standing import locked
from shared_kernel import bus, clock

Verdict = Review.Verdict
INSTEAD = {
    Status.SCHEDULED: "Have it taken off the calendar first.",
    Status.ACTIVE: "Have it paused or retired instead.",
    Status.PAUSED: "Have it retired instead.",
}


def take_back_approval(
    *, rule_id: UUID, number: int, reviewer: str, comment: str = ""
) -> RuleVersion:
    """
    Let one's own approval of a version count no more; an approved version that lacks it is in review again.

    Whoever took theirs back may review it again.

    Raises:
        NotFound; NothingToTakeBack: they have not approved it; TooLateToTakeBack: it decides, is going to, or was released.

    """
    with bus.act():
        version = locked(rule_id, number)
        given = Review.last_of(version, reviewer)
        if given is None or given.verdict != Verdict.APPROVE:
            raise NothingToTakeBack(reviewer=reviewer, version=number)
        _demand_in_time(version)
        at = clock.now()
        Review.objects.create(
            version=version, reviewer=reviewer, verdict=Verdict.TAKE_BACK, turn=given.turn + 1,
            comment=comment, content_hash=version.content_hash, decided_at=at,
        )  # fmt: skip
        lacking = policies.missing(version.needs, approvals_of(version))
        if version.status == Status.APPROVED and lacking:
            version.reopen(at=at)
            version.save()
        missing = policies.said(lacking)
        bus.publish(
            ApprovalTakenBack(
                rule_id=rule_id, version=number, content_hash=version.content_hash,
                reviewer=reviewer, missing=missing, comment=comment,
            )
        )  # fmt: skip
        needs = f"it needs {missing} now" if missing else "it stays approved without it"
        why = f": {comment}" if comment else ""
        call_attention(
            "taken-back", f"{reviewer} took the approval of {version} back, and {needs}{why}.",
            people={version.author, version.submitted_by}, version=version,
        )  # fmt: skip
    return version


def _demand_in_time(version: RuleVersion) -> None:
    if version.status not in {Status.IN_REVIEW, Status.APPROVED}:
        raise TooLateToTakeBack(
            why=f"Version {version.number} is {version.get_status_display().lower()}",
            instead=INSTEAD.get(Status(version.status), "Say what is wrong with it in a comment."),
        )
    promoted = Promotion.of_member(version.rule_id, version.number)
    if promoted is not None:
        raise TooLateToTakeBack(
            why=f"Release {promoted.release.number}, to which version {version.number} belongs, reached {promoted.stage}",
            instead="Have a release made without it.",
        )
