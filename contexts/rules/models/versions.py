"""
Rules, versions, reviews.

What must never happen is refused by the database too (see the triggers in the first migration): a submitted version
changes, somebody reviews their own work, a version becomes approved without a review of its very content, or becomes
active without being approved.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar, Final

import msgspec
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils import timezone

from contexts.rules import policies
from contexts.rules.errors import WindowOver, WrongStatus
from contexts.rules.models.templates import RuleTemplateVersion
from contexts.rules.policies import Policy, Requirement, Risk
from shared_kernel.decisions import EffectText, RuleText, TableText, Window
from shared_kernel.tenancy.models import TenantModel


class Status(models.TextChoices):
    DRAFT = "draft", "Draft"
    IN_REVIEW = "in_review", "In review"
    REJECTED = "rejected", "Rejected"
    APPROVED = "approved", "Approved"
    SCHEDULED = "scheduled", "Scheduled"
    ACTIVE = "active", "Active"
    PAUSED = "paused", "Paused"
    RETIRED = "retired", "Retired"


DECIDED: Final = (Status.ACTIVE, Status.PAUSED)  # one version of a rule at a time


CONTENT: Final = (
    "name",
    "reason",
    "condition",
    "effects",
    "table",
    "priority",
    "order",
    "group",
    "stop",
)
WINDOW: Final = ("starts", "ends", "time_zone", "starts_at", "ends_at")


class Rule(TenantModel):
    """One thing decided by rule, under a slug that stays while its versions come and go."""

    slug = models.SlugField(max_length=80)
    point = models.CharField("decision point", max_length=100)
    tags = models.JSONField(default=list, help_text="Words to find it by; they decide nothing.")
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.CharField(max_length=160)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id", "slug"], name="rule_slug_unique")
        ]
        indexes: ClassVar = [GinIndex(fields=["tags"], name="rule_by_tag")]

    def __str__(self) -> str:
        return self.slug


class RuleVersion(TenantModel):
    """A rule as it stands in one version."""

    rule = models.ForeignKey(Rule, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField("version")
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.DRAFT)

    name = models.CharField(max_length=120)
    reason = models.CharField(max_length=200, help_text="The words on the receipt.")
    condition = models.TextField(max_length=10_000)
    effects = models.JSONField(default=list)
    table = models.JSONField(
        null=True, blank=True, help_text="What it decides by, row by row, instead of effects."
    )
    priority = models.IntegerField(default=0, help_text="Higher goes first.")
    order = models.IntegerField(default=0)
    group = models.CharField(
        "exclusive group",
        max_length=80,
        blank=True,
        default="",
        help_text="One rule of a group applies.",
    )
    stop = models.BooleanField("stop after this rule", default=False)
    starts = models.CharField("decides from", max_length=26, blank=True, default="")
    ends = models.CharField("decides until", max_length=26, blank=True, default="")
    time_zone = models.CharField(max_length=60, default="UTC")
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    made_from = models.ForeignKey(
        RuleTemplateVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="made"
    )
    arguments = models.JSONField(default=dict, help_text="What its template was filled in with.")
    content_hash = models.CharField(max_length=64)
    revision = models.PositiveIntegerField(default=1)
    risk = models.JSONField(default=dict, help_text="Its level and reasons when it was submitted.")
    requirements = models.JSONField(
        default=list, help_text="Who has to approve it, as the policy said when it was submitted."
    )
    limits = models.JSONField(
        default=dict,
        help_text="What its back-test must not show, as the policy said when it was submitted.",
    )

    author = models.CharField(max_length=160)
    created_at = models.DateTimeField(default=timezone.now)
    submitted_by = models.CharField(max_length=160, blank=True, default="")
    submitted_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField("reviewed at", null=True, blank=True)
    activated_by = models.CharField(max_length=160, blank=True, default="")
    activated_at = models.DateTimeField(null=True, blank=True)
    retired_by = models.CharField(max_length=160, blank=True, default="")
    retired_at = models.DateTimeField(null=True, blank=True)
    standing_by = models.CharField(max_length=160, blank=True, default="")
    standing_why = models.CharField(
        max_length=400, blank=True, default="", help_text="Why it is paused."
    )
    standing_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "version"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "rule", "number"], name="rule_version_number_unique"
            ),
            models.UniqueConstraint(
                fields=["tenant_id", "rule"],
                condition=Q(status__in=["active", "paused"]),
                name="rule_one_deciding_version",
            ),
            models.UniqueConstraint(
                fields=["tenant_id", "rule"],
                condition=Q(status="scheduled"),
                name="rule_one_scheduled_version",
            ),
            models.CheckConstraint(
                condition=Q(starts_at=None)
                | Q(ends_at=None)
                | Q(ends_at__gt=models.F("starts_at")),
                name="version_window_half_open",
            ),
            models.UniqueConstraint(
                fields=["tenant_id", "rule"], condition=Q(status="draft"), name="rule_one_draft"
            ),
            models.CheckConstraint(
                condition=Q(table__isnull=True) | Q(effects=[]), name="version_table_or_effects"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "status", "-id"], name="rule_version_by_status")
        ]

    def __str__(self) -> str:
        return f"{self.name} (version {self.number})"

    # Factories

    def next_draft(self, *, number: int, author: str) -> RuleVersion:
        """A draft that begins with this version's content."""
        copied = (*CONTENT, *WINDOW, "made_from", "arguments")
        return RuleVersion(
            rule=self.rule,
            number=number,
            author=author,
            content_hash=self.content_hash,
            **{field: getattr(self, field) for field in copied},
        )

    # Mutators

    def demand(self, wanted: Status, verb: str) -> None:
        if self.status != wanted:
            raise WrongStatus(
                version=self.number,
                status=self.get_status_display().lower(),
                wanted=wanted.label.lower(),
                verb=verb,
            )

    def rewrite(self, text: RuleText, content_hash: str, window: Window | None = None) -> None:
        """Say this from now on; what is not what its template says is not of that template any more."""
        self.demand(Status.DRAFT, "changed")
        if content_hash != self.content_hash:
            self.made_from, self.arguments = None, {}
        for field in ("name", "reason", "condition", "priority", "order", "stop"):
            setattr(self, field, getattr(text, field))
        self.effects = [{"kind": it.kind, "params": it.params} for it in text.effects]
        self.table = msgspec.to_builtins(text.table) if text.table else None
        self.group = text.group or ""
        self.decide_within(window or Window())
        self.content_hash = content_hash
        self.revision += 1

    def come_from(self, made_from: RuleTemplateVersion, arguments: dict[str, Any]) -> None:
        """Remember the template whose rule this is, and what it was filled in with."""
        self.made_from, self.arguments = made_from, dict(arguments)

    def decide_within(self, window: Window) -> None:
        moments = policies.moments_of(window)
        self.starts, self.ends, self.time_zone = window.starts, window.ends, window.time_zone
        self.starts_at, self.ends_at = moments.starts_at, moments.ends_at

    def submit(self, *, by: str, at: datetime, risk: Risk, policy: Policy) -> None:
        self.demand(Status.DRAFT, "submitted")
        self.risk = msgspec.to_builtins(risk)
        self.requirements = msgspec.to_builtins(policy.requirements)
        self.limits = dict(policy.limits)
        self.status, self.submitted_by, self.submitted_at = Status.IN_REVIEW, by, at

    def reopen(self, *, at: datetime) -> None:
        """Be in review again, for an approval that was needed was taken back."""
        self.demand(Status.APPROVED, "reviewed again")
        self.status, self.decided_at = Status.IN_REVIEW, at

    def schedule(self, *, by: str, at: datetime) -> None:
        self.demand(Status.APPROVED, "scheduled")
        self._stand(Status.SCHEDULED, by, at)

    def unschedule(self, *, by: str, at: datetime) -> None:
        self.demand(Status.SCHEDULED, "taken off the calendar")
        self._stand(Status.APPROVED, by, at)

    def activate(self, *, by: str, at: datetime) -> None:
        if self.status != Status.SCHEDULED:
            self.demand(Status.APPROVED, "activated")
        if self.ends_at is not None and self.ends_at <= at:
            raise WindowOver(version=self.number, ends=f"{self.ends} {self.time_zone}")
        self.status, self.activated_by, self.activated_at = Status.ACTIVE, by, at

    def pause(self, *, by: str, at: datetime, why: str) -> None:
        self.demand(Status.ACTIVE, "paused")
        self._stand(Status.PAUSED, by, at, why)

    def resume(self, *, by: str, at: datetime) -> None:
        self.demand(Status.PAUSED, "resumed")
        if self.ends_at is not None and self.ends_at <= at:
            raise WindowOver(version=self.number, ends=f"{self.ends} {self.time_zone}")
        self._stand(Status.ACTIVE, by, at)

    def retire(self, *, by: str, at: datetime) -> None:
        if self.status != Status.PAUSED:
            self.demand(Status.ACTIVE, "retired")
        self.status, self.retired_by, self.retired_at = Status.RETIRED, by, at

    def _stand(self, status: Status, by: str, at: datetime, why: str = "") -> None:
        self.status = status
        self.standing_by, self.standing_since, self.standing_why = by, at, why

    # Properties

    @property
    def window(self) -> Window:
        return Window(self.starts, self.ends, self.time_zone)

    @property
    def needs(self) -> tuple[Requirement, ...]:
        """Who has to approve it, as the policy said when it was submitted."""
        return tuple(Requirement(it["count"], it["team"]) for it in self.requirements)

    @property
    def text(self) -> RuleText:
        """What decides, as a value."""
        return RuleText(
            rule_id=str(self.rule_id),
            version=self.number,
            name=self.name,
            reason=self.reason,
            condition=self.condition,
            effects=tuple(EffectText(kind=it["kind"], params=it["params"]) for it in self.effects),
            priority=self.priority,
            order=self.order,
            group=self.group or None,
            stop=self.stop,
            table=msgspec.convert(self.table, TableText) if self.table else msgspec.UNSET,
        )
