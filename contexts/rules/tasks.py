"""Celery entry points of rules: the calendar, notices that are posted, the watches over guardrails and budgets."""

from __future__ import annotations

from celery import shared_task

from contexts.rules import services


@shared_task(name="rules.clockwork", ignore_result=True)
def clockwork() -> None:
    services.take_due_steps()
    services.take_due_rollout_steps()


@shared_task(name="rules.post_notices", ignore_result=True)
def post_notices() -> None:
    services.post_due_notices()


@shared_task(name="rules.prove_after_ends", ignore_result=True)
def prove_after_ends() -> None:
    services.prove_after_ends()


@shared_task(name="rules.watch_budgets", ignore_result=True)
def watch_budgets() -> None:
    services.watch_budgets()
