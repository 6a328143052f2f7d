"""
The relay: from the outbox to the queue of each listening context.

It claims the heads of streams with SKIP LOCKED, so any number of relays may run, and takes the events that
follow in the same streams along. Claimed deliveries fall due again after a while: what a killed worker or a
restarted broker dropped is found by the same query that finds what is new. A context that has much under way
gets no more until it has acknowledged some: a backlog waits in the outbox, where it costs nothing.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from uuid import UUID

import msgspec
import psycopg
import structlog
from django.conf import settings
from django.db import connection, transaction
from prometheus_client import Counter, Gauge

from shared_kernel.eventlog import tasks
from shared_kernel.eventlog.envelope import CloudEvent, envelope_of
from shared_kernel.eventlog.models import EventRecord
from shared_kernel.eventlog.writing import WAKE
from shared_kernel.tenancy.scope import across_tenants, tenant_scope

log = structlog.get_logger(__name__)
LAG = Gauge(
    "verdict_outbox_lag_seconds",
    "Age of the oldest delivery that is due",
    multiprocess_mode="mostrecent",
)
RELAYED = Counter("verdict_outbox_relayed_total", "Deliveries handed to a queue", ["context"])
BATCH = 500
# what a context has in its queue and has not acknowledged: more would only wait there, and fall due again
UNDER_WAY = 1000
SECONDS_BETWEEN_SWEEPS = 0.5

_CLAIM = """
WITH under_way AS (
  SELECT context FROM eventlog_delivery
  WHERE status = 'pending' AND due_at > now() AND attempts = 0
  GROUP BY context HAVING count(*) >= %(under_way)s
), heads AS (
  SELECT d.id, d.tenant_id, d.context, d.stream, d.version FROM eventlog_delivery d
  WHERE d.status = 'pending' AND d.due_at <= now()
    AND d.context NOT IN (SELECT context FROM under_way) AND NOT EXISTS (
    SELECT 1 FROM eventlog_delivery e WHERE e.status = 'pending' AND e.tenant_id = d.tenant_id
      AND e.context = d.context AND e.stream = d.stream AND e.version < d.version)
  ORDER BY d.due_at LIMIT %(batch)s FOR UPDATE SKIP LOCKED
), run AS (
  SELECT f.id FROM heads h JOIN eventlog_delivery f ON f.status = 'pending'
    AND f.tenant_id = h.tenant_id AND f.context = h.context AND f.stream = h.stream
    AND f.version < h.version + %(batch)s
)
UPDATE eventlog_delivery SET due_at = now() + make_interval(secs => %(again)s)
WHERE id IN (SELECT id FROM run) RETURNING tenant_id, context, stream, version, event_id
"""
_LAG = """
SELECT coalesce(extract(epoch FROM now() - min(due_at)), 0) FROM eventlog_delivery
WHERE status = 'pending' AND due_at <= now()
"""


def relay_once() -> int:
    """Hand one batch of due deliveries to the queues; how many there were."""
    with (
        across_tenants("the relay serves every tenant's outbox, which holds ids only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        bounds = {"batch": BATCH, "under_way": UNDER_WAY, "again": settings.DELIVERY_TIMEOUT}
        cursor.execute(_CLAIM, bounds)
        claimed = sorted(cursor.fetchall(), key=lambda row: (str(row[0]), row[1], row[2], row[3]))
    by_context: dict[str, list[CloudEvent]] = defaultdict(list)
    for tenant in {row[0] for row in claimed}:
        mine = [row for row in claimed if row[0] == tenant]
        records = _records(tenant, {row[4] for row in mine})
        for _, context, _, _, event_id in mine:
            by_context[context].append(envelope_of(records[event_id]))
    for context, envelopes in by_context.items():
        payload = msgspec.json.encode(envelopes).decode()
        tasks.deliver.apply_async((context, payload), queue=f"events.{context}")
        RELAYED.labels(context).inc(len(envelopes))
    return len(claimed)


def _records(tenant: UUID, ids: set[UUID]) -> dict[UUID, EventRecord]:
    with tenant_scope(tenant):
        return EventRecord.objects.in_bulk(list(ids))


def measure_lag() -> None:
    with across_tenants("the lag is that of the whole outbox"), connection.cursor() as cursor:
        cursor.execute(_LAG)
        LAG.set(float(cursor.fetchone()[0]))


def run(stopping: threading.Event) -> None:
    """Relay until told to stop: at once when woken, and by a sweep in any case."""
    while not stopping.is_set():
        try:
            with psycopg.connect(settings.DATABASE_CONNINFO, autocommit=True) as ear:
                ear.execute(f"LISTEN {WAKE}")
                _relay_while_connected(ear, stopping)
        except Exception as fault:  # noqa: BLE001 - database or broker away: the outbox keeps everything
            log.warning("relay waits", reason=f"{type(fault).__name__}: {fault}".strip())
            connection.close()
            stopping.wait(SECONDS_BETWEEN_SWEEPS)


def _relay_while_connected(ear: psycopg.Connection, stopping: threading.Event) -> None:
    while not stopping.is_set():
        while relay_once() and not stopping.is_set():
            pass
        measure_lag()
        for _ in ear.notifies(timeout=SECONDS_BETWEEN_SWEEPS, stop_after=1):
            pass
