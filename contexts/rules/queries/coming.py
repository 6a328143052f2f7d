"""Versions that are on their way while another is looked at: who reviews one should know of those that come beside it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from contexts.calculation.messages import AnalyseBeside, Finding, Findings
from contexts.rules.models import Guardrail, RuleVersion, Status
from shared_kernel import bus

ON_THEIR_WAY = (Status.SCHEDULED, Status.APPROVED, Status.IN_REVIEW)
MOST = 20


@dataclass(frozen=True, slots=True)
class Coming:
    """Versions that may come to decide beside another, and what the proofs say of it and them; `more` were not looked at."""

    versions: tuple[RuleVersion, ...]
    findings: tuple[Finding, ...]
    more: int


def coming_beside(version: RuleVersion) -> list[RuleVersion]:
    """
    The versions of other rules of its point that are in review, approved or on the calendar, and may decide while it does.

    Windows are compared: one that ends before this one begins never meets it. What is on the calendar goes first.
    """
    others = RuleVersion.objects.select_related("rule").filter(
        rule__point=version.rule.point, status__in=ON_THEIR_WAY
    )
    others = others.exclude(rule_id=version.rule_id)
    if version.ends_at is not None:
        others = others.filter(Q(starts_at=None) | Q(starts_at__lt=version.ends_at))
    if version.starts_at is not None:
        others = others.filter(Q(ends_at=None) | Q(ends_at__gt=version.starts_at))
    return sorted(others, key=lambda it: (ON_THEIR_WAY.index(Status(it.status)), it.id))


def findings_coming(version: RuleVersion, found: Findings, *, seconds: float) -> Coming:
    """What is to be said of a version and those on their way; guardrails that were `found` to hold may break with them."""
    others = coming_beside(version)
    by_rule = {it.rule_id: it for it in reversed(others[:MOST])}  # of one rule, one takes its place
    if not by_rule:
        return Coming((), (), 0)
    looked_at = tuple(reversed(by_rule.values()))
    point = version.rule.point
    holding = [it.sentence for it in found.findings if it.standing == "holds"]
    stated = [it.text for it in Guardrail.objects.filter(point=point).order_by("name")]
    told = bus.ask(
        AnalyseBeside(
            point=point,
            draft=version.text,
            others=tuple(it.text for it in looked_at),
            guardrails=tuple(
                it for it in stated if any(said.startswith(f"{it.name}: ") for said in holding)
            ),
            seconds=seconds,
        )
    )
    return Coming(looked_at, told.findings, len(others) - len(looked_at))
