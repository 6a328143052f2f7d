"""Rounding gives the exact result, rounded once, whatever the thread's own decimal context says."""

import decimal
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_kernel.rounding import EXACT, NotRoundable, Rounding, divide, round_ratio, round_to

values = st.decimals(min_value=-(10**18), max_value=10**18, places=8, allow_nan=False)
quanta = st.sampled_from(
    [Decimal(q) for q in ("0.01", "1", "0.05", "0.25", "0.0001", "1E+2", "7", "0.3")]
)
modes = st.sampled_from(Rounding)

# the columns of the General Decimal Arithmetic Specification, on whole numbers
TABLE = {
    "2.5": {
        "half_up": 3,
        "half_even": 2,
        "half_down": 2,
        "up": 3,
        "down": 2,
        "ceiling": 3,
        "floor": 2,
    },
    "3.5": {
        "half_up": 4,
        "half_even": 4,
        "half_down": 3,
        "up": 4,
        "down": 3,
        "ceiling": 4,
        "floor": 3,
    },
    "-2.5": {
        "half_up": -3,
        "half_even": -2,
        "half_down": -2,
        "up": -3,
        "down": -2,
        "ceiling": -2,
        "floor": -3,
    },
    "2.4": {
        "half_up": 2,
        "half_even": 2,
        "half_down": 2,
        "up": 3,
        "down": 2,
        "ceiling": 3,
        "floor": 2,
    },
    "-2.6": {
        "half_up": -3,
        "half_even": -3,
        "half_down": -3,
        "up": -3,
        "down": -2,
        "ceiling": -2,
        "floor": -3,
    },
    "4": dict.fromkeys(Rounding, 4),
}


@pytest.mark.parametrize(
    ("value", "mode", "expected"),
    [(value, mode, expected) for value, row in TABLE.items() for mode, expected in row.items()],
)
def test_every_mode_follows_the_published_table(value, mode, expected):
    mode = Rounding(mode)
    assert round_to(Decimal(value), Decimal(1), mode) == expected
    assert round_to(Decimal(value) * 3, Decimal(3), mode) == expected * 3
    assert round_ratio(*Decimal(value).as_integer_ratio(), mode) == expected


@given(values, quanta, modes)
def test_the_result_is_a_multiple_of_the_quantum_less_than_one_quantum_away(value, quantum, mode):
    rounded = round_to(value, quantum, mode)
    assert (Fraction(rounded) / Fraction(quantum)).denominator == 1
    distance = abs(Fraction(rounded) - Fraction(value))
    assert distance < Fraction(quantum)
    if mode.name.startswith("HALF"):
        assert distance <= Fraction(quantum) / 2


@given(values, quanta, modes)
def test_what_is_already_a_multiple_stays(value, quantum, mode):
    rounded = round_to(value, quantum, mode)
    assert round_to(rounded, quantum, mode) == rounded


@given(values, quanta)
def test_directed_modes_point_where_they_say(value, quantum):
    down, up = round_to(value, quantum, Rounding.DOWN), round_to(value, quantum, Rounding.UP)
    floor, ceiling = (
        round_to(value, quantum, Rounding.FLOOR),
        round_to(value, quantum, Rounding.CEILING),
    )
    assert floor <= value <= ceiling
    assert abs(down) <= abs(value) <= abs(up)
    assert {floor, ceiling} == {down, up}


@given(values, values.filter(bool), quanta, modes)
def test_a_quotient_is_rounded_once_from_its_exact_value(dividend, divisor, quantum, mode):
    exact = Fraction(dividend) / Fraction(divisor) / Fraction(quantum)
    steps = round_ratio(exact.numerator, exact.denominator, mode)
    assert Fraction(divide(dividend, divisor, quantum, mode)) == steps * Fraction(quantum)


@given(values, quanta, modes)
def test_the_ambient_context_is_neither_read_nor_changed(value, quantum, mode):
    expected = round_to(value, quantum, mode)
    with decimal.localcontext(
        decimal.Context(prec=1, rounding=decimal.ROUND_UP, traps=[decimal.Inexact])
    ) as ambient:
        assert round_to(value, quantum, mode).compare_total(expected) == 0
        assert not any(ambient.flags.values())


def test_an_already_rounded_quotient_would_round_differently():
    """0.145 / 1.0000001 is just under 0.145: rounding to three digits first would give 0.15."""
    assert divide(Decimal("0.145"), Decimal("1.0000001"), Decimal("0.01")) == Decimal("0.14")


def test_the_result_is_never_a_negative_zero():
    assert str(round_to(Decimal("-0.001"), Decimal("0.01"))) == "0.00"
    assert str(round_to(Decimal("-0.001"), Decimal("0.05"))) == "0.00"


def test_hundreds_are_written_without_an_exponent():
    assert str(round_to(Decimal(1250), Decimal("1E+2"))) == "1300"


@pytest.mark.parametrize("value", ["NaN", "sNaN", "Infinity", "-Infinity", "1E+101", "1E+999999"])
def test_what_is_no_bounded_number_is_refused(value):
    for quantum in (Decimal("0.01"), Decimal("0.05")):
        with pytest.raises(NotRoundable):
            round_to(Decimal(value), quantum)
    with pytest.raises(NotRoundable):
        divide(Decimal(value), Decimal(3), Decimal("0.01"))


@pytest.mark.parametrize("quantum", ["0", "-0.01", "NaN", "Infinity", "1E-101", "1E+101"])
def test_a_quantum_is_positive_and_bounded(quantum):
    with pytest.raises(NotRoundable):
        round_to(Decimal(1), Decimal(quantum))


def test_division_by_zero_is_refused_with_a_sentence():
    with pytest.raises(NotRoundable, match="divisor"):
        divide(Decimal(1), Decimal(0), Decimal(1))
    with pytest.raises(NotRoundable, match="denominator"):
        round_ratio(1, 0)


def test_exact_arithmetic_raises_rather_than_rounds():
    with pytest.raises(decimal.Inexact):
        EXACT.divide(Decimal(1), Decimal(3))
