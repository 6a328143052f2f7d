"""Where each rule stands: its newest version, and the one that decides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.db.models import Case, OuterRef, QuerySet, Subquery, When

from contexts.rules import queries
from contexts.rules.admin import words
from contexts.rules.models import PointStop, Rule, RuleVersion, Status

FIELDS = ("number", "name", "status", "author", "created_at", "submitted_at", "decided_at")


def with_standing(rules: QuerySet[Rule]) -> Any:
    """Rules with `newest_*` of their newest version, `active_number` of the deciding one, `paused_number` of one that is paused."""
    versions = RuleVersion.objects.filter(rule=OuterRef("pk")).order_by("-number")
    newest = {f"newest_{field}": Subquery(versions.values(field)[:1]) for field in FIELDS}
    active, paused = (
        Subquery(versions.filter(status=it).values("number")[:1])
        for it in (Status.ACTIVE, Status.PAUSED)
    )
    return rules.annotate(**newest, active_number=active, paused_number=paused)


def standing_in(rules: Any, status: str) -> Any:
    """Those that decide, that are paused, or whose newest version is in that status."""
    if status in {Status.ACTIVE, Status.PAUSED}:
        return rules.filter(**{f"{status}_number__isnull": False})
    return rules.filter(newest_status=status)


def say_rules(rules: Iterable[Any]) -> None:
    """Give each rule of a list, as `said`, what it says in words: the version that decides, else its newest."""
    listed = list(rules)
    active_first = Case(When(status=Status.ACTIVE, then=0), default=1)
    versions = RuleVersion.objects.select_related("rule").filter(rule__in=[it.pk for it in listed])
    telling = list(versions.order_by("rule_id", active_first, "-number").distinct("rule_id"))
    said = queries.said_of(telling)
    sentences = {version.rule_id: said[version.id].sentence for version in telling}
    for rule in listed:
        rule.said = sentences.get(rule.pk, "")


def counts_by_status() -> list[dict[str, Any]]:
    """How many rules stand in each status; an active or paused rule with a newer draft counts in both."""
    counted: Counter[str] = Counter()
    standing = with_standing(Rule.objects.all())
    for newest, active, paused in standing.values_list(
        "newest_status", "active_number", "paused_number"
    ):
        stands = {newest}
        stands |= {Status.ACTIVE.value} if active is not None else set()
        stands |= {Status.PAUSED.value} if paused is not None else set()
        counted.update(stands)
    return [
        {"status": status.value, "label": status.label, "count": counted[status.value]}
        for status in Status
    ]


def stops() -> list[dict[str, Any]]:
    """The decision points that decide nothing now: `[{"point", "title", "by", "since", "reason"}]`."""
    return [
        {
            "point": it.point,
            "title": words.title_of(it.point),
            "by": words.person(it.stopped_by),
            "since": it.stopped_at,
            "reason": it.reason,
        }
        for it in PointStop.objects.filter(lifted_at=None).order_by("stopped_at")
    ]
