"""
What calculation keeps: its copy of the rules that were ever active or planned, the sets they formed, and what a tenant
declared its attributes to be at any time.

Each row says when it holds, and when that became known here: a question about a moment can be put as it would have been
answered at another (ADR 26).
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

import msgspec
from django.db import models
from django.db.models import Q, QuerySet

from contexts.calculation import policies
from shared_kernel import clock
from shared_kernel.decisions import RuleText
from shared_kernel.tenancy.models import TenantModel


def _ended_after(end: str, moment: datetime, known_at: datetime) -> Q:
    """Rows that hold beyond a moment; an end that was written after `known_at` was not known then."""
    return Q(**{end: None}) | Q(**{f"{end}__gt": moment}) | Q(closed_at__gt=known_at)


class PublishedRule(TenantModel):
    """
    One version of a rule, deciding from `active_from` until just before `active_to`.

    It is going to end at `ends_at`, if it has not before; the row was written at `recorded_at`, its `active_to` at
    `closed_at`.
    """

    point = models.CharField(max_length=100)
    rule_id = models.UUIDField()
    version = models.PositiveIntegerField()
    text = models.JSONField()
    content_hash = models.CharField(max_length=64)
    active_from = models.DateTimeField()
    active_to = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    recorded_at = models.DateTimeField(default=clock.now)
    closed_at = models.DateTimeField(null=True, blank=True)

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

    @classmethod
    def known(cls, point: str, moment: datetime, known_at: datetime) -> QuerySet[PublishedRule]:
        """The rules of a point that decide at a moment, as far as was known at another."""
        rules: QuerySet[PublishedRule] = cls.objects.filter(
            _ended_after("active_to", moment, known_at),
            # an end that is planned only holds as long as nothing else is known to have happened
            Q(ends_at=None) | Q(ends_at__gt=moment) | Q(closed_at__lte=known_at),
            point=point,
            active_from__lte=moment,
            recorded_at__lte=known_at,
        ).order_by("rule_id", "active_from", "recorded_at")
        return rules

    def as_written(self) -> RuleText:
        return msgspec.convert(self.text, RuleText)


class PlannedRule(TenantModel):
    """
    One version of a rule that is going to decide from `starts_at` on, until `ends_at` if that is known.

    From `dropped_at` on this is not planned any more: it came to pass, or was taken off the calendar.
    """

    point = models.CharField(max_length=100)
    rule_id = models.UUIDField()
    version = models.PositiveIntegerField()
    text = models.JSONField()
    content_hash = models.CharField(max_length=64)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    recorded_at = models.DateTimeField(default=clock.now)
    dropped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "rule_id"],
                condition=Q(dropped_at=None),
                name="planned_one_open_version",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "point", "starts_at"], name="planned_by_point")
        ]

    def __str__(self) -> str:
        return f"{self.rule_id}@{self.version} from {self.starts_at:%Y-%m-%d %H:%M}"

    @classmethod
    def known(cls, point: str, moment: datetime, known_at: datetime) -> QuerySet[PlannedRule]:
        """The rules of a point that were planned to begin by a moment, as far as was known at another."""
        rules: QuerySet[PlannedRule] = cls.objects.filter(
            Q(dropped_at=None) | Q(dropped_at__gt=known_at),
            point=point,
            starts_at__lte=moment,
            recorded_at__lte=known_at,
        ).order_by("rule_id", "recorded_at")
        return rules

    def is_over(self, moment: datetime) -> bool:
        return self.ends_at is not None and self.ends_at <= moment

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
    recorded_at = models.DateTimeField(default=clock.now)
    closed_at = models.DateTimeField(null=True, blank=True)

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

    @classmethod
    def was_known_halted(cls, point: str, moment: datetime, known_at: datetime) -> bool:
        """Say whether a point is halted at a moment, as far as was known at another."""
        rows = cls.objects.filter(
            _ended_after("halted_to", moment, known_at),
            point=point,
            halted_from__lte=moment,
            recorded_at__lte=known_at,
        )
        return bool(rows.exists())


class HeardEnd(TenantModel):
    """
    From `at` on something decides no more, or is stopped no more: what is named by `about`.

    News may come late, or be replayed long after: a beginning that is heard of after its end is over by then.
    """

    about = models.CharField(max_length=120, help_text='Such as "rule" and its id.')
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id", "about", "at"], name="heard_end_once")
        ]

    def __str__(self) -> str:
        return f"{self.about} ended {self.at:%Y-%m-%d %H:%M}"

    @classmethod
    def heard(cls, about: str, at: datetime) -> None:
        """Remember an end; hearing of it again changes nothing."""
        cls.objects.get_or_create(about=about, at=at)

    @classmethod
    def first_after(cls, about: str, moment: datetime) -> datetime | None:
        """The first end after a moment that was heard of."""
        found: datetime | None = (
            cls.objects.filter(about=about, at__gt=moment)
            .order_by("at")
            .values_list("at", flat=True)
            .first()
        )
        return found


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

    @classmethod
    def known(cls, moment: datetime, known_at: datetime) -> QuerySet[DeclaredAttribute]:
        """What is declared at a moment, as far as was known at another: declarations hold from when they are made."""
        rows: QuerySet[DeclaredAttribute] = cls.objects.filter(
            Q(active_to=None) | Q(active_to__gt=min(moment, known_at)),
            active_from__lte=min(moment, known_at),
        )
        return rows.order_by("record", "name")

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
