"""Celery entry points of back-tests."""

from uuid import UUID

from celery import shared_task

from contexts.evaluation import services
from shared_kernel.tenancy import tenant_scope


@shared_task(name="evaluation.run_back_test", ignore_result=True)
def run_back_test(tenant: str, back_test_id: str) -> None:
    with tenant_scope(UUID(tenant)):
        services.run_back_test(UUID(back_test_id))


@shared_task(name="evaluation.sweep_back_tests", ignore_result=True)
def sweep_back_tests() -> None:
    services.sweep_back_tests()
