"""
Taking an approval back, as long as nobody went by it.

Rows of reviews and of approvals of a release are never changed: a taking back is a row of its own, after which the one
before counts no more. A template has one approval, which its version bears: it is in review again, and the version that it
replaced is used again.
"""

from __future__ import annotations

from uuid import UUID

from contexts.rules import policies
from contexts.rules.errors import NoApprovalStands, NothingToTakeBack, TooLateToTakeBack
from contexts.rules.events import (
    ApprovalTakenBack,
    PromotionApprovalTakenBack,
    TemplateApprovalTakenBack,
)
from contexts.rules.models import (
    Promotion,
    Release,
    ReleaseApproval,
    Review,
    RuleTemplateVersion,
    RuleVersion,
    Status,
    TemplateStatus,
)
from contexts.rules.policies.releases import LAST
from contexts.rules.queries.releases import missing_at
from contexts.rules.queries.rollouts import reaching_customers
from contexts.rules.services.noticing import call_attention
from contexts.rules.services.releasing import demand_stage, held
from contexts.rules.services.reviewing import approvals_of
from contexts.rules.services.standing import locked
from contexts.rules.services.templating import locked_template, path_of
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
        call_attention(
            "taken-back", f"{reviewer} took the approval of {version} back, and {needs}{_why(comment)}.",
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


def take_back_promotion_approval(
    *, number: int, stage: str, reviewer: str, comment: str = ""
) -> ReleaseApproval:
    """
    Let one's own approval that a release reaches a stage count no more; they may give it again.

    Raises:
        NotFound; NoApprovalStands: they have not approved it; TooLateToTakeBack: it is there, or is rolled out by it.

    """
    demand_stage(stage)
    with bus.act():
        release = held(number)
        given = ReleaseApproval.last_of(release, stage, reviewer)
        if given is None or given.verdict != ReleaseApproval.Verdict.APPROVE:
            raise NoApprovalStands(reviewer=reviewer, what=f"release {number} for {stage}")
        _demand_waiting(release, stage)
        taken: ReleaseApproval = ReleaseApproval.objects.create(
            release=release, stage=stage, digest=release.digest, reviewer=reviewer, turn=given.turn + 1,
            verdict=ReleaseApproval.Verdict.TAKE_BACK, comment=comment, approved_at=clock.now(),
        )  # fmt: skip
        missing = policies.said(missing_at(release, stage))
        bus.publish(
            PromotionApprovalTakenBack(
                release_id=release.id, number=number, digest=release.digest, stage=stage,
                reviewer=reviewer, missing=missing, comment=comment,
            )
        )  # fmt: skip
        needs = f"it needs {missing} now" if missing else "it may go there without it"
        call_attention(
            "taken-back",
            f"{reviewer} took the approval of {release} for {stage} back, and {needs}{_why(comment)}.",
            people={release.made_by}, path=f"/admin/rules/rule/releases/{number}/",
        )  # fmt: skip
    return taken


def _demand_waiting(release: Release, stage: str) -> None:
    if Promotion.objects.filter(release=release, stage=stage).exists():
        raise TooLateToTakeBack(
            why=f"Release {release.number} reached {stage}",
            instead="Have a release made that says what should stand there.",
        )
    rollout = reaching_customers(release) if stage == LAST else None
    if rollout is not None:
        raise TooLateToTakeBack(
            why=f"Release {release.number} decides for {rollout.percent} % of all customers",
            instead="Have the roll-out rolled back first.",
        )


def take_back_template_approval(
    *, template_id: UUID, number: int, reviewer: str, comment: str = ""
) -> RuleTemplateVersion:
    """
    Let one's own approval of a template count no more: it is in review, and the version that it replaced is used again.

    Raises:
        NotFound; NoApprovalStands: they have not approved it, or it is not approved; TooLateToTakeBack: a rule is made from it.

    """
    with bus.act():
        locked_template(template_id, number)
        # whoever makes a rule from it holds this very row
        version: RuleTemplateVersion = RuleTemplateVersion.objects.select_for_update(
            of=("self",)
        ).get(template_id=template_id, number=number)
        if version.status != TemplateStatus.APPROVED or version.reviewer != reviewer:
            what = f"version {number} of the template"
            raise NoApprovalStands(reviewer=reviewer, what=what)
        made = RuleVersion.objects.select_related("rule").filter(made_from=version).first()
        if made is not None:
            raise TooLateToTakeBack(
                why=f"{made.rule.slug}, version {made.number}, is made from version {number} of the template",
                instead="Have it retired instead.",
            )
        before: RuleTemplateVersion | None = version.replaced
        version.reopen(at=clock.now(), why=comment)
        version.save()
        if before is not None:
            before.revive()
            before.save()
            version.replaced = None
            version.save()
        bus.publish(
            TemplateApprovalTakenBack(
                template_id=template_id, version=number, content_hash=version.content_hash,
                reviewer=reviewer, usable=before.number if before else None, comment=comment,
            )
        )  # fmt: skip
        instead = f"; version {before.number} is used again" if before else ""
        call_attention(
            "taken-back",
            f"{reviewer} took the approval of the template {version} back{instead}{_why(comment)}.",
            people={version.author, version.submitted_by}, path=path_of(version),
        )  # fmt: skip
    return version


def _why(comment: str) -> str:
    return f": {comment}" if comment else ""
