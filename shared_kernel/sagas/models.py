"""The durable side of a saga."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from shared_kernel.tenancy.models import TenantModel


class SagaRecord(TenantModel):
    """One run of a saga: where it stands, what it knows, and when somebody should look again."""

    class Status(models.TextChoices):
        RUNNING = "running"
        COMPENSATING = "compensating"
        COMPLETED = "completed"
        COMPENSATED = "compensated"
        STUCK = "stuck"

    saga = models.CharField(max_length=100)
    key = models.CharField(max_length=200)
    status = models.CharField(max_length=14, choices=Status.choices, default=Status.RUNNING)
    step = models.PositiveSmallIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    state = models.JSONField(default=dict)
    reason = models.TextField(blank=True, default="")
    step_started_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = "saga"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id", "saga", "key"], name="saga_once_per_key")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["due_at"],
                name="saga_due",
                condition=Q(status__in=["running", "compensating"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.saga} {self.key}: {self.status}"
