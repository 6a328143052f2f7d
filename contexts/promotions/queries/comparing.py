"""
What drafts would change of the discounts of many carts: each priced as it is now, and again where it can differ.

A point is asked a second time only about carts that reach it with other remainders, or if drafts are of that point.
Everything else is as it was: the same rules, asked about the same facts, decide the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from contexts.calculation.messages import Decide, Decisions
from contexts.promotions.decisions import LINE_DISCOUNTS, ORDER_DISCOUNTS, SHIPPING_DISCOUNTS
from contexts.promotions.messages import ChangedDiscounts, CompareDiscounts, Comparison
from contexts.promotions.queries.deciding import (
    Ask,
    Facts,
    InHand,
    line_facts,
    off_order,
    off_shipping,
    take_off_lines,
)
from shared_kernel import bus

Step = Callable[[Sequence[InHand], Ask], None]


def compare_discounts(query: CompareDiscounts) -> Comparison:
    """The discounts of every cart now, and those with the drafts where they are others."""
    found: dict[str, str] = {}

    def now(point: str, facts: Facts) -> Decisions:
        decided = bus.ask(
            Decide(point=point, facts=facts, fingerprint=query.fingerprints.get(point))
        )
        found[point] = decided.fingerprint
        return decided

    def then(point: str, facts: Facts) -> Decisions:
        drafts = query.drafts.get(point, ())
        return bus.ask(Decide(point=point, facts=facts, fingerprint=found[point], drafts=drafts))

    before = [InHand.of(cart) for cart in query.carts]
    after = _after_lines(before, now, then, has_drafts=LINE_DISCOUNTS.name in query.drafts)
    for step, point in ((off_order, ORDER_DISCOUNTS.name), (off_shipping, SHIPPING_DISCOUNTS.name)):
        _after_step(step, before, after, now, then, has_drafts=point in query.drafts)
    return Comparison(
        fingerprints=found,
        carts=tuple(
            ChangedDiscounts(
                before=tuple(one.discounts),
                after=None if other.discounts == one.discounts else tuple(other.discounts),
            )
            for one, other in zip(before, after, strict=True)
        ),
    )


def _after_lines(before: list[InHand], now: Ask, then: Ask, *, has_drafts: bool) -> list[InHand]:
    """Take lines' discounts off; the carts as they would be with the drafts."""
    facts = line_facts(before)
    decided = now(LINE_DISCOUNTS.name, facts).decisions
    if not has_drafts:
        take_off_lines(before, decided)
        return [one.copy() for one in before]
    others = then(LINE_DISCOUNTS.name, facts).decisions
    after, place = [], 0
    for one in before:
        lines = slice(place, place + len(one.cart.lines))
        place = lines.stop
        other = one.copy()
        take_off_lines([one], decided[lines])
        if decided[lines] == others[lines]:
            other = one.copy()
        else:
            take_off_lines([other], others[lines])
        after.append(other)
    return after


def _after_step(
    step: Step,
    before: list[InHand],
    after: list[InHand],
    now: Ask,
    then: Ask,
    *,
    has_drafts: bool,
) -> None:
    taken = [len(one.discounts) for one in before]
    reached_alike = [
        one.remaining == other.remaining for one, other in zip(before, after, strict=True)
    ]
    step(before, now)
    asked = []
    for one, other, alike, number in zip(before, after, reached_alike, taken, strict=True):
        if has_drafts or not alike:
            asked.append(other)
        else:
            other.discounts += one.discounts[number:]
            other.remaining = list(one.remaining)
    step(asked, then)
