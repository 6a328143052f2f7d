"""Many orders priced by the rules of a moment and again with drafts, over the bus in one question."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from contexts.calculation.messages import Decide
from contexts.evaluation import policies
from contexts.evaluation.carts import Order
from contexts.evaluation.queries.pricing import Drafts
from contexts.promotions.decisions import LINE_DISCOUNTS, ORDER_DISCOUNTS, SHIPPING_DISCOUNTS
from contexts.promotions.messages import ChangedDiscounts, CompareDiscounts
from shared_kernel import bus
from shared_kernel.errors import DomainError

POINTS = tuple(it.name for it in (LINE_DISCOUNTS, ORDER_DISCOUNTS, SHIPPING_DISCOUNTS))
Refused = Callable[[Order, DomainError], None]


def rule_sets_now() -> dict[str, str]:
    """The fingerprints of the rules that decide prices now, by decision point."""
    return {point: bus.ask(Decide(point=point, facts=())).fingerprint for point in POINTS}


def compared(
    orders: Sequence[Order], drafts: Drafts, rule_sets: dict[str, str], refused: Refused
) -> list[tuple[Order, ChangedDiscounts]]:
    """
    Each order with its discounts by those rules, and with the drafts; `refused` is told which cannot be priced.

    Raises:
        ContextAbsent, ContextUnreachable: who decides is not there; nothing is compared by half.

    """
    question = CompareDiscounts(
        carts=tuple(policies.discountable(it.cart, it.at) for it in orders),
        drafts=drafts,
        fingerprints=rule_sets,
    )
    try:
        return list(zip(orders, bus.ask(question).carts, strict=True))
    except (bus.ContextAbsent, bus.ContextUnreachable):
        raise
    except DomainError as refusal:
        if len(orders) == 1:
            refused(orders[0], refusal)
            return []
    middle = len(orders) // 2
    return [
        *compared(orders[:middle], drafts, rule_sets, refused),
        *compared(orders[middle:], drafts, rule_sets, refused),
    ]
