"""Reads of budgets: which there are, and how much of each is used."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from contexts.evaluation.messages import Spending
from contexts.rules.models import Budget, Rule
from contexts.rules.policies import budgets as policy
from contexts.rules.policies.budgets import BurnDown
from shared_kernel import bus, clock
from shared_kernel.errors import NotFound
from shared_kernel.money import Money

MOST_RULES = 2000  # that bear a tag


@dataclass(frozen=True, slots=True)
class Standing:
    """How much of a budget is used; `rules` are those that draw on it now, by what they gave, the most first."""

    budget: Budget
    burned: BurnDown
    rules: tuple[tuple[Rule, Money], ...]

    @property
    def used(self) -> Money:
        return Money.of_minor(self.burned.used, self.budget.currency)

    @property
    def left(self) -> Money:
        return self.budget.amount - self.used

    @property
    def percent(self) -> int:
        return policy.percent_used(self.burned.used, self.budget.amount_minor)


def budget_of(budget_id: UUID) -> Budget:
    """
    The tenant's budget of that id.

    Raises:
        NotFound.

    """
    found: Budget | None = Budget.objects.filter(id=budget_id).first()
    if found is None:
        raise NotFound(what="budget", id=budget_id)
    return found


def rules_of(budget: Budget) -> list[Rule]:
    """The rules that draw on a budget: the one, or those that bear its tag now; of these the newest 2,000."""
    rules = Rule.objects.order_by("-id")
    if budget.rule_id is not None:
        return list(rules.filter(id=budget.rule_id))
    return list(rules.filter(tags__contains=[budget.tag])[:MOST_RULES])


def standing_of(budget: Budget) -> Standing | None:
    """
    What was given of a budget up to now; nothing if nobody can say.

    It reads every evaluation of the budget's time: see `Spending` for what that costs.
    """
    now, rules = clock.now(), rules_of(budget)
    until = budget.counted_until
    by_day: dict[date, int] = defaultdict(int)
    by_rule: dict[str, int] = defaultdict(int)
    asked = Spending(
        rules=tuple(str(it.id) for it in rules), currency=budget.currency,
        since=budget.starts_at, until=until,
    )  # fmt: skip
    try:
        told = bus.ask(asked)
    except (bus.ContextAbsent, bus.ContextUnreachable):
        return None
    for it in told:
        by_day[it.day] += it.given.minor
        by_rule[it.rule_id] += it.given.minor
    burned = policy.burn_down(
        amount=budget.amount_minor, starts_at=budget.starts_at, counted_until=until,
        given=by_day, now=now,
    )  # fmt: skip
    gave = [
        (it, Money.of_minor(by_rule[str(it.id)], budget.currency))
        for it in rules
        if str(it.id) in by_rule
    ]
    return Standing(budget, burned, tuple(sorted(gave, key=lambda it: -it[1].minor)))
