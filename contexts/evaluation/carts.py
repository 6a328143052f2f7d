"""
The cart, in and out: the public shape of `POST /api/v1/evaluations`.

Every amount is Money in the cart's one currency. Bounds: 1 to 2,000 lines, quantities to 1,000,000, texts to 200
characters; attributes are the tenant's own.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from shared_kernel.money import Money

Text = Annotated[str, Meta(min_length=1, max_length=200)]
Short = Annotated[str, Meta(min_length=1, max_length=64)]
CountryCode = Annotated[str, Meta(pattern="^[A-Z]{2}$", description="ISO 3166-1 alpha-2")]
CurrencyCode = Annotated[str, Meta(pattern="^[A-Z]{3}$", description="ISO 4217")]
Attribute = str | int | bool | list[str] | None
Attributes = Annotated[dict[Annotated[str, Meta(max_length=64)], Attribute], Meta(max_length=50)]
Labels = Annotated[tuple[Short, ...], Meta(max_length=100)]
Moment = Annotated[datetime, Meta(tz=True)]


class Customer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Who buys."""

    id: Text | None = None
    tier: Short | None = None
    segments: Labels = ()
    tags: Labels = ()
    country: CountryCode | None = None
    attributes: Attributes = {}


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One article, so many times; `category` is a path such as Garden/Tools."""

    id: Text
    sku: Text
    quantity: Annotated[int, Meta(ge=1, le=1_000_000)]
    unit_price: Money
    product: Text | None = None
    category: Annotated[str, Meta(max_length=200)] = ""
    brand: Text | None = None
    tax_category: Short | None = None
    attributes: Attributes = {}


class Address(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Where it goes."""

    country: CountryCode
    postcode: Short | None = None
    region: Short | None = None
    city: Text | None = None


class Shipping(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How it goes, and what that costs."""

    method: Short
    price: Money
    address: Address | None = None


class PaymentIntent(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How it would be paid; never a card number."""

    method: Short
    country: CountryCode | None = None
    fingerprint: Text | None = None


class Cart(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """
    A cart to be priced; `at` prices it by the rules of an earlier moment.

    `visitor` is the storefront's own id of somebody who is not logged in: they stay on one side of a roll-out.
    """

    currency: CurrencyCode
    lines: Annotated[tuple[Line, ...], Meta(min_length=1, max_length=2_000)]
    channel: Annotated[str, Meta(max_length=64)] = ""
    prices_include_tax: bool = True
    at: Moment | None = None
    customer: Customer | None = None
    visitor: Text | None = None
    shipping: Shipping | None = None
    coupons: Annotated[tuple[Short, ...], Meta(max_length=50)] = ()
    points: Annotated[int, Meta(ge=0, le=1_000_000_000)] = 0
    payment: PaymentIntent | None = None
    explain: Literal["none", "applied", "full", "nearest"] = "none"


class Adjustment(msgspec.Struct, frozen=True):
    """What changes an amount, and why; a discount's amount is negative."""

    kind: Literal["discount", "coupon", "points", "tax", "fee"]
    amount: Money
    rule_id: UUID
    rule_version: int
    rule: str
    reason: str


class Share(msgspec.Struct, frozen=True):
    """So many units of a line cost this much each: what a partial return is worth."""

    quantity: int
    each: Money


class PricedLine(msgspec.Struct, frozen=True):
    """A line with its adjustments; `total` = `subtotal` + adjustments = sum of its shares."""

    id: str
    sku: str
    quantity: int
    unit_price: Money
    subtotal: Money
    adjustments: tuple[Adjustment, ...]
    total: Money
    per_unit: tuple[Share, ...]


class PricedShipping(msgspec.Struct, frozen=True):
    """Shipping with its adjustments."""

    method: str
    subtotal: Money
    adjustments: tuple[Adjustment, ...]
    total: Money


class Totals(msgspec.Struct, frozen=True):
    """
    Sums of the parts above: total = subtotal - discount + shipping + tax.

    `discount` is that of the lines, positive; `shipping` is after its own discount.
    """

    subtotal: Money
    discount: Money
    shipping: Money
    tax: Money
    total: Money
    due: Money


class NearestChange(msgspec.Struct, frozen=True):
    """One fact that would have to change: `to` is a value that will do, `relation` what it has to be."""

    path: str
    was: Any
    to: Any
    relation: str
    words: str


class Nearest(msgspec.Struct, frozen=True):
    """The smallest change of facts found that makes a rule match, such as "12.01 more in cart.subtotal unlocks it"."""

    sentence: str
    changes: tuple[NearestChange, ...]


class Explanation(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why a rule applied to something, was set aside, or did not match; `nearest` if that was asked for and can be said."""

    point: str
    about: str
    rule_id: str
    rule_version: int
    rule: str
    outcome: str
    sentence: str
    nearest: Nearest | None = None


class StepLeftOut(msgspec.Struct, frozen=True):
    """A step that was not taken, and why."""

    step: str
    reason: str


Arm = Literal["control", "candidate", "outside"]


class RolloutArm(msgspec.Struct, frozen=True):
    """
    The roll-out that ran when a cart was priced, and whose rules decided.

    `candidate`: those that it tries. `control`: today's, as this customer's hash says. `outside`: today's as well,
    because nobody knows who buys, or the tried ones were not at hand.
    """

    id: UUID
    arm: Arm


class PricedCart(msgspec.Struct, frozen=True):
    """
    The cart with its prices, the rules that made them, and what it takes to replay it.

    `rollout` is told while a release is being rolled out.
    """

    id: UUID
    currency: str
    evaluated_at: datetime
    as_of: datetime | None
    lines: tuple[PricedLine, ...]
    shipping: PricedShipping | None
    totals: Totals
    rule_sets: dict[str, str]
    facts_hash: str
    steps_left_out: tuple[StepLeftOut, ...] = ()
    explanations: tuple[Explanation, ...] = ()
    rollout: RolloutArm | msgspec.UnsetType = msgspec.UNSET


class Order(msgspec.Struct, frozen=True):
    """A cart that was really ordered or priced: what it is called there, and when that was."""

    reference: str
    at: datetime
    cart: Cart


class DryRun(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """
    A cart to be priced without a record: `cart.at` may be any moment, also one to come.

    With `known_at`, as one would have said then; what was planned by then counts as if it came to pass.
    """

    cart: Cart
    known_at: Moment | None = None


class PricedThen(msgspec.Struct, frozen=True):
    """What a cart costs at a moment, as far as was known at another; the id of `priced` names no record."""

    at: datetime
    known_at: datetime
    priced: PricedCart
