"""From a draft to what colleagues approved: submitting, approving, sending back, commenting."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec

from contexts.evaluation.messages import BackTestLimits, BackTestSummary
from contexts.rules import policies
from contexts.rules.errors import (
    AlreadyReviewed,
    AuthorCannotReview,
    BackTestMissing,
    CommentMissing,
    LimitsBroken,
)
from contexts.rules.events import (
    RuleApproved,
    RuleCommented,
    RuleRejected,
    RuleReviewed,
    RuleSubmitted,
)
from contexts.rules.models import Comment, Review, RuleVersion, Status, standing
from contexts.rules.queries import policies_of, teams_stood_for
from contexts.rules.services.absences import hold_absences
from contexts.rules.services.judging import demand_no_higher_risk, risk_of
from contexts.rules.services.noticing import call_attention
from contexts.rules.services.standing import checked, demand_same, locked, version_of
from shared_kernel import bus, clock

Verdict = Review.Verdict


def submit_version(*, rule_id: UUID, number: int, submitted_by: str) -> RuleVersion:
    """
    Hand a draft to the reviewers whom the policy names; from now on it does not change.

    Raises:
        NotFound, RuleUnsound; WrongStatus: it is no draft; GuardrailBroken: with the counterexample.

    """
    read = version_of(rule_id, number)
    read.demand(Status.DRAFT, "submitted")
    sound = checked(read.rule.point, read.text)
    risk = risk_of(read)
    policy = policies.policy_for(policies_of(), read.rule.point, risk.level)
    with bus.act():
        draft = locked(rule_id, number)
        demand_same(draft, reviewed=sound.content_hash)
        draft.submit(by=submitted_by, at=clock.now(), risk=risk, policy=policy)
        draft.save()
        bus.publish(
            RuleSubmitted(
                rule_id=rule_id,
                version=number,
                content_hash=draft.content_hash,
                submitted_by=submitted_by,
            )
        )
        call_attention(
            "review-wanted",
            f"{draft} waits for {policies.said(policy.requirements)}; its risk is {risk.level}.",
            teams=[it.team for it in policy.requirements], version=draft,
        )  # fmt: skip
    return draft


def _demand_limits(version: RuleVersion) -> None:
    """Refuse an approval as long as the back-test that the policy demands is missing, or shows too much."""
    if not version.limits:
        return
    limits = msgspec.convert(version.limits, BackTestLimits, strict=False)
    tested = bus.ask(
        BackTestSummary(
            content_hash=version.content_hash,
            rule_id=str(version.rule_id),
            limits=msgspec.structs.replace(limits, current=True),
        )
    )
    if tested is None:
        raise BackTestMissing(version=version.number)
    if tested.broken:
        raise LimitsBroken(broken=" ".join(tested.broken))


def approve_version(
    *, rule_id: UUID, number: int, reviewer: str, content_hash: str, comment: str = ""
) -> RuleVersion:
    """
    Approve this very content, named by its hash; it is approved once all whom the policy names have.

    Raises:
        AuthorCannotReview, AlreadyReviewed; ContentChanged: the hash is another one; WrongStatus: it is not in review;
        BackTestMissing, LimitsBroken: the policy demands a back-test within limits; RiskRisen: others have to approve it
        by now; GuardrailBroken: it would break one that was stated since.

    """
    read = version_of(rule_id, number)
    sound = checked(read.rule.point, read.text)
    demand_same(read, reviewed=sound.content_hash)
    read.demand(Status.IN_REVIEW, "reviewed")
    _demand_limits(read)
    demand_no_higher_risk(read)
    stood_for = teams_stood_for(
        reviewer, at=clock.now(), apart_from=(read.author, read.submitted_by)
    )
    teams = stood_for.teams
    with bus.act():
        hold_absences(stood_for, reviewer=reviewer)
        version = _reviewed(
            rule_id, number, reviewer=reviewer, content_hash=content_hash,
            verdict=Verdict.APPROVE, comment=comment, teams=teams,
        )  # fmt: skip
        lacking = policies.missing(version.needs, approvals_of(version))
        if lacking:
            version.save()
            bus.publish(
                RuleReviewed(
                    rule_id=rule_id, version=number, content_hash=content_hash, reviewer=reviewer,
                    teams=tuple(teams), missing=policies.said(lacking), comment=comment,
                )
            )  # fmt: skip
            return version
        version.status = Status.APPROVED
        version.save()
        bus.publish(
            RuleApproved(
                rule_id=rule_id,
                version=number,
                content_hash=content_hash,
                reviewer=reviewer,
                comment=comment,
            )
        )
        call_attention(
            "approved", f"{version} is approved and may decide.",
            people=_whose(version), version=version,
        )  # fmt: skip
    return version


def _whose(version: RuleVersion) -> set[str]:
    return {version.author, version.submitted_by}


def approvals_of(version: RuleVersion) -> dict[str, Sequence[str]]:
    """The teams that each whose approval of this content stands stands for."""
    given = standing(Review.objects.filter(version=version, content_hash=version.content_hash))
    return {it.reviewer: it.teams for it in given if it.verdict == Verdict.APPROVE}


def reject_version(
    *, rule_id: UUID, number: int, reviewer: str, content_hash: str, comment: str
) -> RuleVersion:
    """
    Refuse a version and say why; its author goes on in a new draft.

    Raises:
        CommentMissing, AuthorCannotReview, AlreadyReviewed, ContentChanged, WrongStatus.

    """
    if not comment.strip():
        raise CommentMissing(pointers=("/comment",))
    with bus.act():
        version = _reviewed(
            rule_id, number, reviewer=reviewer, content_hash=content_hash,
            verdict=Verdict.REJECT, comment=comment, teams=[],
        )  # fmt: skip
        version.status = Status.REJECTED
        version.save()
        bus.publish(
            RuleRejected(rule_id=rule_id, version=number, reviewer=reviewer, comment=comment)
        )
        call_attention(
            "rejected", f"{version} was sent back: {comment}",
            people=_whose(version), version=version,
        )  # fmt: skip
    return version


def comment_on(
    *, rule_id: UUID, number: int, author: str, text: str, mentions: Sequence[str] = ()
) -> Comment:
    """
    Say something about a version, whatever its status.

    Raises:
        NotFound, CommentMissing.

    """
    if not text.strip():
        raise CommentMissing(pointers=("/text",))
    with bus.act():
        version = locked(rule_id, number)
        comment: Comment = Comment.objects.create(
            version=version, author=author, text=text.strip(),
            mentions=sorted(set(mentions)), written_at=clock.now(),
        )  # fmt: skip
        bus.publish(
            RuleCommented(
                rule_id=rule_id, version=number, comment=comment.text, author=author,
                mentions=tuple(comment.mentions),
            )
        )  # fmt: skip
        if comment.mentions:
            said = f"{author} mentions you at {version}: {comment.text}"
            call_attention("mentioned", said, people=comment.mentions, version=version)
    return comment


def _reviewed(
    rule_id: UUID,
    number: int,
    *,
    reviewer: str,
    content_hash: str,
    verdict: str,
    comment: str,
    teams: Sequence[str],
) -> RuleVersion:
    version = locked(rule_id, number)
    version.demand(Status.IN_REVIEW, "reviewed")
    if reviewer in _whose(version):
        raise AuthorCannotReview(reviewer=reviewer)
    demand_same(version, reviewed=content_hash)
    before = Review.last_of(version, reviewer)
    if before is not None and before.verdict != Verdict.TAKE_BACK:
        raise AlreadyReviewed(reviewer=reviewer, version=number)
    version.decided_at = clock.now()
    Review.objects.create(
        version=version,
        reviewer=reviewer,
        turn=before.turn + 1 if before else 1,
        verdict=verdict,
        comment=comment,
        content_hash=content_hash,
        teams=list(teams),
        decided_at=version.decided_at,
    )
    return version
