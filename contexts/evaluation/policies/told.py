"""What the columns of an order file tell of a cart, and what they do not: rules that ask for the rest find nothing."""

from __future__ import annotations

from typing import Final

TOLD: Final = frozenset({
    "customer.id", "customer.country",
    "line.id", "line.sku", "line.quantity", "line.unit_price", "line.total",
    "line.attributes.invoice", "line.attributes.invoiced_at",
    "cart.currency", "cart.channel", "cart.subtotal", "cart.remaining", "cart.quantity",
})  # fmt: skip
RECORDS: Final = frozenset({"customer", "line", "cart", "shipping"})


def is_told(fact: str) -> bool:
    """Whether orders of a file may hold something of a fact, named by its record and name; what is in no record they do."""
    record, _, field = fact.partition(".")
    return not field or record not in RECORDS or fact in TOLD
