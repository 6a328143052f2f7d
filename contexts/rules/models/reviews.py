"""What colleagues say about versions: verdicts and comments; and who has to be asked."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q, QuerySet

from contexts.rules import policies
from contexts.rules.models.versions import RuleVersion
from shared_kernel.tenancy.models import TenantModel


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
    teams = models.JSONField(
        default=list,
        help_text="For which the reviewer stood: their own, and of whom they stood in for.",
    )
    decided_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "version", "reviewer"], name="review_once_per_reviewer"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_verdict_display()} by {self.reviewer}"


class Comment(TenantModel):
    """What somebody said about a version, to those who are mentioned in it above all; never changed."""

    version = models.ForeignKey(RuleVersion, on_delete=models.CASCADE, related_name="comments")
    author = models.CharField(max_length=160)
    text = models.TextField(max_length=4000)
    mentions = models.JSONField(default=list, help_text="The people it is meant for.")
    written_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "-written_at"], name="comment_by_time")
        ]

    def __str__(self) -> str:
        return f"{self.author}: {self.text[:40]}"


class ApprovalPolicy(TenantModel):
    """Who must approve at a point, or with an empty one at any, from a level of risk on."""

    name = models.CharField(max_length=120)
    point = models.CharField("decision point", max_length=100, blank=True, default="")
    from_risk = models.CharField(
        "from risk", max_length=6, choices=[(it, it) for it in policies.RISKS], default="low"
    )
    requirements = models.JSONField(
        default=list, help_text='Such as [{"count": 1, "team": "finance"}]; "" is anybody.'
    )
    limits = models.JSONField(
        default=dict,
        help_text="What a back-test must not show, such as {'max_discount_increase': '2'} per cent.",
    )
    set_by = models.CharField(max_length=160)
    set_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "approval policies"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "point", "from_risk"], name="approval_policy_once"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def policy(self) -> policies.Policy:
        wanted = tuple(policies.Requirement(it["count"], it["team"]) for it in self.requirements)
        return policies.Policy(wanted, self.point, self.from_risk, self.name, self.limits)


class Absence(TenantModel):
    """Somebody is away, from a moment until just before another; a colleague stands in for them."""

    person = models.CharField(max_length=160)
    delegate = models.CharField(max_length=160)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    told_by = models.CharField(max_length=160)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=models.F("starts_at")), name="absence_half_open"
            ),
            models.CheckConstraint(
                condition=~Q(person=models.F("delegate")), name="absence_has_a_colleague"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.delegate} for {self.person}"

    @classmethod
    def stood_in_for(cls, delegate: str, at: datetime) -> QuerySet[Absence]:
        """The absences in which somebody stands in at a moment."""
        rows: QuerySet[Absence] = cls.objects.filter(
            delegate=delegate, starts_at__lte=at, ends_at__gt=at
        )
        return rows
