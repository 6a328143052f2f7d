"""
Counting a back-test: sums of minor units, cart by cart, that can be put away and gone on with.

A cart adds to its currency's sums, to those of its customer's tier, segments and country, and each line to those of its
product. What this cannot do: price; it is told what is taken off now and with the drafts.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

import msgspec

from contexts.evaluation.carts import Cart, Customer, Order
from contexts.promotions.messages import ChangedDiscounts, Discount

MOST_CHANGED = 10
# a cart's change in percent of what it pays now; below the first, between, and from the last on
EDGES = (-50, -25, -10, -5, -3, -2, -1, 0, 1, 2, 3, 5, 10, 25, 50)
NOBODY, NONE = "unknown", "none"


class Sums(msgspec.Struct):
    """Minor units over so many carts, or lines of a product; `listed` is before any discount."""

    carts: int = 0
    touched: int = 0
    listed: int = 0
    before: int = 0
    after: int = 0

    def add(self, *, listed: int, before: int, after: int, touched: bool) -> None:
        self.carts += 1
        self.touched += touched
        self.listed += listed
        self.before += before
        self.after += after


ROW = ", row "  # of a table, as calculation names it


class RuleTally(msgspec.Struct):
    """What a rule takes off now and with the drafts, and of how many carts."""

    rule: str
    version_before: int | None = None
    version_after: int | None = None
    carts_before: int = 0
    carts_after: int = 0
    before: int = 0
    after: int = 0


class CartTally(msgspec.Struct):
    """One of the carts that change most, with `[rule, version, minor units]` of each rule."""

    reference: str
    customer: str
    at: datetime
    listed: int
    before: int
    after: int
    rules_before: list[tuple[str, int, int]]
    rules_after: list[tuple[str, int, int]]

    @property
    def weight(self) -> tuple[int, str]:
        return abs(self.after - self.before), self.reference


class CurrencyTally(msgspec.Struct):
    """All carts of one currency so far."""

    sums: Sums = msgspec.field(default_factory=Sums)
    tiers: dict[str, Sums] = {}
    segments: dict[str, Sums] = {}
    countries: dict[str, Sums] = {}
    products: dict[str, Sums] = {}
    rules: dict[str, RuleTally] = {}
    most: list[CartTally] = []
    changes: list[int] = msgspec.field(default_factory=lambda: [0] * (len(EDGES) + 1))


class Tally(msgspec.Struct):
    """A back-test so far: by currency, and the carts that could not be priced by reason."""

    currencies: dict[str, CurrencyTally] = {}
    left_out: dict[str, int] = {}


def packed(tally: Tally) -> bytes:
    return msgspec.msgpack.encode(tally)


def unpacked(content: bytes) -> Tally:
    return msgspec.msgpack.decode(content, type=Tally) if content else Tally()


def leave_out(tally: Tally, reason: str) -> None:
    tally.left_out[reason] = tally.left_out.get(reason, 0) + 1


def count(tally: Tally, order: Order, change: ChangedDiscounts) -> None:
    """Add one cart, with what is taken off it now and with the drafts."""
    cart = order.cart
    into = tally.currencies.setdefault(cart.currency, CurrencyTally())
    before = _by_line(change.before)
    after = before if change.after is None else _by_line(change.after)
    listed = _count_lines(into, cart, before, after)
    if cart.shipping is not None:
        listed += cart.shipping.price.minor
    off_before, off_after = sum(before.values()), sum(after.values())
    touched = before != after
    for sums in _sums_of(into, cart.customer):
        sums.add(listed=listed, before=off_before, after=off_after, touched=touched)
    rules_before = _count_rules(into, change.before, now=True)
    if change.after is None:
        rules_after = _count_rules(into, change.before, now=False)
    else:
        rules_after = _count_rules(into, change.after, now=False)
    if touched:
        into.changes[_bar_of(listed - off_before, off_before - off_after)] += 1
        customer = (cart.customer.id if cart.customer else None) or NOBODY
        found = CartTally(
            order.reference, customer, order.at, listed, off_before, off_after,
            rules_before, rules_after,
        )  # fmt: skip
        into.most = heapq.nlargest(MOST_CHANGED, [*into.most, found], key=lambda it: it.weight)


def _by_line(discounts: Iterable[Discount]) -> dict[str | None, int]:
    found: defaultdict[str | None, int] = defaultdict(int)
    for discount in discounts:
        found[discount.line] += discount.amount.minor
    return dict(found)


def _count_lines(
    into: CurrencyTally, cart: Cart, before: dict[str | None, int], after: dict[str | None, int]
) -> int:
    """Add each line to its product; what all lines cost before discounts."""
    listed = 0
    products = into.products
    for line in cart.lines:
        price = line.unit_price.minor * line.quantity
        listed += price
        off, then = before.get(line.id, 0), after.get(line.id, 0)
        name = line.product or line.sku
        sums = products.get(name)
        if sums is None:
            sums = products[name] = Sums()
        sums.add(listed=price, before=off, after=then, touched=off != then)
    return listed


def _sums_of(into: CurrencyTally, customer: Customer | None) -> list[Sums]:
    """Those that a cart of this customer adds to; of several segments, to each."""
    tier = (customer.tier if customer else None) or NONE
    country = (customer.country if customer else None) or NONE
    segments = (customer.segments if customer else ()) or (NONE,)
    return [
        into.sums,
        into.tiers.setdefault(tier, Sums()),
        into.countries.setdefault(country, Sums()),
        *(into.segments.setdefault(it, Sums()) for it in dict.fromkeys(segments)),
    ]


def _count_rules(
    into: CurrencyTally, discounts: Iterable[Discount], *, now: bool
) -> list[tuple[str, int, int]]:
    """Add what each rule took off this cart; `[rule, version, minor units]` of each."""
    found: dict[str, tuple[str, int, int]] = {}
    for it in discounts:
        amount = found[it.rule_id][2] if it.rule_id in found else 0
        found[it.rule_id] = (it.rule, it.version, amount + it.amount.minor)
    for rule_id, (name, version, amount) in found.items():
        rule = into.rules.setdefault(rule_id, RuleTally(name))
        if now:
            rule.version_before = version
            rule.carts_before += 1
            rule.before += amount
        else:
            rule.rule, rule.version_after = _called(rule.rule, name), version
            rule.carts_after += 1
            rule.after += amount
    return list(found.values())


def _called(before: str, name: str) -> str:
    """What a rule is called from now on: a table, of which several rows applied, by its name and none of the rows."""
    stem, row, _ = name.rpartition(ROW)
    same = row and before in {stem, f"{stem}{ROW}{before.rpartition(ROW)[2]}"}
    return stem if same and before != name else name


def _bar_of(paid: int, change: int) -> int:
    """The bar of a cart that now pays so much and would pay `change` more; of one that pays nothing, an end."""
    if paid == 0:
        return len(EDGES) if change > 0 else 0
    return next((n for n, edge in enumerate(EDGES) if change * 100 < edge * paid), len(EDGES))
