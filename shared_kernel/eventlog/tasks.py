"""Celery entry points: transport for events and their acknowledgements."""

from __future__ import annotations

from uuid import UUID

import msgspec
from celery import shared_task

from shared_kernel.eventlog import receiving
from shared_kernel.eventlog.envelope import CloudEvent


@shared_task(name="eventlog.deliver", ignore_result=True, acks_late=True)
def deliver(context: str, envelopes: str) -> None:
    receiving.receive(context, msgspec.json.decode(envelopes, type=list[CloudEvent]))


@shared_task(name="eventlog.acknowledge", ignore_result=True, acks_late=True)
def acknowledge(context: str, tenant: str, event_id: str, error: str) -> None:
    receiving.acknowledge(context, UUID(tenant), UUID(event_id), error=error)


@shared_task(name="eventlog.prune", ignore_result=True)
def prune() -> None:
    receiving.prune()
