"""Keeping calculation's copy of what roll-outs try, and a record of every set that it forms with the active rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from contexts.calculation import queries
from contexts.calculation.events import CandidatesChanged
from contexts.calculation.models import CandidateRule, HeardEnd
from contexts.calculation.services.publishing import demand_approved, hold, keep
from contexts.rules.events import RolloutCandidate
from shared_kernel import bus


def try_rules(*, rollout_id: UUID, candidates: Sequence[RolloutCandidate], at: datetime) -> None:
    """
    Have these rules at hand, beside what is active, for whoever asks by the roll-out; all of them, or none.

    Of a roll-out that was heard to end already, nothing: nobody was ever decided for by it here.

    Raises:
        HashMismatch: the content is not what was approved.

    """
    points = sorted({it.point for it in candidates})
    with bus.act():
        hold(_rollout(rollout_id))  # its beginning and its end are heard one after the other
        if HeardEnd.objects.filter(about=_rollout(rollout_id)).exists():
            return
        for point in points:  # in one order, so that nobody waits in a circle
            hold(point)
        if CandidateRule.objects.filter(rollout_id=rollout_id).exists():
            return
        for it in candidates:
            demand_approved(it.point, it.text, it.content_hash)
        CandidateRule.objects.bulk_create(
            CandidateRule(
                rollout_id=rollout_id,
                point=it.point,
                rule_id=UUID(it.text.rule_id),
                version=it.text.version,
                text=msgspec.to_builtins(it.text),
                content_hash=it.content_hash,
                active_from=at,
            )
            for it in candidates
        )
        for point in points:
            _record(point, rollout_id, at)


def stop_trying(*, rollout_id: UUID, at: datetime) -> None:
    """Have nothing of the roll-out decide from `at` on; what it decided can be replayed."""
    rows = CandidateRule.objects.filter(rollout_id=rollout_id, active_to=None)
    with bus.act():
        hold(_rollout(rollout_id))
        HeardEnd.heard(_rollout(rollout_id), at)
        points = sorted(set(rows.values_list("point", flat=True)))
        for point in points:
            hold(point)
        rows.update(active_to=at)
        for point in points:
            _record(point, rollout_id, at)


def _rollout(rollout_id: UUID) -> str:
    return f"rollout {rollout_id}"


def _record(point: str, rollout_id: UUID, at: datetime) -> None:
    tried = queries.tried_now(point, rollout_id)
    if tried is not None:
        keep(tried, at)
    bus.publish(
        CandidatesChanged(
            rollout_id=rollout_id,
            point=point,
            fingerprint=(tried or queries.standing_now(point)).fingerprint,
            candidates=CandidateRule.running(point).filter(rollout_id=rollout_id).count(),
            at=at,
        )
    )
