"""Celery entry points of evaluation."""

from __future__ import annotations

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
