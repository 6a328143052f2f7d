"""
What calculation keeps: its copy of the rules that were ever active, the sets they formed, and what a tenant declared
its attributes to be at any time.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import msgspec
from django.db import models
from django.db.models import Q, QuerySet

from contexts.calculation import policies
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
                fields=["tenant_id", "rule_id", "version", "active_from"],
                name="published_version_once_at_a_time",
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


class CandidateRule(TenantModel):
    """One version of a rule that a roll-out tries, beside what decides, from `active_from` until just before `active_to`."""

    rollout_id = models.UUIDField()
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
                fields=["tenant_id", "rollout_id", "rule_id"], name="candidate_once_in_a_rollout"
            ),
            models.UniqueConstraint(
                fields=["tenant_id", "rule_id"],
                condition=Q(active_to=None),
                name="candidate_one_open_version",
            ),
            models.CheckConstraint(
                condition=Q(active_to=None) | Q(active_to__gte=models.F("active_from")),
                name="candidate_window_half_open",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "point", "rollout_id"], name="candidate_by_point")
        ]

    def __str__(self) -> str:
        return f"{self.rule_id}@{self.version} of {self.rollout_id}"

    @classmethod
    def running(cls, point: str) -> QuerySet[CandidateRule]:
        """What is tried at a point now."""
        rows: QuerySet[CandidateRule] = cls.objects.filter(point=point, active_to=None)
        return rows.order_by("rule_id")

    def as_written(self) -> RuleText:
        return msgspec.convert(self.text, RuleText)


class HaltedPoint(TenantModel):
    """A point at which no rule decides, from `halted_from` until just before `halted_to`."""

    point = models.CharField(max_length=100)
    halted_from = models.DateTimeField()
    halted_to = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "point"],
                condition=Q(halted_to=None),
                name="point_halted_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.point} halted"

    @classmethod
    def is_halted(cls, point: str, moment: datetime | None) -> bool:
        """Say whether a point is halted at a moment, or now."""
        rows = cls.objects.filter(point=point)
        if moment is None:
            return bool(rows.filter(halted_to=None).exists())
        open_then = Q(halted_to=None) | Q(halted_to__gt=moment)
        return bool(rows.filter(open_then, halted_from__lte=moment).exists())


class DeclaredAttribute(TenantModel):
    """
    What an attribute of a record is, from `active_from` until just before `active_to`.

    A change closes one row and opens the next, so that a past decision reads its facts as it did then.
    """

    record = models.CharField(max_length=64)
    name = models.CharField(max_length=64)
    revision = models.PositiveIntegerField()
    type = models.CharField(max_length=40)
    about = models.CharField(max_length=200)
    optional = models.BooleanField(default=True)
    declared_by = models.CharField(max_length=160)
    active_from = models.DateTimeField()
    active_to = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "attribute"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "record", "name", "revision"], name="attribute_revision_once"
            ),
            models.UniqueConstraint(
                fields=["tenant_id", "record", "name"],
                condition=Q(active_to=None),
                name="attribute_declared_once",
            ),
            models.CheckConstraint(
                condition=Q(active_to=None) | Q(active_to__gte=models.F("active_from")),
                name="attribute_window_half_open",
            ),
        ]

    def __str__(self) -> str:
        return self.path

    # Queries

    @classmethod
    def at(cls, moment: datetime | None) -> QuerySet[DeclaredAttribute]:
        """What is declared at a moment, or now."""
        rows: QuerySet[DeclaredAttribute] = cls.objects.order_by("record", "name")
        if moment is None:
            return rows.filter(active_to=None)
        return rows.filter(Q(active_to=None) | Q(active_to__gt=moment), active_from__lte=moment)

    # Properties

    @property
    def path(self) -> str:
        """How rules write it."""
        return f"{policies.place_of(self.record)}.{self.name}"

    @property
    def as_declared(self) -> tuple[str, str, str]:
        """Its place, name and type, as rules are compiled with."""
        kind = f"{self.type}?" if self.optional else self.type
        return policies.place_of(self.record), self.name, kind


class RuleSetRecord(TenantModel):
    """A set of rules that decided once, active or tried by a roll-out, by its fingerprint: what a replay decides by."""

    point = models.CharField(max_length=100)
    fingerprint = models.CharField(max_length=64)
    members = models.JSONField(help_text="[rule id, version] pairs")
    declared = models.JSONField(
        default=list, help_text="[place, attribute, type] by which facts are read"
    )
    first_active_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "point", "fingerprint"], name="rule_set_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.point} {self.fingerprint[:12]}"
