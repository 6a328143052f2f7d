"""How discounts are priced: cart by cart, and in SQL over many carts at once."""

from contexts.promotions.policies.pricing import (
    common_facts,
    facts_left,
    line_totals,
    taken_off,
)

__all__ = ["common_facts", "facts_left", "line_totals", "taken_off"]
