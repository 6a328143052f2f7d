"""Whether a roll-out stays within its guards, exactly and in words; what carts of each arm came to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal

import msgspec

from contexts.evaluation.messages import (
    BackTestLimits,
    BackTestResult,
    BackTestSums,
    RolloutArmFigures,
    RolloutGuardStanding,
)
from contexts.evaluation.policies.limits import verdict_of
from contexts.rules.events import RolloutGuard
from shared_kernel.money import Money

HUNDRED, HUNDREDTH = Decimal(100), Decimal("0.01")
LIMITS: dict[str, Callable[[Decimal], BackTestLimits]] = {
    "discount-increase": lambda most: BackTestLimits(max_discount_increase=most),
    "revenue-decrease": lambda most: BackTestLimits(max_revenue_decrease=most),
    "touched": lambda most: BackTestLimits(max_touched=most),
}


class ArmSums(msgspec.Struct):
    """Minor units over so many carts of an arm."""

    carts: int = 0
    listed: int = 0
    discount: int = 0

    def add(self, *, listed: int, discount: int) -> None:
        self.carts += 1
        self.listed += listed
        self.discount += discount


Arms = dict[str, dict[str, ArmSums]]  # by currency, then arm


def figures(arms: Arms) -> tuple[RolloutArmFigures, ...]:
    """Both arms' sums as money."""
    return tuple(
        RolloutArmFigures(
            currency=currency,
            arm=arm,
            carts=it.carts,
            listed=Money.of_minor(it.listed, currency),
            discount=Money.of_minor(it.discount, currency),
        )
        for currency, both in sorted(arms.items())
        for arm in ("control", "candidate", "outside")
        if (it := both.get(arm)) is not None
    )


def standing(
    guards: Iterable[RolloutGuard], paired: BackTestResult, arms: Arms
) -> tuple[RolloutGuardStanding, ...]:
    """Each guard as it stands; it is judged from so many carts on, and broken beyond its very limit."""
    return tuple(
        _between_arms(guard, arms) if guard.metric == "discount-share" else _paired(guard, paired)
        for guard in guards
    )


def _paired(guard: RolloutGuard, paired: BackTestResult) -> RolloutGuardStanding:
    if paired.carts < guard.min_carts:
        return _standing(guard, paired.carts)
    if guard.metric == "touched":
        shares = [_percent(paired.touched, paired.carts)]
    else:
        shares = [_share_of(guard.metric, it.sums) for it in paired.currencies]
    known = [it for it in shares if it is not None]
    broken = verdict_of(paired, LIMITS[guard.metric](guard.at_most))
    return _standing(guard, paired.carts, max(known, default=None), " ".join(broken))


def _share_of(metric: str, sums: BackTestSums) -> Decimal | None:
    if metric == "discount-increase":
        before, after = sums.discount_before.minor, sums.discount_after.minor
        return _percent(after - before, before)
    before, after = sums.revenue_before.minor, sums.revenue_after.minor
    return _percent(before - after, before)


def _between_arms(guard: RolloutGuard, arms: Arms) -> RolloutGuardStanding:
    """How many percentage points more candidates' carts get off; the currency where that is most."""
    fewest, worst, broken = 0, None, ""
    for currency, both in sorted(arms.items()):
        carts, gap = _gap(both)
        fewest = max(fewest, carts)
        if gap is None or carts < guard.min_carts:
            continue
        if worst is None or gap > worst:
            worst = gap
            broken = ""
            if gap > guard.at_most:
                points = _rounded(gap)
                broken = (
                    f"Carts decided by the new rules get {points} percentage points more of their price off in {currency} "
                    f"than others; at most {guard.at_most} are allowed."
                )
    return _standing(guard, fewest, worst, broken)


def _gap(both: Mapping[str, ArmSums]) -> tuple[int, Decimal | None]:
    control, candidate = both.get("control", ArmSums()), both.get("candidate", ArmSums())
    carts = min(control.carts, candidate.carts)
    if not control.listed or not candidate.listed:
        return carts, None
    shares = [Decimal(it.discount) * HUNDRED / it.listed for it in (control, candidate)]
    return carts, shares[1] - shares[0]


def _standing(
    guard: RolloutGuard, carts: int, value: Decimal | None = None, broken: str = ""
) -> RolloutGuardStanding:
    return RolloutGuardStanding(
        metric=guard.metric,
        at_most=guard.at_most,
        min_carts=guard.min_carts,
        carts=carts,
        value=None if value is None else _rounded(value),
        broken=broken,
    )


def _percent(part: int, whole: int) -> Decimal | None:
    if not whole:
        return None if part else Decimal(0)
    return Decimal(part) * HUNDRED / whole


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(HUNDREDTH, ROUND_HALF_UP)
