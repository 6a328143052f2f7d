"""Where a tenant is told what wants somebody's attention."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

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
