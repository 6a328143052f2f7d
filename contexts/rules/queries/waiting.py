"""What waits for somebody's word: rules and templates in review, and releases on their way to a stage."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache, partial
from typing import Final, NamedTuple
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from contexts.rules import policies
from contexts.rules.models import (
    Promotion,
    Release,
    ReleaseApproval,
    RuleTemplateVersion,
    RuleVersion,
    TemplateStatus,
    standing_approvals,
)
from contexts.rules.policies.releases import stage_before
from contexts.rules.queries import inbox_of, teams_stood_for
from contexts.rules.queries.releases import Standing, stages
from shared_kernel import clock

MOST = 50  # releases looked at for a stage
KINDS: Final = ("rule", "template", "release")


class WaitingRelease(NamedTuple):
    """A release that needs approvals before it reaches a stage, and whose it still lacks, in words."""

    release: Release
    stage: str
    missing: str


class Waiting(NamedTuple):
    """One thing that waits, and of which kind it is."""

    kind: str
    of: RuleVersion | RuleTemplateVersion | WaitingRelease

    @property
    def id(self) -> UUID:
        """Its own; those of all kinds are in the order of time."""
        it = self.of.release if isinstance(self.of, WaitingRelease) else self.of
        return it.id


def waiting_for(actor: str, kind: str = "") -> list[Waiting]:
    """All that waits for this colleague, or what is of one kind; of each kind what it waits longest, first."""
    of: dict[str, Callable[[str], Iterable[RuleVersion | RuleTemplateVersion | WaitingRelease]]] = {
        "rule": inbox_of, "template": templates_for, "release": releases_for,
    }  # fmt: skip
    return [Waiting(it, thing) for it in KINDS if kind in {"", it} for thing in of[it](actor)]


def templates_for(actor: str) -> QuerySet[RuleTemplateVersion]:
    """Templates in review that this colleague neither wrote nor submitted; the oldest first."""
    waiting: QuerySet[RuleTemplateVersion] = RuleTemplateVersion.objects.select_related("template")
    return (
        waiting.filter(status=TemplateStatus.IN_REVIEW)
        .exclude(author=actor)
        .exclude(submitted_by=actor)
        .order_by("submitted_at")
    )


def templates_of(actor: str) -> list[RuleTemplateVersion]:
    """Templates of this colleague's that wait for others."""
    found = RuleTemplateVersion.objects.select_related("template")
    waiting = found.filter(status=TemplateStatus.IN_REVIEW).order_by("submitted_at")
    return [it for it in waiting if actor in {it.author, it.submitted_by}]


def releases_for(actor: str) -> list[WaitingRelease]:
    """
    Releases whose next stage needs approvals that this colleague could give: neither made nor approved by them.

    Of their team, or of a team of whom they stand in for, where the stage asks for a team.
    """
    teams_beside = cache(partial(_teams, actor))
    return [it for at in stages() if at.needs for it in _waiting(at, actor, teams_beside)]


def _teams(actor: str, maker: str) -> tuple[str, ...]:
    """The teams for which this colleague approves what the maker made."""
    return tuple(teams_stood_for(actor, at=clock.now(), apart_from=(maker,)).teams)


def _waiting(
    at: Standing, actor: str, teams_beside: Callable[[str], tuple[str, ...]]
) -> list[WaitingRelease]:
    """Those that came as far as the stage before; what a newer release has overtaken at the stage waits no more."""
    mine = ReleaseApproval.objects.filter(
        release=OuterRef("pk"), stage=at.stage, reviewer=actor
    ).order_by("-turn")
    reached = Promotion.objects.filter(release=OuterRef("pk"))
    waiting = (
        Release.objects.exclude(made_by=actor)
        .annotate(last_said=Subquery(mine.values("verdict")[:1]))
        .filter(
            Q(last_said=None) | Q(last_said=ReleaseApproval.Verdict.TAKE_BACK),
            ~Exists(reached.filter(stage=at.stage)),
        )
    )
    before = stage_before(at.stage)
    if before is not None:
        waiting = waiting.filter(Exists(reached.filter(stage=before)))
    if at.promotion is not None:
        waiting = waiting.filter(number__gt=at.promotion.release.number)
    found = []
    for release in waiting.prefetch_related("approvals").order_by("-number")[:MOST]:
        given = {
            it.reviewer: it.teams
            for it in standing_approvals(
                said for said in release.approvals.all() if said.stage == at.stage
            )
        }
        missing = policies.missing(at.needs, given)
        teams = teams_beside(release.made_by) if any(it.team for it in missing) else ()
        after = policies.missing(at.needs, {**given, actor: teams})
        if _people(after) < _people(missing):
            found.append(WaitingRelease(release, at.stage, policies.said(missing)))
    return found


def _people(requirements: Iterable[policies.Requirement]) -> int:
    return sum(it.count for it in requirements)
