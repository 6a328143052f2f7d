"""What calculation keeps: its copy of the rules that were ever active, and the sets they formed."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import msgspec
from django.db import models
from django.db.models import Q, QuerySet

from shared_kernel.decisions import RuleText
from shared_kernel.tenancy.models import TenantModel


class PublishedRule(TenantModel):
    """One version of a rule, deciding from `active_from` until just before `active_to`."""

    point = models.CharField(max_length=100)
    rule_id = models.UUIDField()
    version = models.PositiveIntegerField()
    text = models.JSONField()
    content_hash = models.CharField(max_length=64)
    active_from = models.DateTimeField()
    active_to = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "rule_id", "version"], name="published_version_once"
            ),
            models.UniqueConstraint(
                fields=["tenant_id", "rule_id"],
                condition=Q(active_to=None),
                name="published_one_open_version",
            ),
            models.CheckConstraint(
                condition=Q(active_to=None) | Q(active_to__gte=models.F("active_from")),
                name="published_window_half_open",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "point", "active_from"], name="published_by_point")
        ]

    def __str__(self) -> str:
        return f"{self.rule_id}@{self.version}"

    @classmethod
    def at(cls, point: str, moment: datetime | None) -> QuerySet[PublishedRule]:
        """The rules of a point that decide at a moment, or now."""
        rules: QuerySet[PublishedRule] = cls.objects.filter(point=point).order_by("rule_id")
        if moment is None:
            return rules.filter(active_to=None)
        return rules.filter(Q(active_to=None) | Q(active_to__gt=moment), active_from__lte=moment)

    def as_written(self) -> RuleText:
        return msgspec.convert(self.text, RuleText)


class RuleSetRecord(TenantModel):
    """A set of rules that was active once, by its fingerprint: what a replay decides by."""

    point = models.CharField(max_length=100)
    fingerprint = models.CharField(max_length=64)
    members = models.JSONField(help_text="[rule id, version] pairs")
    first_active_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "point", "fingerprint"], name="rule_set_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.point} {self.fingerprint[:12]}"
