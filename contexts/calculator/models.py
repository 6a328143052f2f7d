"""What a tenant withdrew, what its decisions rely on, and the calculations it asked to keep."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar

from django.db import connection, models
from django.db.models import Q

from contexts.calculator.policies import Algorithm as Published
from shared_kernel.ids import new_id
from shared_kernel.tenancy import current_tenant
from shared_kernel.tenancy.models import TenantModel

# a row of its own for each version; all decisions of a tenant meet here, so it is held for one statement only
_COUNT = """
INSERT INTO calculator_algorithmusage AS u (id, tenant_id, name, version, uses, last_used_at)
VALUES (%s, %s, %s, %s, 1, %s) ON CONFLICT (tenant_id, name, version)
DO UPDATE SET uses = u.uses + 1, last_used_at = GREATEST(u.last_used_at, excluded.last_used_at)
"""


class Algorithm(TenantModel):
    """A published version that a tenant has withdrawn; a version without a row is in use."""

    name = models.CharField(max_length=64)
    version = models.PositiveIntegerField()
    withdrawn_at = models.DateTimeField()
    reason = models.CharField(max_length=500)
    forced = models.BooleanField(default=False)

    class Meta:
        verbose_name = "withdrawn algorithm"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "name", "version"], name="algorithm_withdrawn_once"
            )
        ]

    def __str__(self) -> str:
        return self.key

    # Factories

    @classmethod
    def withdraw(
        cls, version: Published, *, at: datetime, reason: str, forced: bool
    ) -> tuple[Algorithm, bool]:
        """The row that stands, and whether this call made it."""
        row = cls(
            name=version.name,
            version=version.version,
            withdrawn_at=at,
            reason=reason,
            forced=forced,
        )
        cls.objects.bulk_create([row], ignore_conflicts=True)
        standing: Algorithm = cls.objects.get(name=version.name, version=version.version)
        return standing, standing.id == row.id

    # Properties

    @property
    def key(self) -> str:
        return f"{self.name}@{self.version}"


class AlgorithmUsage(TenantModel):
    """How many recorded decisions rely on a version, and since when none has."""

    name = models.CharField(max_length=64)
    version = models.PositiveIntegerField()
    uses = models.PositiveBigIntegerField(default=0)
    last_used_at = models.DateTimeField()

    class Meta:
        verbose_name = "use of an algorithm"
        verbose_name_plural = "uses of algorithms"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "name", "version"], name="algorithm_usage_counted_once"
            ),
            models.CheckConstraint(condition=Q(uses__gte=0), name="algorithm_usage_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.name}@{self.version}: {self.uses}"

    # Mutators

    @classmethod
    def count(cls, versions: Iterable[tuple[str, int]], *, at: datetime) -> None:
        """One more decision relies on each; in one order, so that two counts never wait for each other."""
        rows = [(new_id(), current_tenant(), *version, at) for version in sorted(set(versions))]
        with connection.cursor() as cursor:
            cursor.executemany(_COUNT, rows)


class CalculationRequest(TenantModel):
    """A calculation that somebody asked to keep: what was asked, as text, to the byte."""

    algorithm = models.CharField(max_length=64)
    version = models.PositiveIntegerField()
    input = models.TextField()
    actor = models.CharField(max_length=200, blank=True)
    requested_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["tenant_id", "algorithm", "version", "-requested_at"],
                name="calculation_by_algorithm",
            )
        ]

    def __str__(self) -> str:
        return f"{self.algorithm}@{self.version} {self.id}"


class CalculationResult(TenantModel):
    """What it gave, as text, to the byte."""

    request = models.ForeignKey(
        CalculationRequest, on_delete=models.PROTECT, related_name="results", db_index=False
    )
    output = models.TextField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["tenant_id", "request"], name="calculation_has_one_result"
            )
        ]

    def __str__(self) -> str:
        return f"result of {self.request_id}"
