"""What colleagues say about versions: verdicts and comments; and who has to be asked."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q, QuerySet

from contexts.rules import policies
from contexts.rules.models.versions import RuleVersion
from shared_kernel.tenancy.models import TenantModel


class Review(TenantModel):
    """
    A colleague's verdict about one version's very content; never changed.

    An approval is taken back by a row of its own; of one colleague the last row holds, whose `turn` is the highest.
    """

    class Verdict(models.TextChoices):
        APPROVE = "approve", "Approved"
        REJECT = "reject", "Rejected"
        TAKE_BACK = "take_back", "Approval taken back"

    version = models.ForeignKey(RuleVersion, on_delete=models.PROTECT, related_name="reviews")
    reviewer = models.CharField(max_length=160)
    verdict = models.CharField(max_length=12, choices=Verdict.choices)
    turn = models.PositiveSmallIntegerField(
        default=1,
        db_default=1,
        help_text="Which of the reviewer's own rows about the version it is.",
    )
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
                fields=["tenant_id", "version", "reviewer", "turn"], name="review_once_per_turn"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_verdict_display()} by {self.reviewer}"

    @classmethod
    def last_of(cls, version: RuleVersion, reviewer: str) -> Review | None:
        """What a colleague said last about a version."""
        rows = cls.objects.filter(version=version, reviewer=reviewer)
        found: Review | None = rows.order_by("-turn").first()
        return found


def standing(reviews: Iterable[Review]) -> list[Review]:
    """Return the verdicts that hold: of each colleague the last, unless it takes the one before back."""
    last = {it.reviewer: it for it in sorted(reviews, key=lambda it: it.turn)}
    return [it for it in last.values() if it.verdict != Review.Verdict.TAKE_BACK]


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
    """
    Somebody is away, from a moment until just before another; a colleague stands in for them.

    Whoever is back earlier, or does not go, ends it; it stays to be seen.
    """

    person = models.CharField(max_length=160)
    delegate = models.CharField(max_length=160)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    told_by = models.CharField(max_length=160)
    ended_by = models.CharField(max_length=160, blank=True, default="", db_default="")
    ended_at = models.DateTimeField(
        null=True, blank=True, help_text="When it was ended or called off before its time."
    )

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
            Q(ended_at=None) | Q(ended_at__gt=at),
            delegate=delegate, starts_at__lte=at, ends_at__gt=at,
        )  # fmt: skip
        return rows

    @classmethod
    def to_come(cls, at: datetime) -> QuerySet[Absence]:
        """What is not over at a moment, the next first."""
        rows: QuerySet[Absence] = cls.objects.filter(ended_at=None, ends_at__gt=at)
        return rows.order_by("starts_at", "id")

    def is_over(self, at: datetime) -> bool:
        return self.ended_at is not None or self.ends_at <= at
