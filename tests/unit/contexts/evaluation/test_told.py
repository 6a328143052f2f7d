"""What an order file is said to tell of a cart is what its carts hold, and no more."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from contexts.evaluation.orders.carts import cart_of
from contexts.evaluation.orders.reading import OrderLine
from contexts.evaluation.policies import discountable
from contexts.evaluation.policies.told import TOLD, is_told
from contexts.promotions.decisions import RECORDS
from contexts.promotions.policies.pricing import common_facts
from shared_kernel.money import Money

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
LINE = OrderLine(2, "536365", "85123A", 6, Decimal("2.55"), AT, "17850", "France")


def test_of_what_a_file_is_said_not_to_tell_its_carts_hold_nothing():
    """And the other way round: a column that carts are made of is not said to be lacking."""
    cart = discountable(cart_of([LINE], currency="GBP", channel="web"), AT)
    facts = common_facts(cart, [Money.parse("15.30", "GBP")])
    held = {"customer": facts["customer"], "line": facts["lines"][0], "cart": facts["cart"],
            "shipping": facts.get("shipping") or {}}  # fmt: skip
    names = {f"{record}.{field}" for record, fields in RECORDS.items() for field in fields}
    told = {it for it in names if held[it.partition(".")[0]].get(it.partition(".")[2])}
    told -= {"line.attributes"}
    told |= {f"line.attributes.{it}" for it in held["line"]["attributes"]}
    assert told == TOLD
    assert is_told("at")
    assert not is_told("customer.attributes.level")
