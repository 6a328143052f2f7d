"""The evaluation as it was."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from shared_kernel.tenancy.models import TenantModel


class EvaluationRecord(TenantModel):
    """One cart priced once: what came in, what went out, and by which rules."""

    cart = models.JSONField()
    priced = models.JSONField()
    rule_sets = models.JSONField(help_text="Fingerprint of the rules of each decision point.")
    facts_hash = models.CharField(max_length=64)
    currency = models.CharField(max_length=3)
    total_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField()
    evaluated_at = models.DateTimeField()

    class Meta:
        verbose_name = "evaluation"
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "-evaluated_at"], name="evaluation_by_time")
        ]

    def __str__(self) -> str:
        return str(self.id)
