"""
Evaluations by their digests: what is to be sealed next, and what is not as it was sealed.

A digest is SHA-256 over the digests of the event and of the record that it tells of, computed by the database over each
column of theirs; JSON counts as the database writes it. It does not see a record that was put in without an event.

Events are sealed in the order of their moments. One that is being written while a later one is read must not be passed
by: a moment is looked at only when no transaction is open any more that began before it, and a margin has passed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import connection

from contexts.evaluation.events import SEALS, CartEvaluated, EvaluationsSealed, SealedEvaluation
from contexts.evaluation.messages import UnfitEvaluation
from shared_kernel.eventlog.models import EventRecord
from shared_kernel.tenancy import current_tenant

AT_ONCE = 500
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_NOBODY = UUID(int=0)

_TURN = "SELECT pg_advisory_xact_lock(hashtext('evaluation-seals'), hashtext(%s::text))"
_EVENTS = """
SELECT e.id, e.occurred_at, e.data->>'evaluation_id', encode(sha256(convert_to(jsonb_build_array(
  e.id, e.stream, e.version, e.type, e.data, e.metadata, (extract(epoch FROM e.occurred_at) * 1000000)::bigint
)::text, 'UTF8')), 'hex')
FROM eventlog_eventrecord e
"""
# asked for by ids: joined to the events, the fence would keep the planner from the index
_RECORDS = """
SELECT r.id, encode(sha256(convert_to((jsonb_build_array(
  r.id, r.cart, r.priced, r.rule_sets, r.facts_hash, r.currency, r.total_minor, r.discount_minor,
  (extract(epoch FROM r.evaluated_at) * 1000000)::bigint
) || CASE WHEN r.rollout_id IS NULL AND r.arm = '' THEN '[]'::jsonb ELSE jsonb_build_array(r.rollout_id, r.arm) END
)::text, 'UTF8')), 'hex')
FROM evaluation_evaluationrecord r WHERE r.id = ANY(%(ids)s) AND r.tenant_id = %(tenant)s
"""
# nobody writes an event of an earlier moment any more; `margin` is what clocks may differ by
HORIZON = """(
    SELECT least(clock_timestamp(), min(xact_start)) - make_interval(secs => %(margin)s)
    FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'
      AND pid <> pg_backend_pid())"""
_NEXT = f"""{_EVENTS}
WHERE e.tenant_id = %(tenant)s AND e.type = %(type)s
  AND e.occurred_at >= %(after_at)s AND (e.occurred_at, e.id) > (%(after_at)s, %(after)s)
  AND e.occurred_at < {HORIZON}
ORDER BY e.occurred_at, e.id LIMIT %(limit)s
"""
_OF_SEAL = f"""{_EVENTS}
WHERE e.tenant_id = %(tenant)s AND (e.id = ANY(%(events)s) OR e.type = %(type)s
  AND e.occurred_at >= %(after_at)s AND (e.occurred_at, e.id) > (%(after_at)s, %(after)s)
  AND e.occurred_at <= %(until_at)s AND (e.occurred_at, e.id) <= (%(until_at)s, %(until)s))
"""


class Found(NamedTuple):
    """An event and its evaluation as they are now; an event without a record has no digest."""

    event: UUID
    at: datetime
    evaluation: UUID
    digest: str


def take_turns() -> None:
    """Until the transaction ends nobody else seals for this tenant."""
    with connection.cursor() as cursor:
        cursor.execute(_TURN, [str(current_tenant())])


def next_seal() -> EvaluationsSealed | None:
    """The oldest evaluations that are not sealed; nothing when all are that may be."""
    before = _last_seal()
    after_at, after = before or (_BEGINNING, None)
    margin = settings.SEAL_AFTER
    found = _found(_NEXT, after_at=after_at, after=after or _NOBODY, margin=margin, limit=AT_ONCE)
    if not found:
        return None
    return EvaluationsSealed(
        after=after,
        after_at=after_at,
        until=found[-1].event,
        until_at=found[-1].at,
        evaluations=tuple(SealedEvaluation(it.evaluation, it.event, it.digest) for it in found),
    )


def _last_seal() -> tuple[datetime, UUID] | None:
    seals = EventRecord.objects.filter(stream=SEALS).order_by("-version")
    last = seals.values_list("data__until_at", "data__until").first()
    return (datetime.fromisoformat(last[0]), UUID(last[1])) if last else None


def unfit(seal: EvaluationsSealed) -> tuple[UnfitEvaluation, ...]:
    """Which evaluations are not as this seal says."""
    found = _found(
        _OF_SEAL,
        after_at=seal.after_at,
        after=seal.after or _NOBODY,
        until_at=seal.until_at,
        until=seal.until,
        events=[it.event_id for it in seal.evaluations],
    )
    return tuple(_unfit(seal, {it.event: it for it in found}))


def _unfit(seal: EvaluationsSealed, found: dict[UUID, Found]) -> Iterator[UnfitEvaluation]:
    for it in seal.evaluations:
        now = found.pop(it.event_id, None)
        if now is None or not now.digest:
            yield UnfitEvaluation(it.evaluation_id, "missing")
        elif now.digest != it.digest:
            yield UnfitEvaluation(it.evaluation_id, "changed")
    for other in found.values():
        yield UnfitEvaluation(other.evaluation, "put in")


def _found(statement: str, **values: Any) -> list[Found]:
    """The events that a statement asks for, each with the record that it tells of."""
    events = _rows(statement, type=CartEvaluated.name, **values)
    told_of = {event: _uuid(text) for event, _, text, _ in events}
    records = dict(_rows(_RECORDS, ids=[it for it in told_of.values() if it]))
    return [
        Found(event, at, told_of[event] or event, _both(digest, records.get(told_of[event], "")))
        for event, at, _, digest in events
    ]


def _both(event: str, record: str) -> str:
    return hashlib.sha256(f"{event}{record}".encode()).hexdigest() if record else ""


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None


def _rows(statement: str, **values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"tenant": current_tenant(), **values})
        return list(cursor.fetchall())
