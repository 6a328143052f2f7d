"""Budgets: what rules are meant to give, how much of it is used, and when it will be used up. It warns and limits nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from contexts.rules import services
from contexts.rules.admin import words
from contexts.rules.admin.burning import burn_down_chart
from contexts.rules.admin.standing import with_standing
from contexts.rules.errors import BudgetUnsound
from contexts.rules.models import Budget, Rule
from contexts.rules.policies.budgets import THRESHOLDS
from contexts.rules.queries import budgets as queries
from shared_kernel import clock
from shared_kernel.admin import demand, may, signed_in, told
from shared_kernel.errors import DomainError
from shared_kernel.money import Money

PAGE = "admin:rules_budgets"
MOST_SHOWN, MOST_CLOSED, MOST_RULES = 30, 20, 500
FIELDS = ("name", "amount", "currency", "rule", "tag", "first", "last")
DAY = timedelta(days=1)


def budgets_page(request: HttpRequest, model_admin: Any) -> HttpResponse:
    """The open budgets as bars, the chosen one as it burns down, and a form that sets one."""
    demand(request, "rules:read")
    refusal, written = "", {"currency": "EUR"}
    if request.method == "POST":
        demand(request, "rules:govern")
        written = {name: request.POST.get(name, "").strip() for name in FIELDS}
        try:
            budget = _set(written, signed_in(request).actor)
        except DomainError as fault:
            refusal = str(fault)
        else:
            messages.success(request, "Set. Colleagues are told at 80 and at 100 percent.")
            return redirect(_address(budget))
    newest = Budget.objects.order_by("-set_at", "-id")
    shown = newest.filter(closed_at=None)[: MOST_SHOWN + 1]
    chosen = _chosen(request, shown)
    rules = {str(it.id): it for it in with_standing(Rule.objects.order_by("-id"))[:MOST_RULES]}
    standings = [(it, queries.standing_of(it)) for it in shown[:MOST_SHOWN]]
    standing = next((of for it, of in standings if chosen and it.id == chosen.id), None)
    if chosen and standing is None:
        standing = queries.standing_of(chosen)
    context = {
        "title": "Budgets",
        "rows": [_row(it, of, rules, chosen) for it, of in standings],
        "more": len(shown) > MOST_SHOWN,
        "most": MOST_SHOWN,
        "chosen": _burned(chosen, standing, rules) if chosen else None,
        "closed": [
            {"of": it, "for": _for(it, rules), "address": _address(it), "by": words.person(it.closed_by)}
            for it in newest.exclude(closed_at=None)[:MOST_CLOSED]
        ],
        "rules": rules.values(),
        "refusal": refusal,
        "written": written,
        "may_govern": may(request, "rules:govern"),
    }  # fmt: skip
    page: HttpResponse = model_admin.page(request, "rules/budgets.html", context)
    return page


@require_POST
def close_view(request: HttpRequest, model_admin: Any, budget_id: UUID) -> HttpResponse:
    """Watch a budget no more, or say why not."""
    del model_admin
    actor = demand(request, "rules:govern")
    try:
        budget = services.close_budget(budget_id=budget_id, closed_by=actor)
    except DomainError as refusal:
        return told(request, refusal, PAGE)
    messages.success(request, f"Closed: {budget.name} is watched no more.")
    return redirect(PAGE)


def _set(written: dict[str, str], actor: str) -> Budget:
    first, last = _day(written["first"], "first"), _day(written["last"], "last")
    return services.set_budget(
        name=written["name"][:120],
        amount=Money.parse(written["amount"], written["currency"].upper()),
        rule_id=_id(written["rule"]),
        tag=written["tag"][:60],
        starts_at=_midnight(first) if first else None,
        ends_at=_midnight(last + DAY) if last else None,
        set_by=actor,
    )


def _row(
    budget: Budget, standing: queries.Standing | None, rules: dict[str, Any], chosen: Budget | None
) -> dict[str, Any]:
    percent = standing.percent if standing else 0
    return {
        "of": budget,
        "for": _for(budget, rules),
        "address": _address(budget),
        "chosen": chosen is not None and chosen.id == budget.id,
        "standing": standing,
        "percent": percent,
        "wide": min(percent, 100),
        "kind": _kind(percent),
        "last": budget.ends_at - DAY / 2 if budget.ends_at else None,
        "foretold": _foretold(budget, standing) if standing else "",
    }


def _burned(
    budget: Budget, standing: queries.Standing | None, rules: dict[str, Any]
) -> dict[str, Any]:
    now = clock.now()
    shown = _row(budget, standing, rules, None)
    if standing is None or now < budget.starts_at:
        return shown | {"begins": budget.starts_at if now < budget.starts_at else None}
    left = standing.burned.left
    before = [budget.amount_minor, *(it for _, it in left)]
    per_day = standing.burned.per_day
    return shown | {
        "chart": burn_down_chart(standing, now),
        "per_day": None if per_day is None else Money.of_minor(round(per_day), budget.currency),
        "days": [
            {"day": day, "given": Money.of_minor(was - it, budget.currency), "left": Money.of_minor(it, budget.currency)}
            for was, (day, it) in zip(before, left, strict=False)
        ][::-1],
        "rules": [
            {"name": _name_of(str(rule.id), rules, rule.slug), "id": rule.id, "gave": gave}
            for rule, gave in standing.rules[:10]
        ],
    }  # fmt: skip


def _foretold(budget: Budget, standing: queries.Standing) -> str:
    """What becomes of it, in words."""
    burned, day = standing.burned, standing.burned.used_up_on
    if clock.now() < budget.starts_at:
        return f"Begins on {_said(budget.starts_at.astimezone(UTC).date())}"
    if burned.over and day:
        return f"Used up on {_said(day)}"
    if clock.now() >= budget.counted_until:
        return "Over: it was not used up"
    if burned.per_day is None:
        return "After a whole day it is said when it is used up"
    if day is None:
        return "Lasts to its end" if budget.ends_at else "Lasts longer than it is counted"
    return f"Used up about {_said(day)}"


def _chosen(request: HttpRequest, shown: Any) -> Budget | None:
    wanted = request.GET.get("budget", "")
    try:
        found = Budget.objects.filter(id=UUID(wanted)).first() if wanted else None
    except ValueError:
        found = None
    return found or next(iter(shown), None)


def _for(budget: Budget, rules: dict[str, Any]) -> str:
    if budget.rule_id is None:
        return f"All rules tagged {budget.tag}"
    return _name_of(str(budget.rule_id), rules, "One rule")


def _name_of(rule_id: str, rules: dict[str, Any], otherwise: str) -> str:
    found = rules.get(rule_id)
    return (found.newest_name or found.slug) if found else otherwise


def _kind(percent: int) -> str:
    near, full = THRESHOLDS
    return "full" if percent >= full else "near" if percent >= near else "free"


def _said(day: date) -> str:
    return f"{day.day} {day:%b}" if day.year == clock.now().year else f"{day.day} {day:%b %Y}"


def _address(budget: Budget) -> str:
    return f"{reverse(PAGE)}?budget={budget.id}"


def _id(written: str) -> UUID | None:
    try:
        return UUID(written) if written else None
    except ValueError:
        raise BudgetUnsound(fault="Choose a rule of the list.", pointers=("/rule_id",)) from None


def _day(written: str, which: str) -> date | None:
    try:
        return date.fromisoformat(written) if written else None
    except ValueError:
        raise BudgetUnsound(fault=f"Give the {which} day as year, month and day.") from None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
