"""Where a tenant is told what wants somebody's attention."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from django.db import models
from django.db.models import F

from shared_kernel.tenancy.models import TenantModel


class NoticeHook(TenantModel):
    """One address of a tenant's own, to which notices of these kinds are posted; of none, all."""

    url = models.URLField(max_length=500)
    kinds = models.JSONField(default=list)
    set_by = models.CharField(max_length=160)
    set_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, blank=True)
    trouble = models.CharField(
        max_length=300, blank=True, default="", help_text="Why the last one was not taken."
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["tenant_id"], name="notice_hook_once")
        ]

    def __str__(self) -> str:
        return self.url


class NoticeDue(TenantModel):
    """
    A notice that has to be posted: a work list, of ids only. Its id is the notice's.

    Whoever moves `due_at` first holds it.
    """

    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["due_at"], name="notice_due")]

    def __str__(self) -> str:
        return str(self.id)

    @classmethod
    def claim(cls, notice_id: UUID, *, now: datetime, until: datetime) -> bool:
        """The right to post it until then; false if it is somebody else's, or done."""
        due = cls.objects.filter(id=notice_id, due_at__lte=now)
        return bool(due.update(due_at=until, attempts=F("attempts") + 1))
