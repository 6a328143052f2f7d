"""Counting goes on where it was put away, and knows the bar of every change."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contexts.evaluation.carts import Cart, Order
from contexts.evaluation.policies import tally as counting
from contexts.evaluation.policies.results import result_of
from contexts.promotions.messages import ChangedDiscounts, Discount
from shared_kernel.money import Money


def order(number: int, price: int, segments: tuple[str, ...] = ()) -> Order:
    amount = {"amount": f"{price // 100}.{price % 100:02d}", "currency": "EUR"}
    line = {"id": "1", "sku": f"S{number % 3}", "quantity": 1, "unit_price": amount}
    cart = {"currency": "EUR", "lines": [line], "customer": {"segments": segments}}
    return Order(f"o{number}", datetime(2011, 1, 1, tzinfo=UTC), msgspec.convert(cart, Cart))


def off(minor: int, rule: str = "r") -> tuple[Discount, ...]:
    return (Discount("1", Money.of_minor(minor, "EUR"), rule, 1, rule.upper(), "off"),)


CHANGES = st.lists(
    st.tuples(st.integers(100, 9_999), st.integers(0, 99), st.none() | st.integers(0, 99)),
    min_size=1,
    max_size=30,
)


@given(CHANGES, st.integers(0, 30))
def test_put_away_and_gone_on_with_it_is_the_same(changes, where):
    """A run that is interrupted after any cart counts what an uninterrupted one counts."""
    whole, parts = counting.Tally(), counting.Tally()
    for number, (price, before, after) in enumerate(changes):
        if number == where:
            parts = counting.unpacked(counting.packed(parts))
        change = ChangedDiscounts(off(before), None if after is None else off(after))
        for tally in (whole, parts):
            counting.count(tally, order(number, price), change)
    assert result_of(parts) == result_of(whole)
    sums = result_of(whole).currencies[0].sums
    assert sums.revenue_before.minor == sum(it[0] - it[1] for it in changes)
    assert sums.discount_after.minor == sum(it[1] if it[2] is None else it[2] for it in changes)
    assert sum(it.carts for it in result_of(whole).currencies[0].changes) == sums.touched


@pytest.mark.parametrize(
    ("before", "after", "low", "high"),
    [
        (0, 300, -3, -2),
        (0, 301, -5, -3),
        (0, 1, -1, 0),
        (0, 10_000, None, -50),
        (500, 400, 1, 2),
        (10_000, 9_000, 50, None),
        (10_000, 10_000 - 1, 50, None),
    ],
)
def test_each_change_has_its_bar(before, after, low, high):
    """In percent of what the cart pays now; one that pays nothing now stands at the end."""
    tally = counting.Tally()
    counting.count(tally, order(1, 10_000), ChangedDiscounts(off(before), off(after)))
    (bar,) = [it for it in result_of(tally).currencies[0].changes if it.carts]
    assert (bar.low, bar.high) == (low, high)


def test_a_cart_of_several_segments_adds_to_each():
    tally = counting.Tally()
    change = ChangedDiscounts((), off(5))
    counting.count(tally, order(1, 100, ("vip", "new", "vip")), change)
    counting.count(tally, order(2, 100), change)
    found = result_of(tally).currencies[0]
    assert {it.group: it.sums.carts for it in found.segments} == {"vip": 1, "new": 1, "none": 1}


def test_a_discount_that_only_moves_between_rules_touches_nobody():
    """The price is the same: the rules are told, the cart is not."""
    tally = counting.Tally()
    counting.count(tally, order(1, 100), ChangedDiscounts(off(5, "a"), off(5, "b")))
    found = result_of(tally).currencies[0]
    assert found.sums.touched == 0
    assert {it.rule_id: (it.carts_before, it.carts_after) for it in found.rules} == {
        "a": (1, 0),
        "b": (0, 1),
    }


def test_a_table_of_which_several_rows_applied_is_called_by_its_own_name():
    """One sum for all rows under the name of the last would be believed to be that row's."""
    tally = counting.Tally()

    def called(*rows: str) -> str:
        for number, row in enumerate(rows):
            given = (msgspec.structs.replace(off(10)[0], rule=row),)
            counting.count(tally, order(number, 500), ChangedDiscounts(off(5), given))
        return tally.currencies["EUR"].rules["r"].rule

    assert called("Volume, row 2", "Volume, row 2") == "Volume, row 2"
    assert called("Volume, row 3", "Volume, row 2") == "Volume"
    assert called("Many") == "Many"
