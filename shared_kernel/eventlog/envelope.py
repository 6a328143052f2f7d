"""CloudEvents 1.0 outside: how an event travels to another context, and how it is read there."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import msgspec
from django.conf import settings

from shared_kernel.bus.hearing import Heard
from shared_kernel.bus.messages import Event, message_named
from shared_kernel.eventlog.models import EventRecord


class CloudEvent(msgspec.Struct, frozen=True, omit_defaults=True):
    """
    The JSON envelope of CloudEvents 1.0, with our extension attributes in lower case as the specification asks.

    `origin` is the process set that published it, to which the acknowledgement goes.
    """

    id: UUID
    source: str
    type: str
    subject: str
    time: datetime
    data: msgspec.Raw
    tenant: UUID
    version: int
    actor: str
    correlation: str
    origin: str
    specversion: str = "1.0"
    datacontenttype: str = "application/json"
    traceparent: str = ""
    causation: str = ""

    def message(self) -> Event | None:
        """The event as the value its window declares; nothing when this release does not know it."""
        kind = message_named(self.type)
        if kind is None or not issubclass(kind, Event):
            return None
        event: Event = msgspec.json.decode(self.data, type=kind)
        return event

    def heard(self) -> Heard:
        """What a listener may know of the event beside what it says."""
        return Heard(
            id=self.id,
            type=self.type,
            stream=self.subject,
            version=self.version,
            occurred_at=self.time,
            actor=self.actor,
            correlation=self.correlation,
            causation=self.causation,
            data=bytes(self.data),
        )


def envelope_of(record: EventRecord) -> CloudEvent:
    return CloudEvent(
        id=record.id,
        source=f"/verdict/{record.type.partition('.')[0]}",
        type=record.type,
        subject=record.stream,
        time=record.occurred_at,
        data=msgspec.Raw(msgspec.json.encode(record.data)),
        tenant=record.tenant_id,
        version=record.version,
        actor=record.metadata.get("actor", ""),
        correlation=record.metadata.get("correlation", ""),
        origin=settings.PROCESS_SET,
        traceparent=record.metadata.get("traceparent", ""),
        causation=record.metadata.get("causation", ""),
    )
