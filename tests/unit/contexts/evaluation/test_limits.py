"""What a back-test must not show: limits are kept at their very value, and broken a cent beyond."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from contexts.evaluation.messages import (
    BackTestCurrency,
    BackTestLimits,
    BackTestResult,
    BackTestSums,
)
from contexts.evaluation.policies.limits import verdict_of
from shared_kernel.money import Money


def result(*amounts: tuple[str, int, int, int, int], carts: int = 100, touched: int = 10):
    """A result of `(currency, discount before, after, revenue before, after)` in minor units."""
    currencies = tuple(
        BackTestCurrency(
            currency,
            BackTestSums(carts, touched, *(Money.of_minor(it, currency) for it in figures)),
            *[()] * 7,
        )
        for currency, *figures in amounts
    )
    return BackTestResult(carts, touched, (), currencies)


def test_without_limits_nothing_is_broken():
    assert verdict_of(result(("EUR", 100, 9_900, 10_000, 200)), BackTestLimits()) == ()


@pytest.mark.parametrize(
    ("before", "after", "broken"),
    [
        (10_000, 10_200, ()),
        (10_000, 10_201, ("Discounts grow by 2.0 % (+2.01 EUR); at most 2 % are allowed.",)),
        (10_000, 9_000, ()),
        (0, 0, ()),
        (
            0,
            1,
            ("Discounts grow from nothing (+0.01 EUR); at most 2 % are allowed.",),
        ),
    ],
)
def test_an_increase_of_discounts(before, after, broken):
    found = result(("EUR", before, after, 50_000, 50_000))
    assert verdict_of(found, BackTestLimits(max_discount_increase=Decimal(2))) == broken


def test_a_decrease_of_revenue():
    found = result(("EUR", 0, 0, 10_000, 9_899))
    assert verdict_of(found, BackTestLimits(max_revenue_decrease=Decimal(1))) == (
        "Revenue falls by 1.0 % (-1.01 EUR); at most 1 % are allowed.",
    )
    assert verdict_of(found, BackTestLimits(max_revenue_decrease=Decimal("1.01"))) == ()


def test_every_currency_is_judged_by_itself():
    """What is saved in one currency does not pay for the other."""
    found = result(("EUR", 100_000, 50_000, 1, 1), ("JPY", 100, 110, 1, 1))
    broken = verdict_of(found, BackTestLimits(max_discount_increase=Decimal(2)))
    assert broken == ("Discounts grow by 10.0 % (+10 JPY); at most 2 % are allowed.",)


def test_the_share_of_carts_touched_how_many_there_are_and_whether_it_is_current():
    limits = BackTestLimits(max_touched=Decimal(10), min_carts=100, current=True)
    assert verdict_of(result(), limits) == ()
    assert verdict_of(result(carts=99, touched=10), limits, is_current=False) == (
        "The active rules have changed since the back-test: run it again.",
        "It was tested on 99 carts; at least 100 are asked for.",
        "It touches 10.1 % of all carts; at most 10 % are allowed.",
    )


@pytest.mark.parametrize("percent", ["-1", "NaN", "Infinity"])
def test_a_limit_is_a_percentage(percent):
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"max_touched": percent}, BackTestLimits)
