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
    """Rules with `newest_*` of their newest version and `active_number` of the deciding one."""
    versions = RuleVersion.objects.filter(rule=OuterRef("pk")).order_by("-number")
    newest = {f"newest_{field}": Subquery(versions.values(field)[:1]) for field in FIELDS}
    active = versions.filter(status=Status.ACTIVE).values("number")[:1]
    return rules.annotate(**newest, active_number=Subquery(active))


def standing_in(rules: Any, status: str) -> Any:
    """Those that decide, or whose newest version is in that status."""
    if status == Status.ACTIVE:
        return rules.filter(active_number__isnull=False)
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
    """How many rules stand in each status; an active rule with a newer draft counts in both."""
    counted: Counter[str] = Counter()
    standing = with_standing(Rule.objects.all())
    for newest, active in standing.values_list("newest_status", "active_number"):
        counted[newest] += 1
        counted[Status.ACTIVE] += active is not None and newest != Status.ACTIVE
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
