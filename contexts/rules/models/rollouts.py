"""
Roll-outs of releases, and when each goes on.

What must never happen is refused by the database too (migration 0008): a release that never was at staging, a step that
customers notice without the approvals of production, another ramp than it began with, a step back, life after its end.
"""

from __future__ import annotations

from decimal import Decimal
from typing import ClassVar

import msgspec
from django.db import models
from django.db.models import Q

from contexts.rules.events import RolloutGuard
from contexts.rules.models.releases import Release
from contexts.rules.policies.rollouts import RampStep, steps_from
from shared_kernel.tenancy.models import TenantModel


class Rollout(TenantModel):
    """A release on its way from a few customers to all of them; its id is the salt of who is among the first."""

    class Status(models.TextChoices):
        RUNNING = "running", "Running"
        PAUSED = "paused", "Paused"
        ROLLED_BACK = "rolled_back", "Rolled back"
        COMPLETED = "completed", "Completed"

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="rollouts")
    digest = models.CharField(max_length=64)
    candidates = models.JSONField(help_text="The members that are tried: slug@version.")
    ramp = models.JSONField(help_text='Such as [{"percent": "5", "seconds": 3600}].')
    guards = models.JSONField(default=list)
    status = models.CharField(max_length=11, choices=Status.choices, default=Status.RUNNING)
    step = models.PositiveSmallIntegerField(default=0)
    steps_taken = models.JSONField(default=list, help_text="When each step began, and by whom.")
    seconds_left = models.PositiveIntegerField(
        default=0, help_text="Of its step, while it is paused."
    )
    waits_for = models.CharField(max_length=400, blank=True, default="")
    reason = models.CharField(max_length=400, blank=True, default="")
    evidence = models.JSONField(null=True)
    started_by = models.CharField(max_length=160)
    started_at = models.DateTimeField()
    ended_by = models.CharField(max_length=160, blank=True, default="")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "roll-out"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id"],
                condition=Q(status__in=["running", "paused"]),
                name="rollout_one_under_way",
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "-started_at"], name="rollout_by_time")
        ]

    def __str__(self) -> str:
        return f"roll-out of {self.release}"

    # Properties

    @property
    def steps(self) -> tuple[RampStep, ...]:
        return steps_from(self.ramp)

    @property
    def watched(self) -> tuple[RolloutGuard, ...]:
        """The guards as values."""
        return msgspec.convert(self.guards, tuple[RolloutGuard, ...])

    @property
    def percent(self) -> Decimal:
        """For how many of a hundred customers it decides now."""
        return self.steps[self.step].percent if self.is_under_way else Decimal(0)

    @property
    def is_under_way(self) -> bool:
        return self.status in {self.Status.RUNNING, self.Status.PAUSED}


class RolloutStep(TenantModel):
    """A roll-out goes on at a moment: a work list, of ids only, for all tenants' clockwork; its id is the roll-out's."""

    due_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["due_at"], name="rollout_step_due")]

    def __str__(self) -> str:
        return str(self.id)
