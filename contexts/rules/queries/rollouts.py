"""Reads of roll-outs: which there are, and what each does to carts."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec

from contexts.evaluation.messages import RolloutFigures, RolloutFiguresOf
from contexts.rules.models import Release, Rollout, RolloutStep, RuleVersion, Status
from contexts.rules.policies.releases import Member
from contexts.rules.queries.releases import versions_of
from shared_kernel import bus, clock
from shared_kernel.errors import NotFound


def rollout_of(rollout_id: UUID) -> Rollout:
    """
    The tenant's roll-out of that id.

    Raises:
        NotFound.

    """
    found: Rollout | None = Rollout.objects.select_related("release").filter(id=rollout_id).first()
    if found is None:
        raise NotFound(what="roll-out", id=rollout_id)
    return found


def under_way() -> Rollout | None:
    """The roll-out that runs or is paused, if there is one."""
    found: Rollout | None = (
        Rollout.objects.select_related("release")
        .filter(status__in=[Rollout.Status.RUNNING, Rollout.Status.PAUSED])
        .first()
    )
    return found


def trying(rule_id: UUID) -> Rollout | None:
    """The roll-out under way that tries a version of this rule."""
    found = under_way()
    if found is None or str(rule_id) not in {member.rule_id for member in tried_by(found)}:
        return None
    return found


def reaching_customers(release: Release) -> Rollout | None:
    """The roll-out by which this release decides for some customers now."""
    found = under_way()
    return found if found and found.release_id == release.id and found.percent else None


def due_of(rollout: Rollout) -> datetime | None:
    """When it goes on by itself; of one that is paused, never."""
    if rollout.status != Rollout.Status.RUNNING:
        return None
    due: datetime | None = (
        RolloutStep.objects.filter(id=rollout.id).values_list("due_at", flat=True).first()
    )
    return due


def figures_of(rollout: Rollout) -> RolloutFigures | None:
    """What carts show; of one that a guard rolled back, what it saw. Nothing, where evaluation is not installed."""
    try:
        told: RolloutFigures | None = bus.ask(RolloutFiguresOf(rollout_id=rollout.id))
    except (bus.ContextAbsent, bus.ContextUnreachable):
        told = None
    return told


def evidence_of(rollout: Rollout) -> RolloutFigures | None:
    """What the guard that rolled it back had seen."""
    return msgspec.convert(rollout.evidence, RolloutFigures | None)


def candidates_of(release: Release) -> list[tuple[Member, RuleVersion]]:
    """The members that would begin to decide if the release were promoted now."""
    found = versions_of(release.consists_of)
    now = clock.now()
    return [
        (member, version)
        for member, version in sorted(found.items(), key=lambda it: it[0].slug)
        if version.status in {Status.APPROVED, Status.SCHEDULED}
        and (version.starts_at is None or version.starts_at <= now)
    ]


def tried_by(rollout: Rollout) -> dict[Member, RuleVersion]:
    """The members that a roll-out tries."""
    tried = set(rollout.candidates)
    members = [it for it in rollout.release.consists_of if f"{it.slug}@{it.version}" in tried]
    return versions_of(tuple(members))
