"""Releases: putting approved versions together, and saying who approves that they reach a stage."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import msgspec
from django.db import connection
from django.db.models import Max

from contexts.rules import policies
from contexts.rules.errors import (
    PolicyUnsound,
    ReleaseUnsound,
)
from contexts.rules.events import ReleaseMade, StagePolicySet
from contexts.rules.models import (
    Release,
    RuleVersion,
    StagePolicy,
    Status,
)
from contexts.rules.policies import Requirement
from contexts.rules.policies.releases import LAST, STAGES, Member, digest_of, in_order
from contexts.rules.services.governing import MOST
from contexts.rules.services.standing import take_turns
from shared_kernel import bus, clock
from shared_kernel.errors import NotFound
from shared_kernel.tenancy import current_tenant

APPROVED = (Status.APPROVED, Status.SCHEDULED, Status.ACTIVE, Status.PAUSED, Status.RETIRED)
LARGEST = 2000  # members of one release


def make_release(
    *, name: str, made_by: str, notes: str = "", members: Sequence[tuple[UUID, int]] | None = None
) -> Release:
    """
    Put approved versions together under the next number; without `members`, all that decide now.

    Raises:
        NotFound; ReleaseUnsound: nothing in it, two versions of a rule, or one that nobody approved.

    """
    versions = _deciding() if members is None else _chosen(members)
    consists_of = in_order(_member(it) for it in versions)
    _demand_sound(versions)
    with bus.act():
        with connection.cursor() as cursor:  # numbers have no gaps: one release after the other
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
                [f"rules-releases {current_tenant()}"],
            )
        last = Release.objects.aggregate(top=Max("number"))["top"] or 0
        release: Release = Release.objects.create(
            number=last + 1, name=name, notes=notes, members=msgspec.to_builtins(consists_of),
            digest=digest_of(consists_of), made_by=made_by, made_at=clock.now(),
        )  # fmt: skip
        bus.publish(
            ReleaseMade(
                release_id=release.id, number=release.number, digest=release.digest, title=name,
                members=tuple(spelt(it) for it in consists_of), made_by=made_by,
            )
        )  # fmt: skip
    return release


def _deciding() -> list[RuleVersion]:
    return list(RuleVersion.objects.select_related("rule").filter(status=Status.ACTIVE))


def _chosen(members: Sequence[tuple[UUID, int]]) -> list[RuleVersion]:
    found = RuleVersion.objects.select_related("rule").filter(
        rule_id__in={rule_id for rule_id, _ in members}
    )
    versions = {(it.rule_id, it.number): it for it in found}
    for rule_id, number in members:
        if (rule_id, number) not in versions:
            raise NotFound(what="version", id=f"{rule_id}/{number}")
    return [versions[it] for it in members]


def _demand_sound(versions: Sequence[RuleVersion]) -> None:
    if not versions:
        raise ReleaseUnsound(
            fault="No rule decides, so that there is nothing to release; name members.",
            pointers=("/members",),
        )
    if len(versions) > LARGEST:
        raise ReleaseUnsound(fault=f"A release has at most {LARGEST} members.")
    if len({it.rule_id for it in versions}) < len(versions):
        raise ReleaseUnsound(
            fault="A release has one version of a rule; choose one.", pointers=("/members",)
        )
    for it in versions:
        if it.status not in APPROVED:
            raise ReleaseUnsound(
                fault=f"{it.rule.slug}, version {it.number}, is {it.get_status_display().lower()}; "
                "have it approved first.",
                pointers=("/members",),
            )


def _member(version: RuleVersion) -> Member:
    return Member(
        content_hash=version.content_hash, point=version.rule.point, rule_id=str(version.rule_id),
        slug=version.rule.slug, version=version.number,
    )  # fmt: skip


def spelt(it: Member) -> str:
    return f"{it.slug}@{it.version}"


def set_stage_policy(
    *, stage: str, requirements: Sequence[Requirement], set_by: str
) -> StagePolicy:
    """
    Demand these approvals of whatever is promoted to a stage from now on.

    Raises:
        PolicyUnsound: no such stage, or production without a second pair of eyes.

    """
    demand_stage(stage)
    if any(it.count < 1 for it in requirements) or sum(it.count for it in requirements) > MOST:
        raise PolicyUnsound(
            fault=f"Demand one or more of each, and at most {MOST} in all.",
            pointers=("/requirements",),
        )
    if stage == LAST and not requirements:
        raise PolicyUnsound(
            fault="At least one colleague has to approve what reaches customers.",
            pointers=("/requirements",),
        )
    demanded = msgspec.to_builtins(tuple(requirements))
    with bus.act():
        take_turns()  # what is being activated or promoted ends before, or asks after
        found = StagePolicy.objects.update_or_create(
            stage=stage,
            defaults={"requirements": demanded, "set_by": set_by, "set_at": clock.now()},
        )
        policy: StagePolicy = found[0]
        bus.publish(
            StagePolicySet(
                policy_id=policy.id, stage=stage, set_by=set_by,
                requirements=policies.said(requirements) or "nobody",
            )
        )  # fmt: skip
    return policy


def demand_stage(stage: str) -> None:
    if stage not in STAGES:
        raise NotFound(what="stage", id=stage)


def held(number: int) -> Release:
    """The release, locked: everything that happens to it happens in turn."""
    release: Release | None = Release.objects.select_for_update().filter(number=number).first()
    if release is None:
        raise NotFound(what="release", id=number)
    return release
