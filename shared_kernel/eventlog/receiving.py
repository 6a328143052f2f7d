"""The listening side: an event's effect and the inbox row that makes it happen once, in one transaction."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection, transaction
from prometheus_client import Counter

from shared_kernel import clock
from shared_kernel.bus.hearing import hearing
from shared_kernel.bus.registry import listeners_of
from shared_kernel.bus.unit_of_work import listening, publish, unit_of_work
from shared_kernel.eventlog.envelope import CloudEvent
from shared_kernel.eventlog.events import MessageReplayed
from shared_kernel.eventlog.models import Delivery, InboxEntry, Once
from shared_kernel.eventlog.writing import wake_relay
from shared_kernel.ids import new_id
from shared_kernel.observability import tracing
from shared_kernel.tenancy.scope import across_tenants, tenant_scope

log = structlog.get_logger(__name__)
HEARD = Counter("verdict_events_heard_total", "Events handed to a context", ["context", "outcome"])

_INBOX = """
INSERT INTO eventlog_inboxentry (id, tenant_id, context, event_id, heard_at)
VALUES (%s, %s, %s, %s, %s) ON CONFLICT (tenant_id, context, event_id) DO NOTHING
"""
# and whether others of its stream wait, which could not go before it; an outbox has no useful statistics, so
# "not parked" keeps the planner from the index of what is pending, which would be read from end to end
_ACKNOWLEDGE = """
DELETE FROM eventlog_delivery d
WHERE tenant_id = %s AND event_id = %s AND context = %s AND status <> 'parked'
RETURNING EXISTS (
  SELECT FROM eventlog_delivery e WHERE e.status = 'pending' AND e.tenant_id = d.tenant_id
    AND e.context = d.context AND e.stream = d.stream AND e.version > d.version)
"""


def receive(context: str, envelopes: Iterable[CloudEvent]) -> None:
    """
    Let a context hear these events, each in its own transaction.

    Events of one stream come in order; after a failure the rest of that stream waits for the next delivery.
    """
    broken: set[tuple[UUID, str]] = set()
    for envelope in envelopes:
        stream = (envelope.tenant, envelope.subject)
        if stream not in broken and not _heard(context, envelope):
            broken.add(stream)


def _heard(context: str, envelope: CloudEvent) -> bool:
    with (
        tenant_scope(envelope.tenant),
        tracing.incoming(
            {"traceparent": envelope.traceparent},
            actor=envelope.actor,
            correlation=envelope.correlation,
            causation=str(envelope.id),
            name=envelope.type,
        ),
    ):
        try:
            outcome = _effect_once(context, envelope)
        except (OperationalError, InterfaceError):
            raise  # the database is away: not the event's fault, the sweep delivers it again
        except Exception as fault:  # whatever a listener does wrong must not stop its neighbours
            log.exception("listener failed", context=context, message=envelope.type)
            HEARD.labels(context, "failed").inc()
            _report(context, envelope, error=f"{type(fault).__name__}: {fault}")
            return False
        HEARD.labels(context, outcome).inc()
        return True


def _effect_once(context: str, envelope: CloudEvent) -> str:
    with transaction.atomic():
        fresh = _first_time(context, envelope)
        if fresh:
            _hear(context, envelope)
        if envelope.origin == settings.PROCESS_SET:
            acknowledge(context, envelope.tenant, envelope.id, error="")
    if envelope.origin != settings.PROCESS_SET:
        _report(context, envelope, error="")
    return "heard" if fresh else "again"


def _first_time(context: str, envelope: CloudEvent) -> bool:
    row = (new_id(), envelope.tenant, context, envelope.id, clock.now())
    with connection.cursor() as cursor:
        cursor.execute(_INBOX, row)
        return bool(cursor.rowcount)


def _hear(context: str, envelope: CloudEvent) -> None:
    event = envelope.message()
    if event is None:
        raise LookupError(f"{envelope.type} is not known to this release: deploy its window first")
    with listening(), hearing(envelope.heard()):
        for listener in listeners_of(envelope.type, context):
            listener.hear(event)


def _report(context: str, envelope: CloudEvent, *, error: str) -> None:
    if envelope.origin == settings.PROCESS_SET:
        with transaction.atomic():
            acknowledge(context, envelope.tenant, envelope.id, error=error)
        return
    from shared_kernel.eventlog import tasks  # noqa: PLC0415 - tasks import this module

    tasks.acknowledge.apply_async(
        (context, str(envelope.tenant), str(envelope.id), error), queue=f"acks.{envelope.origin}"
    )


def acknowledge(context: str, tenant: UUID, event_id: UUID, *, error: str) -> None:
    """Take a heard delivery off the outbox; a failed one is due again later, and parked in the end."""
    with tenant_scope(tenant):
        if error:
            delivery = Delivery.objects.select_for_update().filter(
                event_id=event_id, context=context, status=Delivery.Status.PENDING
            )
            _postpone(delivery.first(), error)
            return
        with connection.cursor() as cursor:
            cursor.execute(_ACKNOWLEDGE, (tenant, event_id, context))
            if cursor.fetchone() == (True,):
                wake_relay()


def _postpone(delivery: Delivery | None, error: str) -> None:
    if delivery is None:
        return
    delivery.attempts += 1
    delivery.error = error[:2000]
    if delivery.attempts >= settings.DELIVERY_ATTEMPTS:
        delivery.status = Delivery.Status.PARKED
        log.error("message parked", event_id=str(delivery.event_id), to=delivery.context)
        wake_relay()
    wait = min(settings.DELIVERY_BACKOFF * 2 ** (delivery.attempts - 1), 300)
    # jitter, so that what failed together does not come back together
    delivery.due_at = clock.now() + timedelta(seconds=wait * random.uniform(0.5, 1.5))  # noqa: S311
    delivery.save(update_fields=["attempts", "error", "status", "due_at"])


def replay(delivery: Delivery) -> None:
    """Deliver a parked message once more; later ones of its stream have gone on meanwhile."""
    with unit_of_work():
        changed = Delivery.objects.filter(id=delivery.id, status=Delivery.Status.PARKED).update(
            status=Delivery.Status.PENDING, attempts=0, due_at=clock.now()
        )
        if changed:
            wake_relay()
            publish(
                MessageReplayed(
                    event_id=delivery.event_id, context=delivery.context, of_stream=delivery.stream
                )
            )


def prune() -> None:
    """Forget what was heard, and which keys were used, longer ago than anything is repeated."""
    before = clock.now() - timedelta(days=settings.DAYS_REMEMBERED)
    with across_tenants("old inbox rows and keys of every tenant are removed, unread"):
        InboxEntry.objects.filter(heard_at__lt=before).delete()
        Once.objects.filter(created_at__lt=before).delete()
