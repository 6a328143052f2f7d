"""What is to happen at a moment, and the switch that stops a point."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q, QuerySet

from shared_kernel.tenancy.models import TenantModel


class TimedStep(TenantModel):
    """A version begins or ends to decide at a moment, or is proved to be missed: a work list, of ids only, for all tenants' clockwork."""

    class Step(models.TextChoices):
        START = "start"
        END = "end"
        PROVE = "prove"  # the guardrails, after it ended

    rule_id = models.UUIDField()
    number = models.PositiveIntegerField()
    step = models.CharField(max_length=5, choices=Step.choices)
    due_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "rule_id", "number", "step"], name="timed_step_once"
            )
        ]
        indexes: ClassVar = [models.Index(fields=["due_at"], name="timed_step_due")]

    def __str__(self) -> str:
        return f"{self.step} {self.rule_id}/{self.number}"

    @classmethod
    def due(cls, at: datetime) -> QuerySet[TimedStep]:
        """What should have happened by a moment, oldest first."""
        rows: QuerySet[TimedStep] = cls.objects.filter(due_at__lte=at).order_by("due_at")
        return rows


class PointStop(TenantModel):
    """A decision point decides nothing from `stopped_at` on, until it is lifted: the kill switch."""

    point = models.CharField("decision point", max_length=100)
    reason = models.CharField(max_length=400)
    stopped_by = models.CharField(max_length=160)
    stopped_at = models.DateTimeField()
    lifted_by = models.CharField(max_length=160, blank=True, default="")
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "point"],
                condition=Q(lifted_at=None),
                name="point_stopped_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.point} stopped"
