"""Allocation gives away exactly what there is, in proportion, and always in the same way."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_kernel.allocation import NotAllocable, allocate

totals = st.integers(min_value=-(10**18), max_value=10**18)
whole_weights = st.lists(st.integers(min_value=0, max_value=10**12), min_size=1, max_size=40)
decimal_weights = st.lists(
    st.decimals(min_value=0, max_value=10**9, places=6, allow_nan=False), min_size=1, max_size=20
)
weights = whole_weights | decimal_weights


@given(totals, weights)
def test_the_parts_sum_to_the_whole(total, weights):
    parts = allocate(total, weights)
    assert sum(parts) == total
    assert len(parts) == len(weights)


@given(totals, weights)
def test_each_part_is_its_exact_share_rounded_to_a_neighbour(total, weights):
    everything = sum(map(Fraction, weights))
    for part, weight in zip(allocate(total, weights), weights, strict=True):
        share = Fraction(weight) / everything if everything else Fraction(1, len(weights))
        assert abs(part - total * share) < 1


@given(totals, weights)
def test_a_negative_total_is_the_mirror_image(total, weights):
    assert allocate(-total, weights) == tuple(-part for part in allocate(total, weights))


@given(totals, weights)
def test_a_weight_of_zero_gets_nothing_unless_all_are_zero(total, weights):
    parts = allocate(total, weights)
    if any(weights):
        assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if not weight)


@given(totals, whole_weights, st.integers(min_value=1, max_value=10**6))
def test_only_proportions_count(total, weights, factor):
    parts = allocate(total, weights)
    assert allocate(total, [weight * factor for weight in weights]) == parts
    assert allocate(total, [Decimal(weight).scaleb(-6) for weight in weights]) == parts


@given(st.integers(min_value=0, max_value=10**6), weights)
def test_a_greater_weight_never_gets_less(total, weights):
    pairs = sorted(zip(weights, allocate(total, weights), strict=True))
    assert [part for _, part in pairs] == sorted(part for _, part in pairs)


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        (100, (1, 1, 1), (34, 33, 33)),
        (-100, (1, 1, 1), (-34, -33, -33)),
        (5, (3, 7), (2, 3)),  # 1.5 and 3.5: equal remainders, the first is served
        (2, (1, 1, 1, 1), (1, 1, 0, 0)),
        (7, (0, 0), (4, 3)),
        (0, (1, 2), (0, 0)),
        (1000, (Decimal("33.3"), Decimal("66.7")), (333, 667)),
        (10, (47000, 16000, 15800, 12000, 6100, 3100), (5, 2, 1, 1, 1, 0)),
    ],
)
def test_known_divisions(total, weights, parts):
    """The last row is the textbook example of Hamilton's method."""
    assert allocate(total, weights) == parts


@pytest.mark.parametrize(
    "weights",
    [
        (),
        (-1, 2),
        (Decimal("NaN"),),
        (Decimal("Infinity"),),
        (Decimal("1E-41"),),
        (Decimal("1E+40"),),
        (0.5,),
        ("1",),
    ],
)
def test_impossible_weights_are_refused(weights):
    with pytest.raises(NotAllocable):
        allocate(100, weights)
