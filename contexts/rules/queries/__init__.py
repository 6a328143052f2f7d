"""Reads of rules."""

from __future__ import annotations

import difflib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from msgspec import structs

from contexts.calculation.messages import AnalyseRules, Findings, SaidRule, SayRules
from contexts.identity.messages import HoldersOf, TeamsOf
from contexts.rules.models import (
    DECIDED,
    Absence,
    ApprovalPolicy,
    Comment,
    Guardrail,
    NoticeHook,
    Review,
    RuleVersion,
    Status,
)
from contexts.rules.policies import Policy
from contexts.rules.policies.sheets import lines_of
from contexts.rules.policies.windows import within
from shared_kernel import bus
from shared_kernel.decisions import point_named
from shared_kernel.errors import NotFound

APPROVING: Final = "rules:approve"  # what whoever approves holds


def version_of(*, rule_id: UUID, number: int) -> RuleVersion:
    """One version, with its rule and reviews at hand."""
    versions = RuleVersion.objects.select_related("rule").prefetch_related("reviews")
    found: RuleVersion | None = versions.filter(rule_id=rule_id, number=number).first()
    if found is None:
        raise NotFound(what="version", id=f"{rule_id}/{number}")
    return found


def notice_hook() -> NoticeHook:
    """
    Where this tenant's notices are posted.

    Raises:
        NotFound: nowhere.

    """
    hook: NoticeHook | None = NoticeHook.objects.first()
    if hook is None:
        raise NotFound(what="notice hook", id="of this tenant")
    return hook


def findings_of(version: RuleVersion, *, seconds: float) -> Findings:
    """What a reviewer should know about a version beside the rules active now, the point's guardrails first."""
    point = version.rule.point
    stated = Guardrail.objects.filter(point=point).order_by("name")
    return bus.ask(
        AnalyseRules(
            point=point,
            drafts=(version.text,),
            guardrails=tuple(it.text for it in stated),
            seconds=seconds,
        )
    )


def said_of(versions: Iterable[RuleVersion]) -> dict[UUID, SaidRule]:
    """What versions say in plain words, by their id; one without words when nobody is there to say."""
    by_point: dict[str, list[RuleVersion]] = defaultdict(list)
    for version in versions:
        by_point[version.rule.point].append(version)
    said: dict[UUID, SaidRule] = {}
    for point, theirs in by_point.items():
        words: tuple[SaidRule, ...] = tuple(SaidRule() for _ in theirs)
        if point_named(point) is not None:
            with suppress(bus.ContextAbsent, bus.ContextUnreachable):
                words = bus.ask(SayRules(point=point, texts=tuple(it.text for it in theirs))).rules
        for version, its in zip(theirs, words, strict=True):
            said[version.id] = structs.replace(its, sentence=within(its.sentence, version.window))
    return said


def inbox_of(actor: str) -> QuerySet[RuleVersion]:
    """What waits for this reviewer: in review, and neither written, submitted nor reviewed by them; oldest first."""
    waiting: QuerySet[RuleVersion] = RuleVersion.objects.select_related("rule")
    theirs = Review.objects.filter(version=OuterRef("pk"), reviewer=actor).order_by("-turn")
    return (
        waiting.filter(status=Status.IN_REVIEW)
        .exclude(author=actor)
        .exclude(submitted_by=actor)
        .annotate(last_said=Subquery(theirs.values("verdict")[:1]))
        .filter(Q(last_said=None) | Q(last_said=Review.Verdict.TAKE_BACK))
        .order_by("submitted_at")
    )


def sent_back_to(actor: str) -> QuerySet[RuleVersion]:
    """What colleagues sent back and nobody went on with since; newest first."""
    newer = RuleVersion.objects.filter(rule_id=OuterRef("rule_id"), number__gt=OuterRef("number"))
    sent_back: QuerySet[RuleVersion] = RuleVersion.objects.select_related("rule").filter(
        Q(author=actor) | Q(submitted_by=actor), ~Exists(newer), status=Status.REJECTED
    )
    return sent_back.order_by("-decided_at")


def mentions_of(actor: str, *, since: datetime) -> QuerySet[Comment]:
    """What colleagues said to somebody in particular; newest first."""
    said: QuerySet[Comment] = Comment.objects.select_related("version").filter(
        mentions__contains=[actor], written_at__gte=since
    )
    return said.exclude(author=actor).order_by("-written_at")


def policies_of() -> list[Policy]:
    """The tenant's policies of approval."""
    return [it.policy for it in ApprovalPolicy.objects.order_by("id")]


class StoodFor(NamedTuple):
    """The teams for which an approval counts, and the absences by which it does."""

    teams: list[str]
    absences: frozenset[UUID]


def teams_stood_for(reviewer: str, *, at: datetime, apart_from: Collection[str] = ()) -> StoodFor:
    """
    The teams for which somebody's approval counts: their own, and those of absent colleagues for whom they stand in.

    Nobody stands in for `apart_from`, who wrote the work.
    """
    away = {
        it.id: it.person for it in Absence.stood_in_for(reviewer, at) if it.person not in apart_from
    }
    found = bus.ask(TeamsOf(actors=(reviewer, *sorted(set(away.values())))))
    return StoodFor(
        sorted({team for teams in found.of.values() for team in teams}), frozenset(away)
    )


def approvers(among: Collection[str] | None = None) -> list[str] | None:
    """Colleagues who may approve, of these if some are named; nothing when nobody is there to say."""
    with suppress(bus.ContextAbsent, bus.ContextUnreachable):
        named = None if among is None else tuple(sorted(set(among)))
        return list(bus.ask(HoldersOf(scope=APPROVING, among=named)).actors)
    return None


def waiting_of(version: RuleVersion) -> RuleVersion | None:
    """The version of the same rule that begins by itself, in its place, when its time comes."""
    others = RuleVersion.objects.select_related("rule").exclude(id=version.id)
    found: RuleVersion | None = others.filter(
        rule_id=version.rule_id, status=Status.SCHEDULED
    ).first()
    return found


def waiting_in(rule_ids: Collection[UUID]) -> list[RuleVersion]:
    """The versions of these rules that begin by themselves when their time comes."""
    found = RuleVersion.objects.select_related("rule").filter(
        rule_id__in=rule_ids, status=Status.SCHEDULED
    )
    return list(found.order_by("rule__slug"))


def absence_of(absence_id: UUID) -> Absence:
    """
    The absence of that id.

    Raises:
        NotFound.

    """
    found: Absence | None = Absence.objects.filter(id=absence_id).first()
    if found is None:
        raise NotFound(what="absence", id=absence_id)
    return found


def compared_with(version: RuleVersion) -> RuleVersion | None:
    """The version that a reviewer compares this one with: the active one, else the one before."""
    others = RuleVersion.objects.filter(rule_id=version.rule_id).exclude(id=version.id)
    before: RuleVersion | None = (
        others.filter(status__in=DECIDED).first()
        or others.filter(number__lt=version.number).order_by("-number").first()
    )
    return before


def difference(old: RuleVersion | None, new: RuleVersion) -> list[dict[str, Any]]:
    """What changed, field by field: `[{"field", "lines": [(" "|"-"|"+", text)]}]`, unchanged fields left out."""
    said = said_of([it for it in (old, new) if it])
    before = _written(old, said[old.id]) if old else {}
    changes = []
    for field, text in _written(new, said[new.id]).items():
        was = before.get(field, "")
        if text != was:
            lines = [
                (line[0], line[2:])
                for line in difflib.ndiff(was.splitlines(), text.splitlines())
                if line[0] in " -+"
            ]
            changes.append({"field": field, "lines": lines})
    return changes


def _written(version: RuleVersion, said: SaidRule) -> dict[str, str]:
    outlined = [f"{'  ' * depth}{words}" for depth, words in said.outline]
    return {
        "In plain words": "\n".join([said.sentence, *outlined]) if said.sentence else "",
        "Template": _origin(version),
        "Name": version.name,
        "Words on the receipt": version.reason,
        "Condition": version.condition,
        "Effects": "\n".join(
            f"{it['kind']}({json.dumps(it['params'], sort_keys=True)})" for it in version.effects
        ),
        "Table": "\n".join(lines_of(version.text.table)),
        "Priority": str(version.priority),
        "Order": str(version.order),
        "Exclusive group": version.group,
        "Stop after this rule": "yes" if version.stop else "no",
        "Decides from": f"{version.starts} {version.time_zone}" if version.starts else "",
        "Decides until": f"{version.ends} {version.time_zone}" if version.ends else "",
    }


def _origin(version: RuleVersion) -> str:
    template = version.made_from
    if template is None:
        return ""
    given = (f"{it['label']}: {version.arguments.get(it['name'])}" for it in template.parameters)
    return "\n".join([f"{template.name}, version {template.number}", *given])
