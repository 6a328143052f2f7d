"""
Budgets: what somebody means rules to give, watched while they give it.

What this cannot do: limit. A budget that is used up is told and changes no price; limits are the business of
promotions. What is counted are prices that were asked for, which are more than orders.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from uuid import UUID

import structlog

from contexts.evaluation.messages import MOST_DAYS
from contexts.rules.errors import BudgetClosedAlready, BudgetUnsound
from contexts.rules.events import BudgetClosed, BudgetSet, BudgetUsed
from contexts.rules.models import Budget, BudgetCheck, Rule
from contexts.rules.policies.budgets import threshold
from contexts.rules.queries.budgets import Standing, budget_of, standing_of
from contexts.rules.services.noticing import call_attention
from shared_kernel import bus, clock
from shared_kernel.errors import DomainError
from shared_kernel.money import Money
from shared_kernel.tenancy import across_tenants, tenant_scope

MINUTE = timedelta(minutes=1)
RESTS = 100  # times as long as it took: looking costs one percent of the time at most
PAGE = "/admin/rules/rule/budgets/"
log = structlog.get_logger(__name__)


def set_budget(
    *,
    name: str,
    amount: Money,
    set_by: str,
    rule_id: UUID | None = None,
    tag: str = "",
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> Budget:
    """
    Watch what a rule, or all rules that bear a tag, give in a currency from a moment on, now if none is said.

    Without an end it counts 400 days. Colleagues are told when 80 and when 100 percent are used; nothing is limited.

    Raises:
        BudgetUnsound: it is of nothing, of no rule or tag or of both, or of no time of at most 400 days.

    """
    starts_at = starts_at or clock.now()
    tag = tag.strip().lower()
    _demand_sound(
        name=name, amount=amount, rule_id=rule_id, tag=tag, starts_at=starts_at, ends_at=ends_at
    )
    with bus.act():
        budget: Budget = Budget.objects.create(
            name=name.strip(), rule_id=rule_id, tag=tag, amount_minor=amount.minor,
            currency=amount.currency, starts_at=starts_at, ends_at=ends_at,
            set_by=set_by, set_at=clock.now(),
        )  # fmt: skip
        BudgetCheck.objects.create(id=budget.id, due_at=max(starts_at, budget.set_at))
        bus.publish(
            BudgetSet(
                budget_id=budget.id, at=budget.set_at, title=budget.name, rule_id=rule_id, tag=tag,
                amount=amount, starts_at=starts_at, ends_at=ends_at, set_by=set_by,
            )
        )  # fmt: skip
    return budget


def close_budget(*, budget_id: UUID, closed_by: str) -> Budget:
    """
    Watch a budget no more; what it counted up to now stays to be seen.

    Raises:
        NotFound; BudgetClosedAlready.

    """
    at = clock.now()
    with bus.act():
        still = Budget.objects.filter(id=budget_id, closed_at=None)
        if not still.update(closed_at=at, closed_by=closed_by):
            raise BudgetClosedAlready(name=budget_of(budget_id).name)
        BudgetCheck.objects.filter(id=budget_id).delete()
        bus.publish(BudgetClosed(budget_id=budget_id, at=at, closed_by=closed_by))
    return budget_of(budget_id)


def watch_budgets(*, limit: int = 100) -> int:
    """Look at those budgets of all tenants whose minute is over; how many warnings were told."""
    with across_tenants("one watch looks at every tenant's budgets"):
        due = BudgetCheck.objects.filter(due_at__lte=clock.now()).order_by("due_at")
        found = list(due.values_list("tenant_id", "id")[:limit])
    told = 0
    for tenant, budget_id in found:
        with tenant_scope(tenant):
            told += _look_at(budget_id)
    return told


def tell_used(standing: Standing) -> bool:
    """Tell the highest share that is used and was not told; of many who find it at once, one does."""
    budget, reached = standing.budget, threshold(standing.percent)
    if not reached:
        return False
    with bus.act():
        untold = Budget.objects.filter(id=budget.id, closed_at=None, told_percent__lt=reached)
        if not untold.update(told_percent=reached):
            return False
        bus.publish(
            BudgetUsed(
                budget_id=budget.id, at=clock.now(), percent=reached, used=standing.used,
                amount=budget.amount,
            )
        )  # fmt: skip
        call_attention(
            "budget-used",
            f"{standing.percent} % of the budget {budget.name} are used: {standing.used} of {budget.amount}"
            " in prices asked for. It goes on; nothing is limited.",
            people=[budget.set_by],
            path=f"{PAGE}?budget={budget.id}",
        )
    return True


def _look_at(budget_id: UUID) -> bool:
    """One look, by whoever moves its time on first; a budget that is over is looked at once more, then not again."""
    now, begun = clock.now(), time.monotonic()
    mine = BudgetCheck.objects.filter(id=budget_id)
    if not mine.filter(due_at__lte=now).update(due_at=now + MINUTE):
        return False
    try:
        budget = budget_of(budget_id)
        standing = standing_of(budget)
        told = standing is not None and tell_used(standing)
    except DomainError as refusal:
        log.warning("budget not looked at", budget=str(budget_id), why=str(refusal))
        return False
    if standing is not None and now > budget.counted_until + MINUTE:
        mine.delete()
        return told
    rest = timedelta(seconds=RESTS * (time.monotonic() - begun))
    mine.update(due_at=now + max(MINUTE, rest))
    return told


def _demand_sound(
    *, name: str, amount: Money, rule_id: UUID | None, tag: str, starts_at: datetime,
    ends_at: datetime | None,
) -> None:  # fmt: skip
    faults = (
        (not name.strip(), "name", "Name the budget, so that colleagues know what it is for."),
        (amount.minor <= 0, "amount", "A budget is of an amount above zero."),
        ((rule_id is None) == (not tag), "rule_id", "A budget is of one rule or of one tag; say which."),
        (
            rule_id is not None and not Rule.objects.filter(id=rule_id).exists(),
            "rule_id", "There is no such rule; choose one of the list.",
        ),
        (
            ends_at is not None and not timedelta(0) < ends_at - starts_at <= timedelta(MOST_DAYS),
            "ends_at", f"A budget ends after it begins, within {MOST_DAYS} days.",
        ),
        (
            abs(starts_at - clock.now()) > timedelta(MOST_DAYS),
            "starts_at", f"A budget begins within {MOST_DAYS} days from now, or that long ago at most.",
        ),
    )  # fmt: skip
    for is_so, field, fault in faults:
        if is_so:
            raise BudgetUnsound(fault=fault, pointers=(f"/{field}",))
