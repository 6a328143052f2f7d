"""
What an effect takes off, as pure functions over Money.

A percentage is taken of what remains and rounded half up to the currency's minor unit; an amount is capped at what
remains, so that nothing is priced below zero; a percentage outside 0 to 100, or a negative amount, is bounded.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from contexts.calculation.messages import AppliedRule
from contexts.promotions.messages import DiscountableCart, DiscountableLine
from shared_kernel.money import Money
from shared_kernel.rounding import Rounding

HUNDRED = Decimal(100)


def taken_off(rule: AppliedRule, remaining: Money, quantity: int = 1) -> Money:
    """How much the rule's effects take off `remaining`, together."""
    left = remaining
    for effect in rule.effects:
        left = left - _one(effect.kind, effect.params, left, quantity)
    return remaining - left


def _one(kind: str, params: dict[str, Any], remaining: Money, quantity: int) -> Money:
    if kind.startswith("percent_off"):
        percent = min(max(Decimal(params["percent"]), Decimal(0)), HUNDRED)
        return remaining.times(percent / HUNDRED, Rounding.HALF_UP)
    amount = max(Decimal(params["amount"]), Decimal(0))
    off = Money.parse(amount, remaining.currency, Rounding.HALF_UP)
    if kind == "amount_off_unit":
        off = off * quantity
    return min(off, remaining)


def line_totals(cart: DiscountableCart) -> list[Money]:
    """What each line costs before discounts."""
    return [Money.parse(it.unit_price * it.quantity, cart.currency) for it in cart.lines]


def facts_left(facts: dict[str, Any], currency: str, remaining: Iterable[Money]) -> dict[str, Any]:
    """The same facts when so much of the lines remains."""
    left = Money.sum(remaining, currency).amount
    return {**facts, "cart": {**facts["cart"], "remaining": left}}


def common_facts(cart: DiscountableCart, totals: list[Money]) -> dict[str, Any]:
    """The facts that every point of promotions has, before anything is taken off."""
    subtotal = Money.sum(totals, cart.currency).amount
    facts: dict[str, Any] = {
        "cart": {
            "currency": cart.currency,
            "channel": cart.channel,
            "subtotal": subtotal,
            "remaining": subtotal,
            "quantity": sum(line.quantity for line in cart.lines),
            "coupons": list(cart.coupons),
        },
        "lines": [_line_facts(it, total) for it, total in zip(cart.lines, totals, strict=True)],
        "at": cart.at,
    }
    if cart.customer is not None:
        facts["customer"] = {"segments": [], "tags": [], "attributes": {}, **cart.customer}
    if cart.shipping is not None:
        facts["shipping"] = {
            "method": cart.shipping.method,
            "price": cart.shipping.price,
            "country": cart.shipping.country,
            "postcode": cart.shipping.postcode,
        }
    return facts


def _line_facts(line: DiscountableLine, total: Money) -> dict[str, Any]:
    return {
        "id": line.id,
        "sku": line.sku,
        "product": line.product,
        "category": line.category,
        "brand": line.brand,
        "quantity": line.quantity,
        "unit_price": line.unit_price,
        "total": total.amount,
        "attributes": line.attributes,
    }
