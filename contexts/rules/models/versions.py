"""
Rules, versions, reviews.

What must never happen is refused by the database too (see the triggers in the first migration): a submitted version
changes, somebody reviews their own work, a version becomes approved without a review of its very content, or becomes
active without being approved.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from contexts.rules.errors import WrongStatus
from shared_kernel.decisions import EffectText, GuardrailText, RuleText
from shared_kernel.tenancy.models import TenantModel


class Status(models.TextChoices):
    DRAFT = "draft", "Draft"
    IN_REVIEW = "in_review", "In review"
    REJECTED = "rejected", "Rejected"
    APPROVED = "approved", "Approved"
    ACTIVE = "active", "Active"
    RETIRED = "retired", "Retired"


class Rule(TenantModel):
    """One thing decided by rule, under a slug that stays while its versions come and go."""

    slug = models.SlugField(max_length=80)
    point = models.CharField("decision point", max_length=100)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.CharField(max_length=160)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id", "slug"], name="rule_slug_unique")
        ]

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
    content_hash = models.CharField(max_length=64)
    revision = models.PositiveIntegerField(default=1)

    author = models.CharField(max_length=160)
    created_at = models.DateTimeField(default=timezone.now)
    submitted_by = models.CharField(max_length=160, blank=True, default="")
    submitted_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField("reviewed at", null=True, blank=True)
    activated_by = models.CharField(max_length=160, blank=True, default="")
    activated_at = models.DateTimeField(null=True, blank=True)
    retired_by = models.CharField(max_length=160, blank=True, default="")
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "version"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "rule", "number"], name="rule_version_number_unique"
            ),
            models.UniqueConstraint(
                fields=["tenant_id", "rule"],
                condition=Q(status="active"),
                name="rule_one_active_version",
            ),
            models.UniqueConstraint(
                fields=["tenant_id", "rule"], condition=Q(status="draft"), name="rule_one_draft"
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
        copied = ("name", "reason", "condition", "effects", "priority", "order", "group", "stop")
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

    def rewrite(self, text: RuleText, content_hash: str) -> None:
        self.demand(Status.DRAFT, "changed")
        for field in ("name", "reason", "condition", "priority", "order", "stop"):
            setattr(self, field, getattr(text, field))
        self.effects = [{"kind": it.kind, "params": it.params} for it in text.effects]
        self.group = text.group or ""
        self.content_hash = content_hash
        self.revision += 1

    def submit(self, *, by: str, at: datetime) -> None:
        self.demand(Status.DRAFT, "submitted")
        self.status, self.submitted_by, self.submitted_at = Status.IN_REVIEW, by, at

    def activate(self, *, by: str, at: datetime) -> None:
        self.demand(Status.APPROVED, "activated")
        self.status, self.activated_by, self.activated_at = Status.ACTIVE, by, at

    def retire(self, *, by: str, at: datetime) -> None:
        self.demand(Status.ACTIVE, "retired")
        self.status, self.retired_by, self.retired_at = Status.RETIRED, by, at

    # Properties

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
        )


class Guardrail(TenantModel):
    """What no decision of a point may break, in the tenant's words and as a claim about prices."""

    point = models.CharField("decision point", max_length=100)
    name = models.CharField(max_length=120)
    claim = models.TextField(max_length=10_000)
    assuming = models.TextField(max_length=10_000, default="true")
    path = models.CharField(max_length=200, blank=True, default="")
    one = models.TextField(max_length=10_000, blank=True, default="")
    other = models.TextField(max_length=10_000, blank=True, default="")
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


class Review(TenantModel):
    """A colleague's verdict about one version's very content; never changed."""

    class Verdict(models.TextChoices):
        APPROVE = "approve", "Approved"
        REJECT = "reject", "Rejected"

    version = models.ForeignKey(RuleVersion, on_delete=models.PROTECT, related_name="reviews")
    reviewer = models.CharField(max_length=160)
    verdict = models.CharField(max_length=8, choices=Verdict.choices)
    comment = models.TextField(blank=True, default="", max_length=4000)
    content_hash = models.CharField(max_length=64)
    decided_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "version", "reviewer"], name="review_once_per_reviewer"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_verdict_display()} by {self.reviewer}"
