"""Money is exact, of one currency, and the same after any journey through JSON."""

import decimal
from decimal import Decimal
from fractions import Fraction

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_kernel.currencies import CURRENCIES, UnknownCurrency, currency_of
from shared_kernel.money import (
    MAX_MINOR,
    AmountOutOfBounds,
    CurrencyMismatch,
    Money,
    NotAnAmount,
    TooPrecise,
)
from shared_kernel.rounding import Rounding

codes = st.sampled_from(sorted(CURRENCIES))
minors = st.integers(min_value=-MAX_MINOR, max_value=MAX_MINOR)
halves = st.integers(min_value=-MAX_MINOR // 2, max_value=MAX_MINOR // 2)
moneys = st.builds(Money.of_minor, minors, codes)


def eur(text):
    return Money.parse(text, "EUR")


class TestJourneys:
    @given(moneys)
    def test_json_gives_back_the_same_money(self, money):
        text = msgspec.json.encode(money)
        assert msgspec.json.decode(text, type=Money) == money
        assert msgspec.json.decode(text) == {
            "amount": f"{money.amount:f}",
            "currency": money.currency,
        }

    @given(minors, codes)
    def test_minor_units_text_and_decimal_agree(self, minor, code):
        money = Money.of_minor(minor, code)
        assert money.minor == minor
        assert Money.parse(f"{money.amount:f}", code) == Money(money.amount, code) == money
        assert hash(Money.parse(f"{money.amount:f}", code)) == hash(money)
        assert -int(money.amount.as_tuple().exponent) == CURRENCIES[code].digits

    def test_json_looks_like_this(self):
        assert msgspec.json.encode(eur("12.3")) == b'{"amount":"12.30","currency":"EUR"}'
        assert str(Money.parse("-5", "JPY")) == "-5 JPY"
        assert str(Money.parse("-0", "KWD")) == "0.000 KWD"

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ('{"amount":"12.345","currency":"EUR"}', "2 fraction digits"),
            ('{"amount":"1.5","currency":"JPY"}', "0 fraction digits"),
            ('{"amount":"NaN","currency":"EUR"}', "not an amount"),
            ('{"amount":"-Infinity","currency":"EUR"}', "not an amount"),
            ('{"amount":"1E+999999999","currency":"EUR"}', "10\\*\\*18"),
            ('{"amount":"10000000000000000.01","currency":"EUR"}', "10\\*\\*18"),
            ('{"amount":"1","currency":"EUr"}', "did you mean EUR"),
        ],
    )
    def test_a_message_with_impossible_money_does_not_decode(self, text, said):
        with pytest.raises(msgspec.ValidationError, match=said):
            msgspec.json.decode(text, type=Money)


class TestRefusals:
    @pytest.mark.parametrize(
        "value", ["", "1,5", "1e3", " 1", "1_000", "+1", ".5", "5.", "NaN", "\u0661", "9" * 99]
    )
    def test_text_is_plain_ascii_digits(self, value):
        with pytest.raises(NotAnAmount):
            Money.parse(value, "EUR")

    @pytest.mark.parametrize(
        "value", [0.1, 12, None, True, "12", Decimal("NaN"), Decimal("Infinity")]
    )
    def test_only_a_finite_decimal_is_an_amount(self, value):
        """An int could mean cents or euros, a float is not the number it looks like."""
        with pytest.raises(NotAnAmount):
            Money(value, "EUR")

    @pytest.mark.parametrize("minor", [0.5, "1", Decimal(1)])
    def test_minor_units_are_whole(self, minor):
        with pytest.raises(NotAnAmount):
            Money.of_minor(minor, "EUR")

    def test_extra_digits_need_a_rounding_mode(self):
        with pytest.raises(TooPrecise):
            eur("0.005")
        assert Money.parse("0.005", "EUR", Rounding.HALF_UP) == eur("0.01")
        assert Money.parse(Decimal("0.005"), "EUR", Rounding.HALF_EVEN) == eur("0.00")

    @pytest.mark.parametrize("minor", [MAX_MINOR + 1, -MAX_MINOR - 1, 10**60])
    def test_more_than_a_bigint_holds_is_refused(self, minor):
        with pytest.raises(AmountOutOfBounds):
            Money.of_minor(minor, "EUR")

    def test_sums_and_products_are_bounded_too(self):
        most = Money.of_minor(MAX_MINOR, "EUR")
        for overflow in (
            lambda: most + most,
            lambda: -most - most,
            lambda: most * 2,
            lambda: most * 10**5000,
        ):
            with pytest.raises(AmountOutOfBounds):
                overflow()
        with pytest.raises(NotAnAmount):
            Money(10**5000, "EUR")
        with pytest.raises(AmountOutOfBounds):
            most.times(Decimal("1E+99"), Rounding.DOWN)
        with pytest.raises(AmountOutOfBounds):
            Money.sum([most, most], "EUR")

    def test_a_sum_may_pass_the_bound_on_its_way(self):
        most = Money.of_minor(MAX_MINOR, "EUR")
        assert Money.sum([most, most, -most], "EUR") == most

    def test_two_currencies_never_mix(self):
        euros, yen = eur("1.00"), Money.parse("1", "JPY")
        for mix in (
            lambda: euros + yen,
            lambda: euros - yen,
            lambda: euros < yen,
            lambda: euros >= yen,
            lambda: max(euros, yen),
            lambda: Money.sum([euros, yen], "EUR"),
        ):
            with pytest.raises(CurrencyMismatch, match="JPY"):
                mix()
        assert Money.zero("EUR") != Money.zero("USD")

    def test_money_mixes_with_nothing_else(self):
        for mix in (
            lambda: eur("1") + 1,
            lambda: 1 - eur("1"),
            lambda: eur("1") * 0.5,
            lambda: eur("1") < 1,
        ):
            with pytest.raises(TypeError):
                mix()
        with pytest.raises(TypeError):
            eur("1") * eur("1")
        for factor in (0.5, Decimal("NaN"), "2"):
            with pytest.raises(NotAnAmount):
                eur("1").times(factor, Rounding.UP)


class TestArithmetic:
    @given(halves, halves, codes)
    def test_it_is_the_arithmetic_of_whole_minor_units(self, a, b, code):
        left, right = Money.of_minor(a, code), Money.of_minor(b, code)
        assert (left + right).minor == a + b
        assert (left - right).minor == a - b
        assert (-left).minor == -a
        assert abs(left).minor == abs(a)
        assert bool(left) == bool(a)
        assert (left < right, left <= right, left == right) == (a < b, a <= b, a == b)
        assert (left > right, left >= right) == (a > b, a >= b)

    @given(st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9), codes)
    def test_a_whole_multiple_is_exact(self, minor, count, code):
        money = Money.of_minor(minor, code)
        assert (money * count).minor == (count * money).minor == minor * count
        assert money.times(count, Rounding.UP) == money * count

    @given(
        st.integers(-(10**12), 10**12),
        st.decimals(min_value=-1000, max_value=1000, places=9, allow_nan=False),
        codes,
        st.sampled_from(Rounding),
    )
    def test_a_product_with_a_rate_is_rounded_once(self, minor, rate, code, mode):
        product = Money.of_minor(minor, code).times(rate, mode)
        assert abs(product.minor - minor * Fraction(rate)) < 1

    @given(st.lists(minors, max_size=10), codes)
    def test_the_order_of_a_sum_does_not_matter(self, amounts, code):
        moneys = [Money.of_minor(each, code) for each in amounts]
        if abs(sum(amounts)) <= MAX_MINOR:
            assert Money.sum(moneys, code) == Money.sum(reversed(moneys), code)
            assert Money.sum(moneys, code).minor == sum(amounts)

    @given(moneys, st.lists(st.integers(0, 10**6), min_size=1, max_size=12))
    def test_shares_sum_to_the_whole(self, money, weights):
        assert Money.sum(money.allocate(weights), money.currency) == money

    @given(moneys)
    def test_the_ambient_context_does_not_matter(self, money):
        with decimal.localcontext(decimal.Context(prec=2)):
            assert Money.of_minor(money.minor, money.currency) == money
            assert money + Money.zero(money.currency) == money
            assert abs(-money) == abs(money)
            assert money.times(Decimal("1.0"), Rounding.UP) == money

    def test_cash_is_rounded_to_coins_that_exist(self):
        assert Money.parse("12.33", "CHF").rounded(
            Decimal("0.05"), Rounding.HALF_UP
        ) == Money.parse("12.35", "CHF")


class TestCurrencies:
    @pytest.mark.parametrize(
        ("code", "digits"),
        [("EUR", 2), ("JPY", 0), ("KWD", 3), ("CLF", 4), ("ISK", 0), ("UYW", 4), ("TND", 3)],
    )
    def test_minor_units_are_those_of_the_standard(self, code, digits):
        assert currency_of(code).digits == digits

    def test_every_row_is_well_formed_and_unique(self):
        assert len(CURRENCIES) > 160
        numbers = [currency.number for currency in CURRENCIES.values() if not currency.withdrawn]
        assert len(set(numbers)) == len(numbers)
        for code, currency in CURRENCIES.items():
            assert code == currency.code
            assert len(code) == 3
            assert code.isupper()
            assert len(currency.number) == 3
            assert currency.digits in {0, 2, 3, 4}

    @pytest.mark.parametrize(
        ("code", "meant"),
        [("eur", "EUR"), ("EURO", "EUR"), ("CFH", "CHF"), ("japanese yen", "JPY"), ("UDS", "USD")],
    )
    def test_an_unknown_code_is_answered_with_the_likely_one(self, code, meant):
        with pytest.raises(UnknownCurrency, match=f"did you mean {meant}"):
            currency_of(code)

    @pytest.mark.parametrize("code", ["", "XAU", "XXX", "\U0001f4b6", None, [], "Z" * 10_000])
    def test_what_is_no_currency_is_refused(self, code):
        with pytest.raises(UnknownCurrency):
            currency_of(code)
        with pytest.raises(UnknownCurrency):
            Money(Decimal(1), code)
        with pytest.raises(UnknownCurrency):
            Money.zero("XAU")
