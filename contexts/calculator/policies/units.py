"""
Unit conversion by exact rational factors.

Sources: the SI brochure (9th edition) for metric units; the international yard and pound agreement of 1959 (1 yd =
0.9144 m, 1 lb = 0.45359237 kg exactly) and NIST Handbook 44, appendix C, for customary ones; the Weights and
Measures Act 1985 for the imperial gallon (4.54609 l).
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Annotated

import msgspec

from contexts.calculator.errors import IncompatibleUnits, UnknownUnit
from contexts.calculator.policies.numbers import DecimalText, Input, Output, bounded, plain
from contexts.calculator.policies.registry import published
from shared_kernel.rounding import EXACT, Rounding, round_ratio

_INCH = Fraction("0.0254")
_FOOT = 12 * _INCH
_POUND = Fraction("0.45359237")
_US_GALLON = 231 * _INCH**3 * 1000
_IMPERIAL_GALLON = Fraction("4.54609")

# kind of measure: how many of its first unit each is
_KINDS: dict[str, dict[str, Fraction]] = {
    "mass": {
        "kg": Fraction(1),
        "g": Fraction(1, 10**3),
        "mg": Fraction(1, 10**6),
        "t": Fraction(1000),
        "lb": _POUND,
        "oz": _POUND / 16,
        "st": _POUND * 14,
        "ozt": Fraction("0.0311034768"),
        "short_ton": _POUND * 2000,
        "long_ton": _POUND * 2240,
    },
    "length": {
        "m": Fraction(1),
        "mm": Fraction(1, 1000),
        "cm": Fraction(1, 100),
        "km": Fraction(1000),
        "in": _INCH,
        "ft": _FOOT,
        "yd": 3 * _FOOT,
        "mi": 5280 * _FOOT,
    },
    "area": {
        "m2": Fraction(1),
        "cm2": Fraction(1, 10**4),
        "ha": Fraction(10**4),
        "km2": Fraction(10**6),
        "in2": _INCH**2,
        "ft2": _FOOT**2,
        "yd2": (3 * _FOOT) ** 2,
        "acre": 43560 * _FOOT**2,
    },
    "volume": {
        "l": Fraction(1),
        "ml": Fraction(1, 1000),
        "cl": Fraction(1, 100),
        "hl": Fraction(100),
        "cm3": Fraction(1, 1000),
        "m3": Fraction(1000),
        "us_gal": _US_GALLON,
        "us_qt": _US_GALLON / 4,
        "us_pt": _US_GALLON / 8,
        "us_fl_oz": _US_GALLON / 128,
        "imp_gal": _IMPERIAL_GALLON,
        "imp_pt": _IMPERIAL_GALLON / 8,
        "imp_fl_oz": _IMPERIAL_GALLON / 160,
        "ft3": _FOOT**3 * 1000,
        "in3": _INCH**3 * 1000,
    },
    "count": {
        "piece": Fraction(1),
        "pair": Fraction(2),
        "dozen": Fraction(12),
        "gross": Fraction(144),
    },
    "time": {
        "s": Fraction(1),
        "min": Fraction(60),
        "h": Fraction(3600),
        "d": Fraction(86400),
        "week": Fraction(604800),
    },
}
UNITS = {unit: (kind, factor) for kind, units in _KINDS.items() for unit, factor in units.items()}


class Measure(Input, frozen=True):
    value: Decimal
    unit: Annotated[str, msgspec.Meta(max_length=20)]
    into: Annotated[str, msgspec.Meta(max_length=20)]
    places: Annotated[int, msgspec.Meta(ge=0, le=18)] = 6
    """Fraction digits of the result."""
    rounding: Rounding = Rounding.HALF_EVEN

    def __post_init__(self) -> None:
        bounded("value", self.value)


class ConvertedMeasure(Output, frozen=True):
    value: DecimalText
    unit: str
    numerator: str
    denominator: str
    """The exact factor is numerator / denominator, in lowest terms; text, as it may pass 2**53."""
    exact: bool
    """Whether nothing was rounded away."""


@published("conversion.unit", 1)
def convert_unit(asked: Measure) -> ConvertedMeasure:
    """Convert a measure between units of one kind, by the exact ratio of their definitions, rounded once."""
    source_kind, source = _unit(asked.unit)
    target_kind, target = _unit(asked.into)
    if source_kind != target_kind:
        raise IncompatibleUnits(
            source=asked.unit, source_kind=source_kind, target=asked.into, target_kind=target_kind
        )
    factor = source / target
    exact = Fraction(asked.value) * factor * 10**asked.places
    steps = round_ratio(exact.numerator, exact.denominator, asked.rounding)
    return ConvertedMeasure(
        value=plain(EXACT.scaleb(Decimal(steps), -asked.places)),
        unit=asked.into,
        numerator=str(factor.numerator),
        denominator=str(factor.denominator),
        exact=exact == steps,
    )


def _unit(name: str) -> tuple[str, Fraction]:
    try:
        return UNITS[name]
    except KeyError:
        raise UnknownUnit(unit=repr(name), known=", ".join(UNITS)) from None
