"""Use cases of calculation: keeping its copy of the active rules."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec
from django.db import connection

from contexts.calculation import policies
from contexts.calculation.errors import HashMismatch
from contexts.calculation.events import RuleSetChanged
from contexts.calculation.models import PublishedRule, RuleSetRecord
from shared_kernel import bus
from shared_kernel.decisions import RuleText
from shared_kernel.tenancy import current_tenant


def publish_rule(*, point: str, text: RuleText, content_hash: str, at: datetime) -> None:
    """
    Let this version decide from `at` on, in place of the rule's version before.

    Raises:
        HashMismatch: the content is not what was approved.

    """
    checked = policies.checked(point, text)
    if checked.content_hash != content_hash:
        raise HashMismatch(
            rule_id=text.rule_id,
            version=text.version,
            approved=content_hash,
            content=checked.content_hash,
        )
    with bus.unit_of_work():
        _hold(point)
        _close(UUID(text.rule_id), at)
        PublishedRule.objects.create(
            point=point,
            rule_id=UUID(text.rule_id),
            version=text.version,
            text=msgspec.to_builtins(text),
            content_hash=content_hash,
            active_from=at,
        )
        _tell(point, at)


def withdraw_rule(*, point: str, rule_id: UUID, at: datetime) -> None:
    """Stop the rule from deciding from `at` on."""
    with bus.unit_of_work():
        _hold(point)
        _close(rule_id, at)
        _tell(point, at)


def _hold(point: str) -> None:
    """One change of a point's rules at a time, so that every set that was ever active is recorded."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{current_tenant()} {point}"]
        )


def _close(rule_id: UUID, at: datetime) -> None:
    PublishedRule.objects.filter(rule_id=rule_id, active_to=None).update(active_to=at)


def _tell(point: str, at: datetime) -> None:
    rules = list(PublishedRule.at(point, None))
    fingerprint = policies.rule_set(point, [it.as_written() for it in rules]).fingerprint
    RuleSetRecord.objects.get_or_create(
        point=point,
        fingerprint=fingerprint,
        defaults={
            "members": [[str(it.rule_id), it.version] for it in rules],
            "first_active_at": at,
        },
    )
    bus.publish(RuleSetChanged(point=point, fingerprint=fingerprint, rules=len(rules), at=at))
