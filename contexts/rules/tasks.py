"""Celery entry point of the calendar."""

from __future__ import annotations

from celery import shared_task

from contexts.rules import services


@shared_task(name="rules.clockwork", ignore_result=True)
def clockwork() -> None:
    services.take_due_steps()
    services.take_due_rollout_steps()
