"""Deciding discounts in the order lines, order, shipping: of one cart, or of many with one question a point."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from contexts.calculation.messages import AppliedRule, Decide, Decision, Decisions
from contexts.calculator.messages import AllocateAmount
from contexts.promotions import policies
from contexts.promotions.decisions import LINE_DISCOUNTS, ORDER_DISCOUNTS, SHIPPING_DISCOUNTS
from contexts.promotions.messages import (
    DecideDiscounts,
    Discount,
    DiscountableCart,
    Discounts,
    PointOutcome,
)
from shared_kernel import bus
from shared_kernel.money import Money

ALLOCATION = "allocation.largest-remainder@1"
Facts = tuple[dict[str, Any], ...]
Ask = Callable[[str, Facts], Decisions]


@dataclass(slots=True)
class InHand:
    """A cart while it is being discounted: what remains of its lines, and what was taken off so far."""

    cart: DiscountableCart
    facts: dict[str, Any]
    remaining: list[Money]
    discounts: list[Discount] = field(default_factory=list)

    @classmethod
    def of(cls, cart: DiscountableCart) -> InHand:
        totals = policies.line_totals(cart)
        return cls(cart, policies.common_facts(cart, totals), totals)

    def copy(self) -> InHand:
        return replace(self, remaining=list(self.remaining), discounts=list(self.discounts))


def decide_discounts(query: DecideDiscounts) -> Discounts:
    """Every discount that the rules give this cart, each on its line or on shipping."""
    one = InHand.of(query.cart)
    outcomes = []

    def ask(point: str, facts: Facts) -> Decisions:
        decided = _asked(query, point, facts)
        outcomes.append(_outcome(point, decided, query.cart))
        return decided

    off_lines([one], ask)
    before_order = len(one.discounts)
    off_order([one], ask)
    has_order = len(one.discounts) > before_order
    off_shipping([one], ask)
    return Discounts(
        discounts=tuple(one.discounts),
        outcomes=tuple(outcomes),
        algorithms=(ALLOCATION,) if has_order else (),
    )


def off_lines(many: Sequence[InHand], ask: Ask) -> None:
    """Take off what the rules of lines give, of all lines of all carts."""
    take_off_lines(many, ask(LINE_DISCOUNTS.name, line_facts(many)).decisions)


def line_facts(many: Sequence[InHand]) -> Facts:
    """The facts of each line of each cart, one cart after the other."""
    found = []
    for one in many:
        found += [{**one.facts, "line": line} for line in one.facts["lines"]]
    return tuple(found)


def take_off_lines(many: Sequence[InHand], decisions: Sequence[Decision]) -> None:
    decided = iter(decisions)
    for one in many:
        for number, line in enumerate(one.cart.lines):
            for rule in next(decided).applied:
                off = policies.taken_off(rule, one.remaining[number], line.quantity)
                if off:
                    one.remaining[number] -= off
                    one.discounts.append(_discount(rule, line.id, off))


def off_order(many: Sequence[InHand], ask: Ask) -> None:
    """Take off what the rules of orders give, allocated to the lines."""
    if not many:
        return
    decided = ask(ORDER_DISCOUNTS.name, tuple(_facts(one) for one in many))
    for one, decision in zip(many, decided.decisions, strict=True):
        for rule in decision.applied:
            off = policies.taken_off(rule, Money.sum(one.remaining, one.cart.currency))
            if off:
                _allocate(one, rule, off)


def _allocate(one: InHand, rule: AppliedRule, off: Money) -> None:
    weights = tuple(it.amount for it in one.remaining)
    shares = bus.ask(AllocateAmount(total=off, weights=weights))
    for number, share in enumerate(shares):
        if share:
            one.remaining[number] -= share
            one.discounts.append(_discount(rule, one.cart.lines[number].id, share))


def off_shipping(many: Sequence[InHand], ask: Ask) -> None:
    """Take off what the rules of shipping give, where there is any."""
    shipped = [(one, one.cart.shipping) for one in many if one.cart.shipping is not None]
    if not shipped:
        return
    decided = ask(SHIPPING_DISCOUNTS.name, tuple(_facts(one) for one, _ in shipped))
    for (one, shipping), decision in zip(shipped, decided.decisions, strict=True):
        left = Money.parse(shipping.price, one.cart.currency)
        for rule in decision.applied:
            off = policies.taken_off(rule, left)
            if off:
                left -= off
                one.discounts.append(_discount(rule, None, off))


def _facts(one: InHand) -> dict[str, Any]:
    return policies.facts_left(one.facts, one.cart.currency, one.remaining)


def _asked(query: DecideDiscounts, point: str, facts: Facts) -> Decisions:
    return bus.ask(
        Decide(
            point=point,
            facts=facts,
            at=query.as_of,
            known_at=query.known_at,
            fingerprint=query.fingerprints.get(point),
            drafts=query.drafts.get(point, ()),
            explain=query.explain,
            rollout=query.rollout,
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


def _outcome(point: str, decided: Decisions, cart: DiscountableCart) -> PointOutcome:
    about = {
        LINE_DISCOUNTS.name: [line.id for line in cart.lines],
        ORDER_DISCOUNTS.name: ["order"],
        SHIPPING_DISCOUNTS.name: ["shipping"],
    }[point]
    return PointOutcome(
        point=point,
        fingerprint=decided.fingerprint,
        rollout=decided.rollout,
        explanations=tuple(
            {"about": what, **msgspec.to_builtins(explanation)}
            for what, decision in zip(about, decided.decisions, strict=True)
            for explanation in decision.explanations
        ),
    )
