"""
Releases, how far each has come, and who has to approve that.

What must never happen is refused by the database too (migration 0007): a member that nobody approved, a digest of
something else, a gap in the numbers, a stage left out, an approval by whoever made the release.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar
from uuid import UUID

from django.db import models

from contexts.rules.policies import Requirement
from contexts.rules.policies.releases import STAGES, Member, members_of
from shared_kernel.tenancy.models import TenantModel

CHOICES = [(stage, stage.capitalize()) for stage in STAGES]


class Release(TenantModel):
    """Approved versions, at most one of a rule, that go to customers together; never changed."""

    number = models.PositiveIntegerField("release")
    name = models.CharField(max_length=120)
    notes = models.TextField(max_length=10_000, blank=True, default="")
    members = models.JSONField(default=list)
    digest = models.CharField(max_length=64)
    made_by = models.CharField(max_length=160)
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id", "number"], name="release_number_unique")
        ]

    def __str__(self) -> str:
        return f"{self.name} (release {self.number})"

    @property
    def consists_of(self) -> tuple[Member, ...]:
        """The members as values, in canonical order."""
        return members_of(self.members)


class StagePolicy(TenantModel):
    """Who has to approve that a release reaches a stage."""

    stage = models.CharField(max_length=11, choices=CHOICES)
    requirements = models.JSONField(
        default=list, help_text='Such as [{"count": 1, "team": "finance"}]; "" is anybody.'
    )
    set_by = models.CharField(max_length=160)
    set_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "stage policies"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id", "stage"], name="stage_policy_once")
        ]

    def __str__(self) -> str:
        return self.stage

    @property
    def needs(self) -> tuple[Requirement, ...]:
        return tuple(Requirement(it["count"], it["team"]) for it in self.requirements)


class ReleaseApproval(TenantModel):
    """
    A colleague's word that this very release may reach a stage; never changed.

    It is taken back by a row of its own; of one colleague the last row about a stage holds, whose `turn` is the highest.
    """

    class Verdict(models.TextChoices):
        APPROVE = "approve", "Approved"
        TAKE_BACK = "take_back", "Approval taken back"

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="approvals")
    stage = models.CharField(max_length=11, choices=CHOICES)
    digest = models.CharField(max_length=64)
    reviewer = models.CharField(max_length=160)
    verdict = models.CharField(
        max_length=12,
        choices=Verdict.choices,
        default=Verdict.APPROVE,
        db_default=Verdict.APPROVE.value,
    )
    turn = models.PositiveSmallIntegerField(
        default=1,
        db_default=1,
        help_text="Which of the reviewer's own rows about the stage it is.",
    )
    teams = models.JSONField(default=list)
    comment = models.TextField(blank=True, default="", max_length=4000)
    approved_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "release", "stage", "reviewer", "turn"],
                name="release_approval_once_per_turn",
            )
        ]

    def __str__(self) -> str:
        return f"{self.reviewer} for {self.stage}"

    @classmethod
    def last_of(cls, release: Release, stage: str, reviewer: str) -> ReleaseApproval | None:
        """What a colleague said last about a release and a stage."""
        rows = cls.objects.filter(release=release, stage=stage, reviewer=reviewer)
        found: ReleaseApproval | None = rows.order_by("-turn").first()
        return found


def standing_approvals(rows: Iterable[ReleaseApproval]) -> list[ReleaseApproval]:
    """Return the approvals of one stage that hold: of each colleague the last, unless it was taken back."""
    last = {it.reviewer: it for it in sorted(rows, key=lambda it: it.turn)}
    return [it for it in last.values() if it.verdict == ReleaseApproval.Verdict.APPROVE]


class Promotion(TenantModel):
    """A release reached a stage, once and for ever; where it stands now is the newest of a stage."""

    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="promotions")
    stage = models.CharField(max_length=11, choices=CHOICES)
    digest = models.CharField(max_length=64)
    requirements = models.JSONField(default=list, help_text="Who had to approve it then.")
    retired_others = models.BooleanField(default=False)
    promoted_by = models.CharField(max_length=160)
    promoted_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "release", "stage"], name="release_reaches_a_stage_once"
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "stage", "-promoted_at"], name="promotion_by_stage")
        ]

    def __str__(self) -> str:
        return f"{self.release} at {self.stage}"

    @classmethod
    def of_member(cls, rule_id: UUID, number: int) -> Promotion | None:
        """The newest promotion of a release to which a version belongs."""
        member = [{"rule_id": str(rule_id), "version": number}]
        found: Promotion | None = (
            cls.objects.select_related("release")
            .filter(release__members__contains=member)
            .order_by("-promoted_at")
            .first()
        )
        return found
