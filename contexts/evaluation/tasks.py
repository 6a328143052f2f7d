"""Celery entry points of evaluation: seals, back-tests and roll-outs."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from contexts.evaluation import services
from shared_kernel.tenancy import across_tenants, tenant_scope
from shared_kernel.tenancy.models import Tenant


@shared_task(name="evaluation.seal", ignore_result=True)
def seal() -> None:
    with across_tenants("every tenant's evaluations are sealed, each in its own scope"):
        tenants = list(Tenant.objects.values_list("id", flat=True))
    for tenant in tenants:
        with tenant_scope(tenant):
            services.seal_evaluations()


@shared_task(name="evaluation.run_back_test", ignore_result=True)
def run_back_test(tenant: str, back_test_id: str) -> None:
    with tenant_scope(UUID(tenant)):
        services.run_back_test(UUID(back_test_id))


@shared_task(name="evaluation.sweep_back_tests", ignore_result=True)
def sweep_back_tests() -> None:
    services.sweep_back_tests()


@shared_task(name="evaluation.count_rollouts", ignore_result=True)
def count_rollouts() -> None:
    services.count_rollouts()
