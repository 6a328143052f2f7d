"""What rules are meant to give, and when somebody last looked how much of it they gave."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from contexts.evaluation.messages import MOST_DAYS
from shared_kernel.money import Money
from shared_kernel.tenancy.models import TenantModel


class Budget(TenantModel):
    """
    So much may be given by one rule, or by all rules that bear a tag, from a moment on.

    It watches and warns, and limits nothing: a budget that is used up changes no price. Its amount and its time stay
    as they were set; who wants others closes it and sets a new one.
    """

    name = models.CharField(max_length=120)
    rule_id = models.UUIDField(null=True, blank=True)
    tag = models.CharField(max_length=60, blank=True, default="")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)
    set_by = models.CharField(max_length=160)
    set_at = models.DateTimeField()
    closed_by = models.CharField(max_length=160, blank=True, default="")
    closed_at = models.DateTimeField(null=True, blank=True)
    told_percent = models.PositiveSmallIntegerField(
        default=0, help_text="The highest share used that was told already."
    )

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(rule_id=None) ^ Q(tag=""), name="budget_of_a_rule_or_a_tag"
            ),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="budget_of_something"),
            models.CheckConstraint(
                condition=Q(ends_at=None)
                | Q(ends_at__gt=F("starts_at"), ends_at__lte=F("starts_at") + timedelta(days=400)),
                name="budget_of_some_time",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["tenant_id", "-set_at"], name="budget_by_time")]

    def __str__(self) -> str:
        return self.name

    # Properties

    @property
    def amount(self) -> Money:
        return Money.of_minor(self.amount_minor, self.currency)

    @property
    def counted_until(self) -> datetime:
        """Until when what is given counts: its end, or 400 days after it began; no longer than until it was closed."""
        end: datetime = self.ends_at or self.starts_at + timedelta(days=MOST_DAYS)
        return max(min(end, self.closed_at or end), self.starts_at)


class BudgetCheck(TenantModel):
    """A budget is looked at at a moment: a work list, of ids only, for all tenants; its id is the budget's."""

    due_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["due_at"], name="budget_check_due")]

    def __str__(self) -> str:
        return str(self.id)
