"""The evaluation as it was; order files, the back-tests of drafts over either; and what a roll-out does to carts."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

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
    rollout_id = models.UUIDField(null=True, help_text="Of the release that was being rolled out.")
    arm = models.CharField(max_length=9, blank=True, default="")

    class Meta:
        verbose_name = "evaluation"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(rollout_id=None, arm="")
                | Q(rollout_id__isnull=False, arm__in=["control", "candidate", "outside"]),
                name="evaluation_arm_of_a_rollout",
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "-evaluated_at"], name="evaluation_by_time")
        ]

    def __str__(self) -> str:
        return str(self.id)


class OrderFile(TenantModel):
    """Real orders that somebody uploaded, for back-tests; the same content again is the same file."""

    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    currency = models.CharField(max_length=3)
    channel = models.CharField(max_length=64, blank=True)
    orders = models.PositiveIntegerField()
    lines = models.PositiveIntegerField()
    reported = models.PositiveIntegerField(help_text="Lines that are no sale, or broken.")
    report = models.JSONField(help_text="How many by reason, and the first of them by line.")
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    uploaded_by = models.CharField(max_length=160)
    uploaded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = "order file"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "sha256", "currency", "channel"], name="order_file_once"
            )
        ]

    def __str__(self) -> str:
        return self.name


class OrderPiece(TenantModel):
    """Some orders of a file, as carts, packed: what a back-test prices at a time."""

    order_file = models.ForeignKey(OrderFile, on_delete=models.CASCADE, related_name="pieces")
    number = models.PositiveIntegerField()
    orders = models.BinaryField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "order_file", "number"], name="order_piece_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.order_file_id}, piece {self.number}"


class BackTest(TenantModel):
    """
    Drafts tried over real carts beside the rules that were active when it was asked for.

    Once it is done or has failed it never changes, and none is ever removed: approvals rely on it.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    content_hash = models.CharField(max_length=64)
    rule_id = models.CharField(max_length=64, blank=True, help_text="Of a single draft.")
    drafts = models.JSONField(help_text="The texts under test, by decision point.")
    rule_sets = models.JSONField(help_text="Fingerprints of the rules it is compared with.")
    # not a foreign key: the file may be removed, the back-test stays
    order_file_id = models.UUIDField(null=True)
    source = models.CharField(max_length=240, help_text="The source in words.")
    since = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    asked_by = models.CharField(max_length=160)
    asked_at = models.DateTimeField(default=timezone.now)
    status = models.CharField(max_length=7, choices=Status.choices, default=Status.WAITING)
    carts_total = models.PositiveIntegerField()
    carts_done = models.PositiveIntegerField(default=0)
    cursor = models.CharField(max_length=100, blank=True, default="")
    tally = models.BinaryField(default=bytes)
    result = models.JSONField(null=True)
    failure = models.CharField(max_length=500, blank=True, default="")
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "back-test"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "content_hash", "rule_id"],
                condition=Q(status__in=["waiting", "running"]),
                name="back_test_one_under_way",
            ),
            models.CheckConstraint(
                condition=Q(status="done", result__isnull=False)
                | (~Q(status="done") & Q(result__isnull=True)),
                name="back_test_done_has_result",
            ),
            models.CheckConstraint(
                condition=Q(order_file_id__isnull=False)
                | Q(since__isnull=False, until__isnull=False),
                name="back_test_has_source",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "content_hash", "-id"], name="back_test_by_content")
        ]

    def __str__(self) -> str:
        return f"{self.content_hash[:12]} over {self.source}"

    # Properties

    @property
    def is_over(self) -> bool:
        return self.status in {self.Status.DONE, self.Status.FAILED}


class BackTestWork(TenantModel):
    """
    A back-test that has to go on, and until when whoever runs it is believed to live; ids only.

    Its id is the back-test's. Whoever moves `due_at` first holds it, under a token of its own.
    """

    due_at = models.DateTimeField(default=timezone.now)
    token = models.UUIDField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = "back-test under way"
        indexes: ClassVar = [models.Index(fields=["due_at"], name="back_test_due")]

    def __str__(self) -> str:
        return str(self.id)

    # Mutators

    @classmethod
    def claim(cls, back_test_id: UUID, *, token: UUID, now: datetime, until: datetime) -> int:
        """The right to run it until then; how often it was taken up without getting on, 0 if it is not to be had."""
        due = cls.objects.filter(id=back_test_id, due_at__lte=now)
        if not due.update(due_at=until, token=token, attempts=F("attempts") + 1):
            return 0
        attempts: int = cls.objects.values_list("attempts", flat=True).get(id=back_test_id)
        return attempts

    @classmethod
    def hold(cls, back_test_id: UUID, *, token: UUID, **changes: Any) -> bool:
        """Change the claim, if it is still held under that token."""
        return bool(cls.objects.filter(id=back_test_id, token=token).update(**changes))


class RunningRollout(TenantModel):
    """
    A release that is being rolled out, as far as carts care; its id is the roll-out's.

    It decides for as many of 10,000 slots as `percent` says, by the hash of its salt and of who buys.
    """

    salt = models.CharField(max_length=64)
    percent = models.DecimalField(max_digits=5, decimal_places=2)
    candidates = models.JSONField(help_text="The texts that are tried, by decision point.")
    guards = models.JSONField(default=list)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "running roll-out"

    def __str__(self) -> str:
        return str(self.id)


class RolloutTally(TenantModel):
    """What a roll-out was counted to do so far, up to which event; its id is the roll-out's."""

    after = models.UUIDField(null=True)
    after_at = models.DateTimeField()
    paired = models.BinaryField(default=bytes)
    arms = models.JSONField(
        default=dict, help_text="Carts, listed and taken off, by currency and arm."
    )
    broken = models.CharField(max_length=400, blank=True, default="")
    counted_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "roll-out's figures"

    def __str__(self) -> str:
        return str(self.id)


class RolloutWork(TenantModel):
    """
    A roll-out whose carts are to be counted, and until when whoever does it is believed to live; ids only.

    Its id is the roll-out's. Whoever moves `due_at` first holds it, under a token of its own.
    """

    due_at = models.DateTimeField(default=timezone.now)
    token = models.UUIDField(null=True)

    class Meta:
        verbose_name = "roll-out to be counted"
        indexes: ClassVar = [models.Index(fields=["due_at"], name="rollout_work_due")]

    def __str__(self) -> str:
        return str(self.id)

    # Mutators

    @classmethod
    def claim(cls, rollout_id: UUID, *, token: UUID, now: datetime, until: datetime) -> bool:
        """The right to count it until then; false if somebody else has it, or nothing is due."""
        due = cls.objects.filter(id=rollout_id, due_at__lte=now)
        return bool(due.update(due_at=until, token=token))

    @classmethod
    def hold(cls, rollout_id: UUID, *, token: UUID, due_at: datetime) -> bool:
        """Move the claim's time, if it is still held under that token."""
        return bool(cls.objects.filter(id=rollout_id, token=token).update(due_at=due_at))
