"""
The chain: one row for each act, and the head of each tenant's.

The database appends by itself only what fits (see the triggers in `0002_guards`): the next number, behind the hash of
the entry before, under the hash of what it says. No role that is bound by triggers changes or removes an entry.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from contexts.audit.policies.chain import START, Entry
from shared_kernel.tenancy.models import TenantModel


class AuditEntry(TenantModel):
    """One act, as it was told."""

    sequence = models.PositiveBigIntegerField("number")
    event_id = models.UUIDField()
    type = models.CharField(max_length=200)
    actor = models.CharField(max_length=200)
    subject = models.CharField(max_length=200)
    version = models.PositiveBigIntegerField()
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    correlation = models.CharField(max_length=200, blank=True)
    causation = models.CharField(max_length=200, blank=True)
    # text and not JSON: what is hashed is exactly what is stored
    data = models.TextField()
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name = "entry"
        verbose_name_plural = "entries"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "sequence"], name="audit_entry_sequence_unique"
            ),
            models.UniqueConstraint(fields=["tenant_id", "event_id"], name="audit_entry_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["tenant_id", "subject", "sequence"], name="audit_by_subject"),
            models.Index(fields=["tenant_id", "type", "sequence"], name="audit_by_type"),
            models.Index(fields=["tenant_id", "actor", "sequence"], name="audit_by_actor"),
            models.Index(fields=["tenant_id", "occurred_at"], name="audit_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.type}"

    # Factories

    @classmethod
    def of(cls, entry: Entry) -> AuditEntry:
        return cls(tenant_id=entry.tenant, **{name: getattr(entry, name) for name in STORED})

    # Properties

    @property
    def value(self) -> Entry:
        """What is hashed, as a value."""
        return Entry(tenant=self.tenant_id, **{name: getattr(self, name) for name in STORED})


class AuditHead(TenantModel):
    """
    Where a tenant's chain ends; its id is the tenant's, so that there is one.

    Its row is locked while an entry is appended, and moved by the database with the entry.
    """

    sequence = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, default=START)

    class Meta:
        verbose_name = "head"

    def __str__(self) -> str:
        return f"{self.sequence} {self.hash}"


STORED = tuple(name for name in Entry.__struct_fields__ if name != "tenant")
