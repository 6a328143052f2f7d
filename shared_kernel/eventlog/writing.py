"""Writing what a unit of work told: the events, their deliveries and the wake-up, in its transaction."""

from __future__ import annotations

import json
import time
from typing import Any
from uuid import UUID

import msgspec
from django.db import IntegrityError, connection, transaction

from shared_kernel import clock
from shared_kernel.bus.messages import Event
from shared_kernel.bus.registry import listening_contexts
from shared_kernel.cache import invalidation
from shared_kernel.errors import ConcurrentUpdate
from shared_kernel.eventlog.models import Delivery
from shared_kernel.ids import new_id
from shared_kernel.observability import tracing
from shared_kernel.tenancy.scope import current_tenant

WAKE = "verdict_outbox"
TOLD = "verdict_told"
SECONDS_BETWEEN_WAKES = 0.02

_last_wake = 0.0

_APPEND = """
INSERT INTO eventlog_eventrecord (id, tenant_id, stream, version, type, data, metadata, occurred_at)
SELECT %(id)s::uuid, %(tenant)s::uuid, %(stream)s::text, 1 + coalesce(max(version), 0), %(type)s::text,
  %(data)s::jsonb, %(metadata)s::jsonb, %(at)s::timestamptz
FROM eventlog_eventrecord WHERE tenant_id = %(tenant)s AND stream = %(stream)s
RETURNING version
"""


def write_events(events: list[Event]) -> None:
    """
    Append the events to their streams and leave a delivery for every context that hears them.

    Raises:
        ConcurrentUpdate: another unit of work appended to one of the streams at the same moment.

    """
    tenant, metadata = current_tenant(), _metadata()
    deliveries: list[Delivery] = []
    for event in events:
        event_id, version = _append(event, tenant, metadata)
        deliveries += [
            Delivery(event_id=event_id, context=context, stream=event.stream, version=version)
            for context in listening_contexts(event.name)
        ]
    if deliveries:
        Delivery.objects.bulk_create(deliveries)
        wake_relay()
    _tell_caches(events, tenant)


def _append(event: Event, tenant: UUID, metadata: str) -> tuple[UUID, int]:
    event_id, data = new_id(), msgspec.json.encode(event)
    msgspec.json.decode(data, type=type(event))  # what nobody could hear is not told: the act fails
    row: dict[str, Any] = {
        "id": event_id,
        "tenant": tenant,
        "stream": event.stream,
        "type": event.name,
        "data": data.decode(),
        "metadata": metadata,
        "at": clock.now(),
    }
    with connection.cursor() as cursor:
        try:
            cursor.execute(_APPEND, row)
        except IntegrityError as conflict:
            raise ConcurrentUpdate(stream=event.stream) from conflict
        return event_id, cursor.fetchone()[0]


def _metadata() -> str:
    return json.dumps(
        {
            "actor": tracing.actor(),
            "correlation": tracing.correlation_id(),
            "causation": tracing.causation_id(),
            **tracing.outgoing(),
        }
    )


def wake_relay() -> None:
    """
    Wake the relay at the commit, at most every 20 ms of this process: the sweep finds the rest.

    A commit that notifies takes a lock of the whole database, which a busy shop must not pay each time.
    """
    global _last_wake  # noqa: PLW0603 - a wake-up saved is all that is shared
    now = time.monotonic()
    if now - _last_wake < SECONDS_BETWEEN_WAKES:
        return
    _last_wake = now
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, '')", [WAKE])


def _tell_caches(events: list[Event], tenant: UUID) -> None:
    stale = {event.name for event in events if invalidation.concerns(event.name)}
    if not stale:
        return
    with connection.cursor() as cursor:
        for name in stale:
            cursor.execute("SELECT pg_notify(%s, %s)", [TOLD, f"{tenant} {name}"])
    transaction.on_commit(lambda: _forget(stale, tenant))


def _forget(stale: set[str], tenant: UUID) -> None:
    for name in stale:
        invalidation.invalidate(name, tenant)
