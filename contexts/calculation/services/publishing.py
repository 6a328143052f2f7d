"""
Keeping calculation's copy of the active rules, and a record of every set that they formed.

News comes in order, but for what was parked and is replayed: a beginning that is older than what was heard of the rule
since is written down as over, and an end that is older than what began since ends nothing. What late news cannot do:
change what was written meanwhile; a rule whose pause comes late did decide until it was resumed.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec
from django.db import connection
from django.db.models import Min

from contexts.calculation import policies, queries
from contexts.calculation.errors import HashMismatch
from contexts.calculation.events import RuleSetChanged
from contexts.calculation.models import (
    CandidateRule,
    HaltedPoint,
    HeardEnd,
    PlannedRule,
    PublishedRule,
    RuleSetRecord,
)
from contexts.calculation.policies import Standing
from shared_kernel import bus, clock
from shared_kernel.decisions import RuleText
from shared_kernel.tenancy import current_tenant


def publish_rule(
    *,
    point: str,
    text: RuleText,
    content_hash: str,
    at: datetime,
    ends_at: datetime | None = None,
) -> None:
    """
    Let this version decide from `at` on, in place of the rule's version before; it is going to end at `ends_at`.

    If the rule was heard to begin or end after `at` already, it decided until then only.

    Raises:
        HashMismatch: the content is not what was approved.

    """
    with bus.act():
        hold(point)
        demand_approved(point, text, content_hash)
        rule_id = UUID(text.rule_id)
        over_at = _next_heard(rule_id, at)
        _close(rule_id, at)
        _drop(rule_id, text.version)
        PublishedRule.objects.create(
            point=point,
            rule_id=rule_id,
            version=text.version,
            text=msgspec.to_builtins(text),
            content_hash=content_hash,
            active_from=at,
            active_to=over_at,
            ends_at=ends_at,
            closed_at=over_at and clock.now(),
        )
        record_standing(point, at)


def plan_rule(
    *,
    point: str,
    text: RuleText,
    content_hash: str,
    starts_at: datetime,
    ends_at: datetime | None = None,
) -> None:
    """
    Know that this version is going to decide; until it does, only questions about what is to come see it.

    Raises:
        HashMismatch: the content is not what was approved.

    """
    with bus.act():
        hold(point)
        demand_approved(point, text, content_hash)
        rule_id = UUID(text.rule_id)
        if PublishedRule.objects.filter(rule_id=rule_id, version=text.version).exists():
            return  # it decides already: the news of its planning is late
        PlannedRule.objects.filter(rule_id=rule_id, dropped_at=None).update(dropped_at=clock.now())
        PlannedRule.objects.create(
            point=point,
            rule_id=rule_id,
            version=text.version,
            text=msgspec.to_builtins(text),
            content_hash=content_hash,
            starts_at=starts_at,
            ends_at=ends_at,
        )


def unplan_rule(*, point: str, rule_id: UUID, version: int) -> None:
    """Know that this version is not going to decide by itself any more."""
    with bus.act():
        hold(point)
        _drop(rule_id, version)


def _drop(rule_id: UUID, version: int) -> None:
    planned = PlannedRule.objects.filter(rule_id=rule_id, version=version, dropped_at=None)
    planned.update(dropped_at=clock.now())


def withdraw_rule(*, point: str, rule_id: UUID, at: datetime) -> None:
    """Stop the rule from deciding from `at` on."""
    with bus.act():
        hold(point)
        HeardEnd.heard(_rule(rule_id), at)
        _close(rule_id, at)
        record_standing(point, at)


def halt_point(*, point: str, at: datetime) -> None:
    """Let no rule of a point decide from `at` on."""
    with bus.act():
        hold(point)
        freed_at = HeardEnd.first_after(_point(point), at)
        _lift(
            point, at
        )  # one stop ends where the next begins: to lift the first late does not lift the second
        halted = HaltedPoint.objects.filter(point=point)
        since = halted.filter(halted_from__gte=at).aggregate(first=Min("halted_from"))["first"]
        halted_to = min((it for it in (freed_at, since) if it), default=None)
        if since != at:
            HaltedPoint.objects.create(
                point=point,
                halted_from=at,
                halted_to=halted_to,
                closed_at=halted_to and clock.now(),
            )
        record_standing(point, at)


def free_point(*, point: str, at: datetime) -> None:
    """Let the rules of a point decide again from `at` on."""
    with bus.act():
        hold(point)
        HeardEnd.heard(_point(point), at)
        _lift(point, at)
        record_standing(point, at)


def hold(point: str) -> None:
    """One change of a point's rules at a time, so that every set that was ever active is recorded."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{current_tenant()} {point}"]
        )


def demand_approved(point: str, text: RuleText, content_hash: str) -> None:
    """
    Make sure that this content is what was approved.

    Raises:
        HashMismatch.

    """
    checked = policies.checked(point, text, queries.declared())
    if checked.content_hash != content_hash:
        raise HashMismatch(
            rule_id=text.rule_id,
            version=text.version,
            approved=content_hash,
            content=checked.content_hash or checked.faults[0].message,
        )


def _next_heard(rule_id: UUID, at: datetime) -> datetime | None:
    """When the rule was heard to end, or to begin anew, for the first time after a moment."""
    begun = PublishedRule.objects.filter(rule_id=rule_id, active_from__gt=at)
    heard = (
        HeardEnd.first_after(_rule(rule_id), at),
        begun.aggregate(first=Min("active_from"))["first"],
    )
    return min((it for it in heard if it is not None), default=None)


def _close(rule_id: UUID, at: datetime) -> None:
    """End what decides, if it began by then: an end that is heard of late ends nothing that began since."""
    open_ones = PublishedRule.objects.filter(rule_id=rule_id, active_to=None, active_from__lte=at)
    open_ones.update(active_to=at, closed_at=clock.now())


def _lift(point: str, at: datetime) -> None:
    stops = HaltedPoint.objects.filter(point=point, halted_to=None, halted_from__lte=at)
    stops.update(halted_to=at, closed_at=clock.now())


def _rule(rule_id: UUID) -> str:
    return f"rule {rule_id}"


def _point(point: str) -> str:
    return f"point {point}"


def record_standing(point: str, at: datetime) -> None:
    """Record what decides at a point from `at` on, and what roll-outs try beside it; and tell it."""
    stands = queries.standing_now(point)
    keep(stands, at)
    told = RuleSetChanged(
        point=point, fingerprint=stands.fingerprint, rules=len(stands.members), at=at
    )
    for rollout in set(CandidateRule.running(point).values_list("rollout_id", flat=True)):
        tried = queries.tried_now(point, rollout)
        if tried is not None:
            keep(tried, at)
    bus.publish(told)


def keep(stands: Standing, at: datetime) -> None:
    """Keep a set that decides from `at` on, so that its decisions can be replayed."""
    RuleSetRecord.objects.get_or_create(
        point=stands.point,
        fingerprint=stands.fingerprint,
        defaults={
            "members": sorted([rule_id, version] for rule_id, version in stands.members.items()),
            "declared": stands.declared,
            "first_active_at": at,
        },
    )
