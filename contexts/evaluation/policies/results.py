"""From a finished count to a result: money instead of minor units, what changes most first."""

from __future__ import annotations

from contexts.evaluation.messages import (
    BackTestBar,
    BackTestCart,
    BackTestCurrency,
    BackTestGroup,
    BackTestResult,
    BackTestRule,
    BackTestSums,
    CartsLeftOut,
    RuleShare,
)
from contexts.evaluation.policies.tally import EDGES, CartTally, CurrencyTally, Sums, Tally
from shared_kernel.money import Money

MOST_PRODUCTS, MOST_GROUPS = 20, 50


def result_of(tally: Tally) -> BackTestResult:
    """What the count says, the currency of most carts first."""
    counted = sorted(tally.currencies.items(), key=lambda it: (-it[1].sums.carts, it[0]))
    return BackTestResult(
        carts=sum(it.sums.carts for _, it in counted),
        touched=sum(it.sums.touched for _, it in counted),
        left_out=tuple(CartsLeftOut(reason, n) for reason, n in sorted(tally.left_out.items())),
        currencies=tuple(_of_currency(currency, it) for currency, it in counted),
    )


def _of_currency(currency: str, tally: CurrencyTally) -> BackTestCurrency:
    def money(minor: int) -> Money:
        return Money.of_minor(minor, currency)

    def shares(rules: list[tuple[str, int, int]]) -> tuple[RuleShare, ...]:
        return tuple(RuleShare(rule, version, money(amount)) for rule, version, amount in rules)

    def cart(it: CartTally) -> BackTestCart:
        return BackTestCart(
            reference=it.reference,
            customer=it.customer,
            at=it.at,
            revenue_before=money(it.listed - it.before),
            revenue_after=money(it.listed - it.after),
            rules_before=shares(it.rules_before),
            rules_after=shares(it.rules_after),
        )

    rules = sorted(tally.rules.items(), key=lambda it: (-abs(it[1].after - it[1].before), it[0]))
    return BackTestCurrency(
        currency=currency,
        sums=sums_in(currency, tally.sums),
        tiers=_groups(currency, tally.tiers, MOST_GROUPS),
        segments=_groups(currency, tally.segments, MOST_GROUPS),
        countries=_groups(currency, tally.countries, MOST_GROUPS),
        products=_groups(
            currency, {k: v for k, v in tally.products.items() if v.touched}, MOST_PRODUCTS
        ),
        rules=tuple(
            BackTestRule(
                rule_id=rule_id,
                rule=it.rule,
                version_before=it.version_before,
                version_after=it.version_after,
                carts_before=it.carts_before,
                carts_after=it.carts_after,
                discount_before=money(it.before),
                discount_after=money(it.after),
            )
            for rule_id, it in rules
        ),
        carts=tuple(cart(it) for it in tally.most),
        changes=tuple(
            BackTestBar(low, high, carts)
            for low, high, carts in zip((None, *EDGES), (*EDGES, None), tally.changes, strict=True)
        ),
    )


def _groups(currency: str, found: dict[str, Sums], most: int) -> tuple[BackTestGroup, ...]:
    """The groups whose price changes most, so many of them."""
    ranked = sorted(found.items(), key=lambda it: (-abs(it[1].after - it[1].before), it[0]))
    return tuple(BackTestGroup(name, sums_in(currency, it)) for name, it in ranked[:most])


def sums_in(currency: str, sums: Sums) -> BackTestSums:
    return BackTestSums(
        carts=sums.carts,
        touched=sums.touched,
        discount_before=Money.of_minor(sums.before, currency),
        discount_after=Money.of_minor(sums.after, currency),
        revenue_before=Money.of_minor(sums.listed - sums.before, currency),
        revenue_after=Money.of_minor(sums.listed - sums.after, currency),
    )
