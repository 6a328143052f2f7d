"""Whether a back-test stays within limits, exactly and in words."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

from contexts.evaluation.messages import BackTestLimits, BackTestResult, BackTestSums
from shared_kernel.money import Money

HUNDRED, TENTH = Decimal(100), Decimal("0.1")


def verdict_of(
    result: BackTestResult, limits: BackTestLimits, *, is_current: bool = True
) -> tuple[str, ...]:
    """
    Each limit that the result breaks, in words; nothing if it keeps all of them.

    Comparisons are exact, and a limit is kept at its very value. An increase of nothing breaks every percentage.
    `is_current` says whether the rules that it was compared with still decide.
    """
    return tuple(_broken(result, limits, is_current=is_current))


def _broken(result: BackTestResult, limits: BackTestLimits, *, is_current: bool) -> Iterator[str]:
    if limits.current and not is_current:
        yield "The active rules have changed since the back-test: run it again."
    if limits.min_carts is not None and result.carts < limits.min_carts:
        yield f"It was tested on {result.carts:,} carts; at least {limits.min_carts:,} are asked for."
    if limits.max_touched is not None and _exceeds(
        result.touched, result.carts, limits.max_touched
    ):
        share = _percent(result.touched, result.carts)
        yield f"It touches {share} of all carts; at most {limits.max_touched} % are allowed."
    for it in result.currencies:
        yield from _in_money(it.sums, limits)


def _in_money(sums: BackTestSums, limits: BackTestLimits) -> Iterator[str]:
    more = sums.discount_after - sums.discount_before
    allowed = limits.max_discount_increase
    if allowed is not None and _exceeds(more.minor, sums.discount_before.minor, allowed):
        by = _by(more.minor, sums.discount_before.minor)
        yield f"Discounts grow {by} ({_signed(more)}); at most {allowed} % are allowed."
    less = sums.revenue_before - sums.revenue_after
    allowed = limits.max_revenue_decrease
    if allowed is not None and _exceeds(less.minor, sums.revenue_before.minor, allowed):
        by = _by(less.minor, sums.revenue_before.minor)
        yield f"Revenue falls {by} ({_signed(-less)}); at most {allowed} % are allowed."


def _exceeds(part: int, whole: int, percent: Decimal) -> bool:
    return part > 0 and Decimal(part) * HUNDRED > percent * whole


def _by(part: int, whole: int) -> str:
    return f"by {_percent(part, whole)}" if whole else "from nothing"


def _percent(part: int, whole: int) -> str:
    share = Decimal(part) * HUNDRED / whole
    rounded = share.quantize(TENTH, ROUND_HALF_UP)
    return f"{rounded} %" if rounded else "less than 0.1 %"


def _signed(amount: Money) -> str:
    return f"{'+' if amount.minor > 0 else ''}{amount}"
