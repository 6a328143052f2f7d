"""Reads of promotions: deciding discounts, in the order lines, order, shipping."""

from __future__ import annotations

from typing import Any

import msgspec

from contexts.calculation.messages import AppliedRule, Decide, Decisions
from contexts.calculator.messages import AllocateAmount
from contexts.promotions import policies
from contexts.promotions.decisions import LINE_DISCOUNTS, ORDER_DISCOUNTS, SHIPPING_DISCOUNTS
from contexts.promotions.messages import (
    DecideDiscounts,
    Discount,
    Discounts,
    PointOutcome,
)
from shared_kernel import bus
from shared_kernel.money import Money

ALLOCATION = "allocation.largest-remainder@1"


def decide_discounts(query: DecideDiscounts) -> Discounts:
    """Every discount that the rules give this cart, each on its line or on shipping."""
    cart = query.cart
    totals = policies.line_totals(cart)
    remaining = list(totals)
    lines, on_lines = _off_lines(query, totals, remaining)
    order, on_order = _off_order(query, totals, remaining)
    shipping, on_shipping = _off_shipping(query, totals, remaining)
    discounts = (*lines, *order, *shipping)
    return Discounts(
        discounts=discounts,
        outcomes=tuple(it for it in (on_lines, on_order, on_shipping) if it is not None),
        algorithms=(ALLOCATION,) if order else (),
    )


def _off_lines(
    query: DecideDiscounts, totals: list[Money], remaining: list[Money]
) -> tuple[list[Discount], PointOutcome]:
    cart = query.cart
    common = policies.common_facts(cart, totals, remaining)
    facts = tuple({**common, "line": line} for line in common["lines"])
    decided = _decide(query, LINE_DISCOUNTS.name, facts)
    discounts = []
    for number, (line, decision) in enumerate(zip(cart.lines, decided.decisions, strict=True)):
        for rule in decision.applied:
            off = policies.taken_off(rule, remaining[number], line.quantity)
            if off:
                remaining[number] -= off
                discounts.append(_discount(rule, line.id, off))
    return discounts, _outcome(LINE_DISCOUNTS.name, decided, [line.id for line in cart.lines])


def _off_order(
    query: DecideDiscounts, totals: list[Money], remaining: list[Money]
) -> tuple[list[Discount], PointOutcome]:
    cart = query.cart
    facts = policies.common_facts(cart, totals, remaining)
    decided = _decide(query, ORDER_DISCOUNTS.name, (facts,))
    discounts = []
    for rule in decided.decisions[0].applied:
        off = policies.taken_off(rule, Money.sum(remaining, cart.currency))
        if not off:
            continue
        shares = bus.ask(AllocateAmount(total=off, weights=tuple(it.amount for it in remaining)))
        for number, share in enumerate(shares):
            if share:
                remaining[number] -= share
                discounts.append(_discount(rule, cart.lines[number].id, share))
    return discounts, _outcome(ORDER_DISCOUNTS.name, decided, ["order"])


def _off_shipping(
    query: DecideDiscounts, totals: list[Money], remaining: list[Money]
) -> tuple[list[Discount], PointOutcome | None]:
    cart = query.cart
    if cart.shipping is None:
        return [], None
    facts = policies.common_facts(cart, totals, remaining)
    decided = _decide(query, SHIPPING_DISCOUNTS.name, (facts,))
    left, discounts = Money.parse(cart.shipping.price, cart.currency), []
    for rule in decided.decisions[0].applied:
        off = policies.taken_off(rule, left)
        if off:
            left -= off
            discounts.append(_discount(rule, None, off))
    return discounts, _outcome(SHIPPING_DISCOUNTS.name, decided, ["shipping"])


def _decide(query: DecideDiscounts, point: str, facts: tuple[dict[str, Any], ...]) -> Decisions:
    return bus.ask(
        Decide(
            point=point,
            facts=facts,
            at=query.as_of,
            fingerprint=query.fingerprints.get(point),
            drafts=query.drafts.get(point, ()),
            explain=query.explain,
        )
    )


def _discount(rule: AppliedRule, line: str | None, amount: Money) -> Discount:
    return Discount(
        line=line,
        amount=amount,
        rule_id=rule.rule_id,
        version=rule.version,
        rule=rule.rule,
        reason=rule.reason,
    )


def _outcome(point: str, decided: Decisions, about: list[str]) -> PointOutcome:
    return PointOutcome(
        point=point,
        fingerprint=decided.fingerprint,
        explanations=tuple(
            {"about": what, **msgspec.to_builtins(explanation)}
            for what, decision in zip(about, decided.decisions, strict=True)
            for explanation in decision.explanations
        ),
    )
