"""Celery entry points of the calendar and of the watch over budgets."""

from __future__ import annotations

from celery import shared_task

from contexts.rules import services


@shared_task(name="rules.clockwork", ignore_result=True)
def clockwork() -> None:
    services.take_due_steps()
    services.take_due_rollout_steps()


@shared_task(name="rules.watch_budgets", ignore_result=True)
def watch_budgets() -> None:
    services.watch_budgets()
