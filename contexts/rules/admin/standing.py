"""Where each rule stands: its newest version, and the one that decides."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from contexts.rules.models import Rule, RuleVersion, Status

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
