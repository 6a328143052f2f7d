"""The bus side of promotions."""

from __future__ import annotations

from contexts.promotions import queries
from contexts.promotions.messages import DecideDiscounts, Discounts
from shared_kernel import bus


@bus.answers(DecideDiscounts)
def decide_discounts(query: DecideDiscounts) -> Discounts:
    return queries.decide_discounts(query)
