"""Releases on their way: approving that one reaches a stage, and promoting it to it."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from contexts.rules import policies
from contexts.rules.errors import (
    MakerCannotApprove,
    MemberCannotDecide,
    OtherDigest,
    PromotionApprovedAlready,
    PromotionNotApproved,
    ReleaseUnsound,
    RolloutUnderWay,
    StageLeftOut,
    StageReached,
)
from contexts.rules.events import PromotionApproved, ReleasePromoted
from contexts.rules.models import (
    DECIDED,
    Promotion,
    Release,
    ReleaseApproval,
    Rollout,
    Rule,
    RuleVersion,
    Status,
)
from contexts.rules.policies.releases import LAST, stage_before
from contexts.rules.queries import teams_stood_for
from contexts.rules.queries.releases import missing_at, needs_at, release_numbered, versions_of
from contexts.rules.services.absences import hold_absences
from contexts.rules.services.deciding import begin_deciding, end_deciding, waits
from contexts.rules.services.proving import (
    Seen,
    demand_guardrails,
    proves_again,
    take_turns_unmoved,
)
from contexts.rules.services.releasing import APPROVED, demand_stage, held, spelt
from contexts.rules.services.standing import checked, demand_same, demand_untried
from shared_kernel import bus, clock
from shared_kernel.errors import DomainError

UNDER_WAY = (Rollout.Status.RUNNING, Rollout.Status.PAUSED)


def approve_promotion(
    *, number: int, stage: str, digest: str, reviewer: str, comment: str = ""
) -> ReleaseApproval:
    """
    Approve that this very release, named by its digest, reaches a stage.

    Raises:
        NotFound, MakerCannotApprove, OtherDigest, StageReached, PromotionApprovedAlready.

    """
    demand_stage(stage)
    read = release_numbered(number)
    stood_for = teams_stood_for(reviewer, at=clock.now(), apart_from=(read.made_by,))
    teams = stood_for.teams
    with bus.act():
        hold_absences(stood_for, reviewer=reviewer)
        release = held(number)
        if reviewer == release.made_by:
            raise MakerCannotApprove(reviewer=reviewer, release=number)
        if digest != release.digest:
            raise OtherDigest(read=digest, current=release.digest)
        demand_not_reached(release, stage)
        before = ReleaseApproval.last_of(release, stage, reviewer)
        if before is not None and before.verdict == ReleaseApproval.Verdict.APPROVE:
            raise PromotionApprovedAlready(reviewer=reviewer, release=number, stage=stage)
        approval: ReleaseApproval = ReleaseApproval.objects.create(
            release=release, stage=stage, digest=digest, reviewer=reviewer, teams=teams,
            turn=before.turn + 1 if before else 1, comment=comment, approved_at=clock.now(),
        )  # fmt: skip
        bus.publish(
            PromotionApproved(
                release_id=release.id, number=number, digest=digest, stage=stage,
                reviewer=reviewer, teams=tuple(teams), comment=comment,
                missing=policies.said(missing_at(release, stage)),
            )
        )  # fmt: skip
    return approval


@proves_again
def promote_release(
    *, number: int, stage: str, promoted_by: str, retire_others: bool = False
) -> Promotion:
    """
    Let a release reach a stage; at production its members decide from now on, all of them or none.

    With `retire_others` what decides or is scheduled and is no member ends at the same moment.

    Raises:
        NotFound, StageLeftOut, StageReached, PromotionNotApproved; MemberCannotDecide: retired, paused, over, or its
            attributes are not what they were. RolloutUnderWay: it is being rolled out. RuleTried: what would begin or
            be retired is. GuardrailBroken, DecidersMoved.

    """
    demand_stage(stage)
    seen: Seen = {}
    if stage == LAST:
        read = release_numbered(number)
        _demand_due(read, stage)
        _demand_untried(read)
        seen = demand_as_approved(read)
    elif retire_others:
        raise ReleaseUnsound(
            fault=f"Rules are retired by what reaches {LAST} only.", pointers=("/retire_others",)
        )
    with bus.act():
        take_turns_unmoved(seen)
        release = held(number)
        if stage == LAST:
            _demand_not_rolled_out(release)
        return promote_held(release, stage, retire_others=retire_others, by=promoted_by)


def promote_held(release: Release, stage: str, *, retire_others: bool, by: str) -> Promotion:
    """Let a release reach a stage; the caller holds it and the unit of work, and has asked whether it is as approved."""
    if stage != LAST:
        _demand_approved(release)
    _demand_due(release, stage)
    if stage == LAST:
        _demand_untried(release)
    ended, began = _switch(release, retire_others, by) if stage == LAST else ([], [])
    promotion: Promotion = Promotion.objects.create(
        release=release, stage=stage, digest=release.digest,
        requirements=msgspec.to_builtins(needs_at(stage)), retired_others=retire_others,
        promoted_by=by, promoted_at=clock.now(),
    )  # fmt: skip
    bus.publish(
        ReleasePromoted(
            release_id=release.id, number=release.number, digest=release.digest, stage=stage,
            began=tuple(began), ended=tuple(ended), promoted_by=by,
        )
    )  # fmt: skip
    return promotion


def _demand_approved(release: Release) -> None:
    """Each member is still approved: an approval may be taken back until a release with it is promoted, not after."""
    rules = {it.rule_id for it in release.consists_of}
    list(Rule.objects.select_for_update().filter(id__in=rules).order_by("id").values_list("id"))
    for member, version in versions_of(release.consists_of).items():
        if version.status not in APPROVED:
            said = version.get_status_display().lower()
            raise MemberCannotDecide(
                slug=member.slug, version=member.version, why=f"It is {said}; have it approved."
            )


def _demand_not_rolled_out(release: Release) -> None:
    """A release on its way by a roll-out reaches production by its last step, or is rolled back first."""
    if Rollout.objects.filter(release=release, status__in=UNDER_WAY).exists():
        raise RolloutUnderWay


def _demand_untried(release: Release) -> None:
    """Nothing of it begins beneath the roll-out of another release that tries a version of the same rule."""
    for version in versions_of(release.consists_of).values():
        if not (_stands(version) or waits(version)):
            demand_untried(version.rule_id, but_by=release)


def demand_as_approved(release: Release) -> Seen:
    """What has yet to begin still means what was approved, and breaks no guardrail; what decided when that was proved."""
    beginning = []
    for member, version in versions_of(release.consists_of).items():
        if version.status in {Status.APPROVED, Status.SCHEDULED}:
            beginning.append(version)
            try:
                demand_same(version, reviewed=checked(member.point, version.text).content_hash)
            except DomainError as refusal:
                raise MemberCannotDecide(
                    slug=member.slug, version=member.version, why=str(refusal)
                ) from refusal
    return demand_guardrails(beginning)


def _demand_due(release: Release, stage: str) -> None:
    before = stage_before(stage)
    if before and not Promotion.objects.filter(release=release, stage=before).exists():
        raise StageLeftOut(release=release.number, before=before)
    demand_not_reached(release, stage)
    lacking = missing_at(release, stage)
    if lacking:
        raise PromotionNotApproved(
            release=release.number, stage=stage, missing=policies.said(lacking)
        )


def demand_not_reached(release: Release, stage: str) -> None:
    if Promotion.objects.filter(release=release, stage=stage).exists():
        raise StageReached(release=release.number, stage=stage)


def _switch(release: Release, retire_others: bool, by: str) -> tuple[list[str], list[str]]:  # noqa: FBT001 - the caller's own flag
    """Let the members decide: what ended and what began. All rules are locked, in one order, so that releases take turns."""
    list(Rule.objects.select_for_update().order_by("id").values_list("id"))
    members = versions_of(release.consists_of)
    demand_unstopped(members.values())
    ended = _end_others(members.values(), by) if retire_others else []
    began = []
    for member in release.consists_of:
        version = members[member]
        if _stands(version):
            continue
        try:
            begin_deciding(version, by=by)
        except DomainError as refusal:
            raise MemberCannotDecide(
                slug=member.slug, version=member.version, why=str(refusal)
            ) from refusal
        began.append(spelt(member))
    return ended, began


def _stands(version: RuleVersion) -> bool:
    """Whether a member decides already, or does by itself when its window opens."""
    return version.status == Status.ACTIVE or (
        version.status == Status.SCHEDULED and waits(version)
    )


def demand_unstopped(versions: Iterable[RuleVersion]) -> None:
    """
    Refuse members that somebody stopped, for a while or for good, whichever version of the rule it was that they paused.

    Raises:
        MemberCannotDecide.

    """
    members = {it.rule_id: it for it in versions}
    for version in members.values():
        if version.status == Status.RETIRED:
            raise MemberCannotDecide(
                slug=version.rule.slug, version=version.number,
                why="It is retired; roll its rule back to it, have that approved, and release that.",
            )  # fmt: skip
    paused = RuleVersion.objects.filter(rule_id__in=members, status=Status.PAUSED).order_by("id")
    for rule_id, number in paused.values_list("rule_id", "number"):
        version = members[rule_id]
        why = "It is paused; resume it, or make a release without it."
        if number != version.number:
            why = f"Version {number} of its rule is paused; resume or retire that first."
        raise MemberCannotDecide(slug=version.rule.slug, version=version.number, why=why)


def _end_others(members: Iterable[RuleVersion], by: str) -> list[str]:
    """End what is no member: another version of a member's rule that waits, and rules that are not in it at all."""
    mine, rules = {it.id for it in members}, {it.rule_id for it in members}
    others = RuleVersion.objects.select_related("rule").filter(
        status__in=[*DECIDED, Status.SCHEDULED]
    )
    ended = []
    for version in others.exclude(id__in=mine).order_by("id"):
        if version.rule_id in rules and version.status != Status.SCHEDULED:
            continue  # its member takes its place
        demand_untried(version.rule_id)
        end_deciding(version, by=by)
        ended.append(f"{version.rule.slug}@{version.number}")
    return ended
