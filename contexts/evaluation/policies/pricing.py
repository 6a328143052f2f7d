"""Pricing as pure functions: what a cart must satisfy, and how adjustments become lines and totals."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from contexts.evaluation.carts import (
    Adjustment,
    Cart,
    PricedLine,
    PricedShipping,
    Share,
    Totals,
)
from contexts.evaluation.errors import InTheFuture, LineTwice, MixedCurrencies, NegativePrice
from contexts.promotions.messages import (
    Discount,
    DiscountableCart,
    DiscountableLine,
    DiscountableShipping,
)
from shared_kernel.money import Money


def demand_priceable(cart: Cart, now: datetime, *, may_be_to_come: bool = False) -> None:
    """
    Refuse what has the right shape but makes no sense, with a pointer to the field.

    Raises:
        MixedCurrencies, NegativePrice, LineTwice, InTheFuture.

    """
    seen: set[str] = set()
    for number, line in enumerate(cart.lines):
        if line.id in seen:
            raise LineTwice(id=line.id, pointers=(f"/lines/{number}/id",))
        seen.add(line.id)
        _demand_amount(cart, line.unit_price, f"/lines/{number}/unit_price")
    if cart.shipping is not None:
        _demand_amount(cart, cart.shipping.price, "/shipping/price")
    if cart.at is not None and cart.at > now and not may_be_to_come:
        raise InTheFuture(at=cart.at.isoformat(), pointers=("/at",))


def _demand_amount(cart: Cart, amount: Money, pointer: str) -> None:
    if amount.currency != cart.currency:
        raise MixedCurrencies(found=amount.currency, currency=cart.currency, pointers=(pointer,))
    if amount.minor < 0:
        raise NegativePrice(price=amount, pointers=(pointer,))


def discountable(cart: Cart, at: datetime) -> DiscountableCart:
    """The cart as promotions see it."""
    shipping = cart.shipping
    return DiscountableCart(
        currency=cart.currency,
        at=at,
        channel=cart.channel,
        coupons=cart.coupons,
        customer=msgspec.to_builtins(cart.customer) if cart.customer else None,
        lines=tuple(
            DiscountableLine(
                id=line.id,
                sku=line.sku,
                quantity=line.quantity,
                unit_price=line.unit_price.amount,
                product=line.product,
                category=line.category,
                brand=line.brand,
                attributes=line.attributes,
            )
            for line in cart.lines
        ),
        shipping=DiscountableShipping(
            method=shipping.method,
            price=shipping.price.amount,
            country=shipping.address.country if shipping.address else None,
            postcode=shipping.address.postcode if shipping.address else None,
        )
        if shipping
        else None,
    )


def priced_lines(cart: Cart, discounts: tuple[Discount, ...]) -> tuple[PricedLine, ...]:
    by_line = _adjustments(discounts)
    return tuple(_priced_line(cart, number, by_line) for number in range(len(cart.lines)))


def _priced_line(
    cart: Cart, number: int, by_line: dict[str | None, tuple[Adjustment, ...]]
) -> PricedLine:
    line = cart.lines[number]
    subtotal = line.unit_price * line.quantity
    adjustments = by_line.get(line.id, ())
    total = sum((it.amount for it in adjustments), subtotal)
    return PricedLine(
        id=line.id,
        sku=line.sku,
        quantity=line.quantity,
        unit_price=line.unit_price,
        subtotal=subtotal,
        adjustments=adjustments,
        total=total,
        per_unit=shares(total, line.quantity),
    )


def _adjustments(discounts: tuple[Discount, ...]) -> dict[str | None, tuple[Adjustment, ...]]:
    found: dict[str | None, list[Adjustment]] = defaultdict(list)
    for discount in discounts:
        found[discount.line].append(
            Adjustment(
                kind="discount",
                amount=-discount.amount,
                rule_id=UUID(discount.rule_id),
                rule_version=discount.version,
                rule=discount.rule,
                reason=discount.reason,
            )
        )
    return {line: tuple(adjustments) for line, adjustments in found.items()}


def shares(total: Money, quantity: int) -> tuple[Share, ...]:
    """The total split over equal units by largest remainder: at most two prices, whose sum is the total."""
    each, extra = divmod(total.minor, quantity)
    dearer = Share(quantity=extra, each=Money.of_minor(each + 1, total.currency))
    others = Share(quantity=quantity - extra, each=Money.of_minor(each, total.currency))
    return (dearer, others) if extra else (others,)


def priced_shipping(cart: Cart, discounts: tuple[Discount, ...]) -> PricedShipping | None:
    if cart.shipping is None:
        return None
    adjustments = _adjustments(discounts).get(None, ())
    return PricedShipping(
        method=cart.shipping.method,
        subtotal=cart.shipping.price,
        adjustments=adjustments,
        total=sum((it.amount for it in adjustments), cart.shipping.price),
    )


def totals(cart: Cart, lines: tuple[PricedLine, ...], shipping: PricedShipping | None) -> Totals:
    currency = cart.currency
    subtotal = Money.sum((line.subtotal for line in lines), currency)
    goods = Money.sum((line.total for line in lines), currency)
    shipped = shipping.total if shipping else Money.zero(currency)
    total = goods + shipped
    return Totals(
        subtotal=subtotal,
        discount=subtotal - goods,
        shipping=shipped,
        tax=Money.zero(currency),
        total=total,
        due=total,
    )


def facts_hash(cart: DiscountableCart) -> str:
    """SHA-256 of the facts that the rules saw, as JSON in a fixed order of fields."""
    return hashlib.sha256(msgspec.json.encode(_in_order(msgspec.to_builtins(cart)))).hexdigest()


def _in_order(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _in_order(value[name]) for name in sorted(value)}
    if isinstance(value, list | tuple):
        return [_in_order(inner) for inner in value]
    return value
