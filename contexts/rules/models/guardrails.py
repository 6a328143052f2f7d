"""Guardrails: what no decision may break."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils import timezone

from shared_kernel.decisions import GuardrailText
from shared_kernel.tenancy.models import TenantModel


class Guardrail(TenantModel):
    """What no decision of a point may break, in the tenant's words and as a claim about prices."""

    point = models.CharField("decision point", max_length=100)
    name = models.CharField(max_length=120)
    claim = models.TextField(max_length=10_000)
    assuming = models.TextField(max_length=10_000, default="true")
    path = models.CharField(max_length=200, blank=True, default="")
    one = models.TextField(max_length=10_000, blank=True, default="")
    other = models.TextField(max_length=10_000, blank=True, default="")
    proof_demanded = models.BooleanField(
        default=False,
        db_default=False,
        help_text="What cannot be proved to keep it is refused, like what breaks it.",
    )
    stated_by = models.CharField(max_length=160)
    stated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "point", "name"], name="guardrail_name_unique"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def text(self) -> GuardrailText:
        """What is claimed, as a value."""
        return GuardrailText(
            name=self.name,
            claim=self.claim,
            assuming=self.assuming,
            path=self.path,
            one=self.one,
            other=self.other,
        )
