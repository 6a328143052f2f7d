"""What a roll-out does to carts, as others see it; and the evaluations that have not been counted yet."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.conf import settings
from django.db import connection

from contexts.evaluation.events import CartEvaluated
from contexts.evaluation.messages import RolloutFigures
from contexts.evaluation.models import EvaluationRecord, RolloutTally, RunningRollout
from contexts.evaluation.policies import guards as guarding
from contexts.evaluation.policies import tally as counting
from contexts.evaluation.policies.results import result_of
from contexts.evaluation.seals import HORIZON
from contexts.rules.events import RolloutGuard
from shared_kernel.tenancy import current_tenant

AT_ONCE = 250
_NOBODY = UUID(int=0)
# in the order in which evaluations are sealed, for the same reason: none is passed by
_NEXT = f"""
SELECT e.id, e.occurred_at, e.data->>'evaluation_id' FROM eventlog_eventrecord e
WHERE e.tenant_id = %(tenant)s AND e.type = %(type)s
  AND e.occurred_at >= %(after_at)s AND (e.occurred_at, e.id) > (%(after_at)s, %(after)s)
  AND e.occurred_at < {HORIZON}
ORDER BY e.occurred_at, e.id LIMIT %(limit)s
"""  # noqa: S608 - every part stands here


class Arrived(NamedTuple):
    """Evaluations in the order of their events, and where to go on; how many events were read."""

    records: list[EvaluationRecord]
    after: UUID | None
    after_at: datetime
    events: int


def arrived(rollout_id: UUID, *, after: UUID | None, after_at: datetime) -> Arrived:
    """The evaluations that came while this roll-out ran, after those that were counted."""
    values: dict[str, Any] = {
        "tenant": current_tenant(), "type": CartEvaluated.name, "after": after or _NOBODY,
        "after_at": after_at, "limit": AT_ONCE, "margin": settings.ROLLOUT_AFTER,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_NEXT, values)
        events = list(cursor.fetchall())
    if not events:
        return Arrived([], after, after_at, 0)
    told = [UUID(text) for _, _, text in events]
    rows = EvaluationRecord.objects.filter(rollout_id=rollout_id).in_bulk(told)
    records = [rows[it] for it in told if it in rows]
    return Arrived(records, events[-1][0], events[-1][1], len(events))


def figures_of(rollout_id: UUID) -> RolloutFigures | None:
    """What was counted so far; nothing, if the roll-out was never heard of."""
    running: RunningRollout | None = RunningRollout.objects.filter(id=rollout_id).first()
    tally: RolloutTally | None = RolloutTally.objects.filter(id=rollout_id).first()
    return figures_from(running, tally) if running and tally else None


def figures_from(running: RunningRollout, tally: RolloutTally) -> RolloutFigures:
    """The figures of a count, and how the guards stand."""
    paired = result_of(counting.unpacked(bytes(tally.paired)))
    arms = msgspec.convert(tally.arms, guarding.Arms)
    guards = msgspec.convert(running.guards, tuple[RolloutGuard, ...])
    return RolloutFigures(
        rollout_id=running.id,
        percent=running.percent,
        is_running=running.ended_at is None,
        counted_at=tally.counted_at,
        paired=paired,
        arms=guarding.figures(arms),
        guards=guarding.standing(guards, paired, arms),
        broken=tally.broken,
    )
