"""Reads of releases: which there are, where each stands, and what one has otherwise than another."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import msgspec

from contexts.rules import policies
from contexts.rules.models import (
    Promotion,
    Release,
    ReleaseApproval,
    RuleVersion,
    StagePolicy,
    Status,
    standing_approvals,
)
from contexts.rules.policies import Requirement
from contexts.rules.policies.releases import OTHERWISE, STAGES, Member, changes
from contexts.rules.queries import difference, said_of
from shared_kernel.decisions import RuleText
from shared_kernel.errors import NotFound


class Standing(msgspec.Struct, frozen=True):
    """A stage: who has to approve, who set that (nobody: what holds otherwise), and what stands there."""

    stage: str
    needs: tuple[Requirement, ...]
    set_by: str
    promotion: Promotion | None


def release_numbered(number: int) -> Release:
    """
    The tenant's release of that number.

    Raises:
        NotFound.

    """
    found: Release | None = Release.objects.filter(number=number).first()
    if found is None:
        raise NotFound(what="release", id=number)
    return found


def stages() -> list[Standing]:
    """All stages in their order, and what stands at each: the release that reached it last."""
    policies_of = {it.stage: it for it in StagePolicy.objects.all()}
    return [
        Standing(
            stage=stage,
            needs=policies_of[stage].needs if stage in policies_of else OTHERWISE.get(stage, ()),
            set_by=policies_of[stage].set_by if stage in policies_of else "",
            promotion=Promotion.objects.select_related("release")
            .filter(stage=stage)
            .order_by("-promoted_at", "-id")
            .first(),
        )
        for stage in STAGES
    ]


def rules_at(stage: str) -> tuple[int, dict[str, tuple[RuleText, ...]]]:
    """The number of the release that reached a stage last, 0 if none did, and its rules by decision point."""
    last = (
        Promotion.objects.select_related("release")
        .filter(stage=stage)
        .order_by("-promoted_at", "-id")
        .first()
    )
    if last is None:
        return 0, {}
    texts: dict[str, list[RuleText]] = defaultdict(list)
    for member, version in versions_of(last.release.consists_of).items():
        texts[member.point].append(version.text)
    return last.release.number, {point: tuple(theirs) for point, theirs in texts.items()}


def needs_at(stage: str) -> tuple[Requirement, ...]:
    """Who has to approve that something reaches a stage."""
    policy: StagePolicy | None = StagePolicy.objects.filter(stage=stage).first()
    return policy.needs if policy else OTHERWISE.get(stage, ())


def missing_at(release: Release, stage: str) -> tuple[Requirement, ...]:
    """Who still has to approve that a release reaches a stage."""
    given = ReleaseApproval.objects.filter(release=release, stage=stage, digest=release.digest)
    return policies.missing(
        needs_at(stage), {it.reviewer: it.teams for it in standing_approvals(given)}
    )


def versions_of(members: tuple[Member, ...]) -> dict[Member, RuleVersion]:
    """The versions that members are, with their rules at hand."""
    wanted = {(it.rule_id, it.version): it for it in members}
    found = RuleVersion.objects.select_related("rule").filter(
        rule_id__in={it.rule_id for it in members}, number__in={it.version for it in members}
    )
    return {
        wanted[str(it.rule_id), it.number]: it
        for it in found
        if (str(it.rule_id), it.number) in wanted
    }


def release_before(release: Release) -> Release | None:
    earlier: Release | None = (
        Release.objects.filter(number__lt=release.number).order_by("-number").first()
    )
    return earlier


def deciding_now() -> tuple[Member, ...]:
    """What decides for customers now, as a release of it would name it, whether or not by one."""
    active = RuleVersion.objects.select_related("rule").filter(status=Status.ACTIVE)
    return tuple(
        Member(it.content_hash, it.rule.point, str(it.rule_id), it.rule.slug, it.number)
        for it in active.order_by("rule__slug")
    )


def differences(old: Release | None, new: Release) -> list[dict[str, Any]]:
    """What a release has otherwise, rule by rule: added, removed or changed, in plain words and field by field."""
    return differences_of(old.consists_of if old else (), new.consists_of)


def differences_of(old: tuple[Member, ...], new: tuple[Member, ...]) -> list[dict[str, Any]]:
    """The same of any members, such as those that decide now."""
    told = changes(old, new)
    versions = versions_of((*old, *new))
    said = said_of([versions[it] for it in (*told.added, *told.removed)])
    found = [
        {**_named(it, versions), "change": "added", "was": None, "version": it.version,
         "in_words": said[versions[it].id].sentence, "fields": []}
        for it in told.added
    ] + [
        {**_named(it, versions), "change": "removed", "was": it.version, "version": None,
         "in_words": said[versions[it].id].sentence, "fields": []}
        for it in told.removed
    ]  # fmt: skip
    for before, after in told.changed:
        lines = difference(versions[before], versions[after])
        found.append({**_named(after, versions), "change": "changed", "was": before.version,
                      "version": after.version, "in_words": "", "fields": lines})  # fmt: skip
    return sorted(found, key=lambda it: it["slug"])


def _named(member: Member, versions: dict[Member, RuleVersion]) -> dict[str, Any]:
    return {
        "slug": member.slug,
        "name": versions[member].name,
        "rule_id": member.rule_id,
        "point": member.point,
    }
