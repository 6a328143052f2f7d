"""What promotions may be asked."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, Literal
from uuid import UUID

import msgspec

from shared_kernel.bus import Query
from shared_kernel.decisions import RuleText
from shared_kernel.money import Money


class DiscountableLine(msgspec.Struct, frozen=True):
    """A line as far as discounts care; `unit_price` in the cart's currency."""

    id: str
    sku: str
    quantity: int
    unit_price: Decimal
    product: str | None = None
    category: str = ""
    brand: str | None = None
    attributes: dict[str, Any] = {}


class DiscountableShipping(msgspec.Struct, frozen=True):
    """Shipping as far as discounts care; `price` in the cart's currency."""

    method: str
    price: Decimal
    country: str | None = None
    postcode: str | None = None


class DiscountableCart(msgspec.Struct, frozen=True):
    """A cart as far as discounts care."""

    currency: str
    at: datetime
    lines: tuple[DiscountableLine, ...]
    channel: str = ""
    customer: dict[str, Any] | None = None
    shipping: DiscountableShipping | None = None
    coupons: tuple[str, ...] = ()


class Discount(msgspec.Struct, frozen=True):
    """What one rule takes off one line, or off shipping; `amount` is positive."""

    line: str | None
    amount: Money
    rule_id: str
    version: int
    rule: str
    reason: str


class PointOutcome(msgspec.Struct, frozen=True):
    """
    By which rules one decision point decided, and the explanations asked for: `[about, outcome, rule, sentence]`.

    `rollout` is told if these were the rules that are being rolled out by it.
    """

    point: str
    fingerprint: str
    explanations: tuple[dict[str, Any], ...] = ()
    rollout: UUID | None = None


class Discounts(msgspec.Struct, frozen=True):
    """Every discount, in the order of its taking, and how it was decided."""

    discounts: tuple[Discount, ...]
    outcomes: tuple[PointOutcome, ...]
    algorithms: tuple[str, ...] = ()


class DecideDiscounts(Query[Discounts], frozen=True):
    """
    What do approved rules take off this cart?

    By the rules of now, of a moment (`as_of`, as far as was known at `known_at`), or of recorded sets (`fingerprints` by
    point: a replay); `drafts` by point join them for this question only. Of now, a `rollout` has the rules decide that it
    is rolling out.
    """

    name: ClassVar = "promotions.decide-discounts.v1"
    cart: DiscountableCart
    explain: Literal["none", "applied", "full", "nearest"] = "none"
    as_of: datetime | None = None
    known_at: datetime | None = None
    fingerprints: dict[str, str] = {}
    drafts: dict[str, tuple[RuleText, ...]] = {}
    rollout: UUID | None = None


class ChangedDiscounts(msgspec.Struct, frozen=True):
    """The discounts of one cart now, and those that it would have; `after` is nothing where they stay the same."""

    before: tuple[Discount, ...]
    after: tuple[Discount, ...] | None = None


class Comparison(msgspec.Struct, frozen=True):
    """What changes, cart by cart, and by which sets of rules (fingerprints by point) it was decided now."""

    fingerprints: dict[str, str]
    carts: tuple[ChangedDiscounts, ...]


class CompareDiscounts(Query[Comparison], frozen=True):
    """
    What would these drafts change of the discounts of these carts?

    Against the rules of now, or recorded sets (`fingerprints` by point); `drafts` by point, each in place of the
    version of its rule that is in the set. All carts are asked about together.
    """

    name: ClassVar = "promotions.compare-discounts.v1"
    carts: tuple[DiscountableCart, ...]
    drafts: dict[str, tuple[RuleText, ...]]
    fingerprints: dict[str, str] = {}
