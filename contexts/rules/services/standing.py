"""What every use case makes sure of first: that a rule is sound, there, still the same, and in nobody else's hands."""

from __future__ import annotations

from uuid import UUID

from django.db import connection

from contexts.calculation.messages import CheckedRule, CheckRule
from contexts.rules.errors import ContentChanged, RuleTried, RuleUnsound, UnknownDecisionPoint
from contexts.rules.models import Release, Rule, RuleVersion
from contexts.rules.queries.rollouts import tried_by, trying
from shared_kernel import bus
from shared_kernel.decisions import RuleText, known_points, point_named
from shared_kernel.errors import NotFound
from shared_kernel.tenancy import current_tenant

MOST_TOLD = 20  # faults in a sentence; a table may have hundreds, all of them pointed at


def checked(point: str, text: RuleText) -> CheckedRule:
    demand_point(point)
    return demand_sound(bus.ask(CheckRule(point=point, text=text)))


def demand_point(point: str) -> None:
    if point_named(point) is None:
        raise UnknownDecisionPoint(
            point=point, known=", ".join(sorted(known_points())), pointers=("/point",)
        )


def demand_sound(checked: CheckedRule) -> CheckedRule:
    if checked.faults:
        told = [fault.message for fault in checked.faults[:MOST_TOLD]]
        more = len(checked.faults) - len(told)
        raise RuleUnsound(
            fault="; ".join([*told, f"and {more} more"] if more else told),
            pointers=tuple(fault.pointer for fault in checked.faults),
        )
    return checked


def version_of(rule_id: UUID, number: int) -> RuleVersion:
    found = (
        RuleVersion.objects.select_related("rule").filter(rule_id=rule_id, number=number).first()
    )
    if found is None:
        raise NotFound(what="version", id=f"{rule_id}/{number}")
    version: RuleVersion = found
    return version


def locked(rule_id: UUID, number: int) -> RuleVersion:
    """The version, with its rule locked: everything that happens to a rule happens in turn."""
    if not Rule.objects.select_for_update().filter(id=rule_id).exists():
        raise NotFound(what="rule", id=rule_id)
    return version_of(rule_id, number)


def take_turns() -> None:
    """One after the other start roll-outs and have rules begin or end, so that each sees what the other did: the first lock of all."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
            [f"rules-rollouts {current_tenant()}"],
        )


def demand_untried(rule_id: UUID, *, but_by: Release | None = None) -> None:
    """
    Refuse to change what decides for a rule of which a roll-out tries a version, unless that is the release's own (`but_by`).

    Only whoever has taken turns can be sure of it.

    Raises:
        RuleTried.

    """
    rollout = trying(rule_id)
    if rollout is None or (but_by is not None and rollout.release_id == but_by.id):
        return
    member = next(it for it in tried_by(rollout) if it.rule_id == str(rule_id))
    raise RuleTried(slug=member.slug, version=member.version, release=rollout.release.number)


def demand_same(version: RuleVersion, *, reviewed: str) -> None:
    if version.content_hash != reviewed:
        raise ContentChanged(reviewed=reviewed, current=version.content_hash)
