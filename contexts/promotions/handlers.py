"""The bus side of promotions."""

from __future__ import annotations

from contexts.promotions import queries
from contexts.promotions.messages import (
    CompareDiscounts,
    Comparison,
    DecideDiscounts,
    Discounts,
)
from shared_kernel import bus


@bus.answers(DecideDiscounts)
def decide_discounts(query: DecideDiscounts) -> Discounts:
    return queries.decide_discounts(query)


@bus.answers(CompareDiscounts)
def compare_discounts(query: CompareDiscounts) -> Comparison:
    return queries.compare_discounts(query)
