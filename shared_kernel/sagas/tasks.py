"""Celery entry point of the sweep."""

from celery import shared_task

from shared_kernel.sagas import running


@shared_task(name="sagas.sweep", ignore_result=True)
def sweep() -> None:
    running.sweep()
