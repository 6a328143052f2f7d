"""
Evaluations by their digests: what is to be sealed next, and what is not as it was sealed.

A digest is SHA-256, computed by the database, over the record and the event that told of it, each column of both; JSON
counts as the database writes it. It does not see a record that was put in without an event.

Events are sealed in the order of their moments. One that is being written while a later one is read must not be passed
by: a moment is looked at only when no transaction is open any more that began before it, and a margin has passed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
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
_DIGESTS = """
SELECT coalesce(r.id, e.id), e.id, e.occurred_at,
  CASE WHEN r.id IS NULL THEN '' ELSE encode(sha256(convert_to(jsonb_build_array(
    r.id, r.cart, r.priced, r.rule_sets, r.facts_hash, r.currency, r.total_minor, r.discount_minor,
    (extract(epoch FROM r.evaluated_at) * 1000000)::bigint,
    e.id, e.stream, e.version, e.type, e.data, e.metadata, (extract(epoch FROM e.occurred_at) * 1000000)::bigint
  )::text, 'UTF8')), 'hex') END
FROM eventlog_eventrecord e LEFT JOIN evaluation_evaluationrecord r
  ON r.tenant_id = e.tenant_id AND r.id =
    CASE WHEN pg_input_is_valid(e.data->>'evaluation_id', 'uuid') THEN (e.data->>'evaluation_id')::uuid END
"""
_NEXT = f"""{_DIGESTS}
WHERE e.tenant_id = %(tenant)s AND e.type = %(type)s
  AND e.occurred_at >= %(after_at)s AND (e.occurred_at, e.id) > (%(after_at)s, %(after)s)
  AND e.occurred_at < (
    SELECT least(clock_timestamp(), min(xact_start)) - make_interval(secs => %(margin)s)
    FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client backend'
      AND pid <> pg_backend_pid())
ORDER BY e.occurred_at, e.id LIMIT %(limit)s
"""  # noqa: S608 - every part stands here
_SEALED = f"""{_DIGESTS}
WHERE e.tenant_id = %(tenant)s AND (e.id = ANY(%(events)s) OR e.type = %(type)s
  AND e.occurred_at >= %(after_at)s AND (e.occurred_at, e.id) > (%(after_at)s, %(after)s)
  AND e.occurred_at <= %(until_at)s AND (e.occurred_at, e.id) <= (%(until_at)s, %(until)s))
"""


def take_turns() -> None:
    """Until the transaction ends nobody else seals for this tenant."""
    with connection.cursor() as cursor:
        cursor.execute(_TURN, [str(current_tenant())])


def next_seal() -> EvaluationsSealed | None:
    """The oldest evaluations that are not sealed; nothing when all are that may be."""
    before = _last_seal()
    after_at, after = before or (_BEGINNING, None)
    margin = settings.SEAL_AFTER
    rows = _rows(_NEXT, after_at=after_at, after=after or _NOBODY, margin=margin, limit=AT_ONCE)
    if not rows:
        return None
    return EvaluationsSealed(
        after=after,
        after_at=after_at,
        until=rows[-1][1],
        until_at=rows[-1][2],
        evaluations=tuple(SealedEvaluation(it[0], it[1], it[3]) for it in rows),
    )


def _last_seal() -> tuple[datetime, UUID] | None:
    seals = EventRecord.objects.filter(stream=SEALS).order_by("-version")
    last = seals.values_list("data__until_at", "data__until").first()
    return (datetime.fromisoformat(last[0]), UUID(last[1])) if last else None


def unfit(seal: EvaluationsSealed) -> tuple[UnfitEvaluation, ...]:
    """Which evaluations are not as this seal says."""
    found = {
        event: (evaluation, digest)
        for evaluation, event, _, digest in _rows(
            _SEALED,
            after_at=seal.after_at,
            after=seal.after or _NOBODY,
            until_at=seal.until_at,
            until=seal.until,
            events=[it.event_id for it in seal.evaluations],
        )
    }
    return tuple(_unfit(seal, found))


def _unfit(
    seal: EvaluationsSealed, found: dict[UUID, tuple[UUID, str]]
) -> Iterator[UnfitEvaluation]:
    for it in seal.evaluations:
        _, digest = found.pop(it.event_id, (None, ""))
        if not digest or digest != it.digest:
            yield UnfitEvaluation(it.evaluation_id, "changed" if digest else "missing")
    for evaluation, _ in found.values():
        yield UnfitEvaluation(evaluation, "put in")


def _rows(statement: str, **values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            statement, {"tenant": current_tenant(), "type": CartEvaluated.name, **values}
        )
        return list(cursor.fetchall())
