"""Pure decisions of evaluation: how a cart is priced, and what a back-test counts and judges."""

from contexts.evaluation.policies.pricing import (
    demand_priceable,
    discountable,
    facts_hash,
    priced_lines,
    priced_shipping,
    shares,
    totals,
)

__all__ = [
    "demand_priceable",
    "discountable",
    "facts_hash",
    "priced_lines",
    "priced_shipping",
    "shares",
    "totals",
]
