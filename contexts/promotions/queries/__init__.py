"""Reads of promotions: what rules take off a cart, and what drafts would change of that over many carts."""

from contexts.promotions.queries.comparing import compare_discounts
from contexts.promotions.queries.deciding import decide_discounts

__all__ = ["compare_discounts", "decide_discounts"]
