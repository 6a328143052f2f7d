"""What rules are meant to give, and how much of it they gave."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from shared_kernel.bus import Event
from shared_kernel.money import Money


class _AboutBudget(Event, frozen=True):
    budget_id: UUID
    at: datetime

    @property
    def stream(self) -> str:
        return f"budget-{self.budget_id}"


class BudgetSet(_AboutBudget, frozen=True):
    """What a rule, or the rules that bear a tag, give is watched against an amount; nothing is limited."""

    name: ClassVar = "rules.budget-set.v1"
    title: str
    rule_id: UUID | None
    tag: str
    amount: Money
    starts_at: datetime
    ends_at: datetime | None
    set_by: str


class BudgetClosed(_AboutBudget, frozen=True):
    """The budget is watched no more."""

    name: ClassVar = "rules.budget-closed.v1"
    closed_by: str


class BudgetUsed(_AboutBudget, frozen=True):
    """
    So many percent of a budget were used when somebody looked: told once at 80 and once at 100.

    Who finds it beyond both at once tells only the higher. `used` is what carts were priced with, not what was ordered.
    """

    name: ClassVar = "rules.budget-used.v1"
    percent: int
    used: Money
    amount: Money
