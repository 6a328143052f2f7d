"""The algorithms by their laws, checked against exact fractions."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from contexts.calculator.errors import (
    BeyondLastBracket,
    BracketsOutOfOrder,
    ImpossiblePeriod,
    IncompatibleUnits,
    NoRateForDate,
    NumberOutOfBounds,
    UnknownUnit,
)
from contexts.calculator.policies.brackets import (
    Band,
    BandedAmount,
    Tier,
    TieredQuantity,
    price_by_tiers,
    price_by_volume,
    rate_by_bands,
)
from contexts.calculator.policies.compound import (
    Growth,
    StackedPercentages,
    Stacking,
    grow,
    stack_percentages,
)
from contexts.calculator.policies.currency import AmountToConvert, Rate, convert_currency
from contexts.calculator.policies.shares import (
    UsedDays,
    UsedPart,
    prorate_by_amount,
    prorate_by_days,
)
from contexts.calculator.policies.sums import (
    Amounts,
    CashAmount,
    Percentage,
    cash_rounding,
    percentage,
    total_of,
)
from contexts.calculator.policies.units import UNITS, Measure, convert_unit
from shared_kernel.currencies import CURRENCIES
from shared_kernel.money import CurrencyMismatch, Money
from shared_kernel.rounding import Rounding, round_ratio

codes = st.sampled_from(["EUR", "JPY", "KWD", "CLF", "USD"])
minors = st.integers(-(10**12), 10**12)
moneys = st.builds(Money.of_minor, minors, codes)
modes = st.sampled_from(Rounding)
percents = st.decimals(-100, 500, places=4, allow_nan=False)
START = date(2024, 1, 1)
days = st.integers(0, 800)


def exactly(amount: Money) -> Fraction:
    return Fraction(amount.amount)


class TestPercentage:
    @given(moneys, percents, modes)
    def test_share_and_rest_make_the_base(self, base, percent, rounding):
        found = percentage(Percentage(base, percent, rounding))
        assert found.less + found.share == base
        assert found.more - found.share == base
        exact = Fraction(base.minor) * Fraction(percent) / 100
        assert found.share.minor == round_ratio(exact.numerator, exact.denominator, rounding)

    @given(st.lists(minors, max_size=20), codes)
    def test_a_sum_is_exact(self, amounts, code):
        moneys = tuple(Money.of_minor(each, code) for each in amounts)
        assert total_of(Amounts(moneys, code)).total.minor == sum(amounts)

    def test_a_sum_refuses_a_second_currency(self):
        with pytest.raises(CurrencyMismatch):
            total_of(Amounts((Money.of_minor(1, "USD"),), "EUR"))

    @given(moneys, modes)
    def test_cash_and_difference_make_the_amount(self, amount, mode):
        increment = CURRENCIES[amount.currency].quantum * 5
        found = cash_rounding(CashAmount(amount, increment, mode))
        assert found.amount - found.difference == amount
        assert found.amount.minor % 5 == 0


class TestProration:
    @given(moneys, days, days, days, modes)
    def test_used_and_unused_sum_to_the_price(self, amount, before, used, after, rounding):
        assume(before + used + after > 0)
        first = START + timedelta(before)
        last = first + timedelta(used)
        found = prorate_by_days(
            UsedDays(amount, START, last + timedelta(after), first, last, rounding)
        )
        assert found.used + found.unused == amount
        assert found.days_used == used
        assert abs(found.used.minor - Fraction(amount.minor * used, before + used + after)) < 1

    @given(moneys, st.decimals(0, 1000, places=3), st.decimals("0.001", 1000, places=3), modes)
    def test_parts_by_amount_sum_too(self, amount, part, rest, rounding):
        found = prorate_by_amount(UsedPart(amount, part, part + rest, rounding))
        assert found.used + found.unused == amount
        assert abs(found.used.minor - amount.minor * Fraction(part) / Fraction(part + rest)) < 1

    def test_nothing_used_costs_nothing_and_all_costs_all(self):
        price, end = Money.parse("9.99", "EUR"), START + timedelta(30)
        assert not prorate_by_days(UsedDays(price, START, end, START, START)).used
        assert prorate_by_days(UsedDays(price, START, end, START, end)).used == price

    @pytest.mark.parametrize(
        ("period", "used"),
        [
            ((0, 0), (0, 0)),
            ((0, 9), (-1, 3)),
            ((0, 9), (3, 10)),
            ((0, 9), (5, 4)),
            ((9, 0), (0, 9)),
        ],
    )
    def test_days_outside_of_the_period_are_refused(self, period, used):
        dates = [START + timedelta(day) for day in (*period, *used)]
        with pytest.raises(ImpossiblePeriod):
            prorate_by_days(UsedDays(Money.zero("EUR"), *dates))

    @pytest.mark.parametrize(
        ("part", "whole"), [("-1", "3"), ("4", "3"), ("0", "0"), ("NaN", "1"), ("1", "Infinity")]
    )
    def test_a_part_is_within_its_whole(self, part, whole):
        with pytest.raises(NumberOutOfBounds):
            UsedPart(Money.zero("EUR"), Decimal(part), Decimal(whole))


class TestCompound:
    @given(moneys, st.lists(percents, max_size=10), st.sampled_from(Stacking), modes)
    def test_the_steps_sum_to_the_change(self, base, percents, stacking, rounding):
        assume(abs(base.minor) < 10**8)
        found = stack_percentages(StackedPercentages(base, tuple(percents), stacking, rounding))
        assert Money.sum((step.change for step in found.steps), base.currency) == found.change
        assert base + found.change == found.result
        if found.steps:
            assert found.steps[-1].running == found.result

    @given(moneys, st.lists(percents, max_size=6))
    def test_of_the_initial_amount_the_order_does_not_matter(self, base, percents):
        def result(order):
            return stack_percentages(
                StackedPercentages(base, tuple(order), Stacking.INITIAL)
            ).result

        assert result(percents) == result(reversed(percents))

    @given(st.integers(-(10**9), 10**9), st.decimals(-100, 20, places=4), st.integers(0, 60), modes)
    def test_growth_is_rounded_once_from_the_exact_power(self, minor, percent, periods, rounding):
        principal = Money.of_minor(minor, "EUR")
        exact = minor * (1 + Fraction(percent) / 100) ** periods
        assume(abs(exact) < 10**18)
        found = grow(Growth(principal, percent, periods, rounding))
        assert found.result.minor == round_ratio(exact.numerator, exact.denominator, rounding)
        assert principal + found.growth == found.result

    @pytest.mark.parametrize("percent", ["-100.1", "1000.1", "0.000000001", "NaN"])
    def test_a_rate_of_growth_is_bounded(self, percent):
        with pytest.raises(NumberOutOfBounds):
            Growth(Money.zero("EUR"), Decimal(percent), 1)


def rising(bounds):
    return sorted(set(bounds))


bounds = st.lists(st.decimals("0.01", 10**6, places=2), max_size=8).map(rising)
prices = st.decimals(0, 1000, places=4)
quantities = st.decimals(0, 2 * 10**6, places=2)


class TestBrackets:
    @given(quantities, bounds, st.lists(prices, min_size=9, max_size=9))
    def test_the_slices_make_the_quantity(self, quantity, bounds, prices):
        tiers = tuple(
            Tier(price, bound) for price, bound in zip(prices, [*bounds, None], strict=False)
        )
        found = price_by_tiers(TieredQuantity(quantity, "EUR", tiers))
        assert sum(Fraction(each.size) for each in found.slices) == Fraction(quantity)
        exact = sum(
            Fraction(each.size) * Fraction(tiers[each.bracket].unit_price) for each in found.slices
        )
        assert abs(exactly(found.total) - exact) <= Fraction(1, 200)

    @given(quantities, bounds, prices)
    def test_with_one_price_for_all_tiers_and_volume_agree(self, quantity, bounds, price):
        tiers = tuple(Tier(price, bound) for bound in [*bounds, None])
        asked = TieredQuantity(quantity, "EUR", tiers)
        assert price_by_tiers(asked).total == price_by_volume(asked).total

    @given(quantities, quantities, bounds, st.lists(prices, min_size=9, max_size=9))
    def test_more_never_costs_less_in_tiers(self, one, other, bounds, prices):
        tiers = tuple(
            Tier(price, bound) for price, bound in zip(prices, [*bounds, None], strict=False)
        )
        less, more = sorted((one, other))
        assert (
            price_by_tiers(TieredQuantity(less, "EUR", tiers)).total
            <= price_by_tiers(TieredQuantity(more, "EUR", tiers)).total
        )

    def test_a_bound_belongs_to_the_lower_tier(self):
        tiers = (Tier(Decimal(3), Decimal(10)), Tier(Decimal(2)))
        at, above = (
            price_by_volume(TieredQuantity(Decimal(quantity), "EUR", tiers)).total
            for quantity in ("10", "10.5")
        )
        assert (at.amount, above.amount) == (30, 21)

    @given(
        st.integers(0, 10**12),
        bounds,
        st.lists(st.decimals(0, 100, places=2), min_size=9, max_size=9),
    )
    def test_marginal_rates_never_take_more_than_the_highest(self, minor, bounds, percents):
        amount = Money.of_minor(minor, "EUR")
        bands = tuple(
            Band(percent, bound) for percent, bound in zip(percents, [*bounds, None], strict=False)
        )
        total = rate_by_bands(BandedAmount(amount, bands, Rounding.DOWN)).total
        highest = max(band.percent for band in bands)
        assert exactly(total) <= exactly(amount) * Fraction(highest) / 100

    @pytest.mark.parametrize("bounds", [("5", "5"), ("5", "4"), (None, "4"), ("0",), ("-1",)])
    def test_brackets_rise(self, bounds):
        tiers = tuple(Tier(Decimal(1), bound and Decimal(bound)) for bound in bounds)
        with pytest.raises(BracketsOutOfOrder):
            TieredQuantity(Decimal(1), "EUR", tiers)

    def test_above_the_last_closed_bracket_there_is_no_price(self):
        tiers = (Tier(Decimal(1), Decimal(10)),)
        with pytest.raises(BeyondLastBracket):
            price_by_tiers(TieredQuantity(Decimal("10.01"), "EUR", tiers))


FRIDAY = date(2024, 3, 1)
rates = st.decimals("0.0001", 10_000, places=6)


class TestCurrency:
    @given(moneys, codes, rates, rates, modes)
    def test_direct_inverse_and_cross_are_each_rounded_once(
        self, amount, into, first, second, mode
    ):
        source = amount.currency
        assume(source != into)
        assume(abs(amount.minor) < 10**6)
        ways = {
            Fraction(first): (Rate(source, into, first, FRIDAY),),
            1 / Fraction(first): (Rate(into, source, first, FRIDAY),),
            Fraction(second) / Fraction(first): (
                Rate("CHF", source, first, FRIDAY),
                Rate("CHF", into, second, FRIDAY),
            ),
        }
        for factor, given_rates in ways.items():
            found = convert_currency(AmountToConvert(amount, into, FRIDAY, given_rates, 7, mode))
            exact = Fraction(amount.amount) * factor * 10 ** CURRENCIES[into].digits
            assert found.amount.minor == round_ratio(exact.numerator, exact.denominator, mode)
            assert found.amount.currency == into
            assert set(found.rates) == set(given_rates)

    def test_the_newest_rate_not_after_the_day_counts(self):
        fixed = tuple(
            Rate("EUR", "USD", Decimal(rate), FRIDAY + timedelta(day))
            for rate, day in (("1.1", -3), ("1.2", 0), ("1.3", 3))
        )
        one = Money.parse("1.00", "EUR")
        for day, expected in ((-3, "1.10"), (-1, "1.10"), (0, "1.20"), (2, "1.20"), (3, "1.30")):
            asked = AmountToConvert(one, "USD", FRIDAY + timedelta(day), fixed)
            assert convert_currency(asked).amount == Money.parse(expected, "USD")

    def test_a_direct_rate_goes_before_a_newer_cross(self):
        given_rates = (
            Rate("EUR", "USD", Decimal("1.1"), FRIDAY - timedelta(1)),
            Rate("CHF", "EUR", Decimal(1), FRIDAY),
            Rate("CHF", "USD", Decimal(2), FRIDAY),
        )
        asked = AmountToConvert(Money.parse("1", "EUR"), "USD", FRIDAY, given_rates)
        assert convert_currency(asked).amount == Money.parse("1.10", "USD")

    @pytest.mark.parametrize("day", [-8, 1])
    def test_a_stale_or_future_rate_is_none(self, day):
        fixed = (Rate("EUR", "USD", Decimal("1.1"), FRIDAY + timedelta(day)),)
        with pytest.raises(NoRateForDate, match="from EUR to USD"):
            convert_currency(AmountToConvert(Money.parse("1", "EUR"), "USD", FRIDAY, fixed))

    @pytest.mark.parametrize("rate", ["0", "-1", "NaN", "1E-19"])
    def test_a_rate_is_positive(self, rate):
        with pytest.raises(NumberOutOfBounds):
            Rate("EUR", "USD", Decimal(rate), FRIDAY)


units = st.sampled_from(sorted(UNITS))


class TestUnits:
    @given(st.decimals(-(10**6), 10**6, places=3), units, units)
    def test_there_and_back_is_where_it_began(self, value, unit, into):
        assume(UNITS[unit][0] == UNITS[into][0])
        there = convert_unit(Measure(value, unit, into, 18))
        factor = Fraction(int(there.numerator), int(there.denominator))
        assert abs(Fraction(there.value) - Fraction(value) * factor) <= Fraction(1, 2 * 10**18)
        assert there.exact == (Fraction(there.value) == Fraction(value) * factor)
        if there.exact and abs(Fraction(there.value)) < 10**18:
            back = convert_unit(Measure(Decimal(there.value), into, unit, 3))
            assert Fraction(back.value) == Fraction(value)

    @pytest.mark.parametrize(
        ("value", "unit", "into", "expected"),
        [
            ("1", "mi", "m", "1609.344"),
            ("1", "oz", "g", "28.349523"),
            ("1", "acre", "m2", "4046.856422"),
            ("1", "us_fl_oz", "ml", "29.573530"),
            ("1", "imp_pt", "ml", "568.26125"),
            ("1", "ozt", "g", "31.103477"),
            ("1", "ft3", "l", "28.316847"),
            ("90", "min", "h", "1.5"),
        ],
    )
    def test_known_measures(self, value, unit, into, expected):
        """As printed in NIST Handbook 44, appendix C."""
        assert Decimal(convert_unit(Measure(Decimal(value), unit, into)).value) == Decimal(expected)

    def test_only_units_of_one_kind_convert(self):
        with pytest.raises(IncompatibleUnits, match="kg measures mass and m measures length"):
            convert_unit(Measure(Decimal(1), "kg", "m"))
        with pytest.raises(UnknownUnit, match="'stone'"):
            convert_unit(Measure(Decimal(1), "stone", "kg"))
