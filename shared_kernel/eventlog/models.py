"""The tables behind the bus. Only ids stand in what is visible across tenants."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from shared_kernel.tenancy.models import TenantModel


class EventRecord(TenantModel):
    """One thing that happened; never changed, never removed."""

    stream = models.CharField(max_length=200)
    version = models.PositiveBigIntegerField()
    type = models.CharField(max_length=200)
    data = models.JSONField()
    metadata = models.JSONField(default=dict)
    occurred_at = models.DateTimeField()

    class Meta:
        verbose_name = "event"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "stream", "version"], name="event_version_unique_in_stream"
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "type", "-occurred_at"], name="event_by_type")
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.stream}@{self.version}"


class Delivery(TenantModel):
    """One event on its way to one context: the outbox. Gone once it has been heard."""

    class Status(models.TextChoices):
        PENDING = "pending"
        PARKED = "parked"

    event_id = models.UUIDField()
    context = models.CharField(max_length=63)
    stream = models.CharField(max_length=200)
    version = models.PositiveBigIntegerField()
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField(default=timezone.now)
    error = models.TextField(blank=True, default="")

    class Meta:
        verbose_name_plural = "deliveries"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "event_id", "context"], name="delivery_once_per_context"
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["tenant_id", "context", "stream", "version"],
                name="delivery_stream_head",
                condition=Q(status="pending"),
            ),
            models.Index(fields=["due_at"], name="delivery_due", condition=Q(status="pending")),
        ]

    def __str__(self) -> str:
        return f"{self.stream}@{self.version} to {self.context}"


class InboxEntry(TenantModel):
    """A context has heard this event: written in the transaction of the effect."""

    context = models.CharField(max_length=63)
    event_id = models.UUIDField()
    heard_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "inbox entries"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "context", "event_id"], name="inbox_heard_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.event_id} heard by {self.context}"


class Once(TenantModel):
    """Something done at most once, by the key that the caller chose, and what was answered."""

    class State(models.TextChoices):
        CLAIMED = "claimed"
        PERFORMED = "performed"
        ANSWERED = "answered"

    key = models.CharField(max_length=255)
    name = models.CharField(max_length=200)
    fingerprint = models.CharField(max_length=64)
    state = models.CharField(max_length=10, choices=State.choices, default=State.CLAIMED)
    claim = models.UUIDField()
    claimed_until = models.DateTimeField()
    answer = models.BinaryField(null=True)
    answer_status = models.PositiveSmallIntegerField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = "performed command"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id", "name", "key"], name="once_per_key")
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.key}"


class Subscription(models.Model):
    """A context that lives in another process hears this event. Belongs to the installation, not to a tenant."""

    context = models.CharField(max_length=63)
    event = models.CharField(max_length=200)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["context", "event"], name="subscription_once")
        ]

    def __str__(self) -> str:
        return f"{self.context} hears {self.event}"
