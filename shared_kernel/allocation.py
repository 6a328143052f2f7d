"""
Allocation: dividing a whole number of units (cents, points, pieces) so that the parts sum to the whole.

The method of largest remainder (Hamilton, also Hare-Niemeyer): each part first gets the integer below its exact
share, total x weight / sum of weights; the units left over go one each to the largest remainders.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from http import HTTPStatus

from shared_kernel.errors import DomainError

MAX_WEIGHT_DIGITS = 40
"""How many places a decimal weight may have on either side of the point."""


class NotAllocable(DomainError, ValueError):
    """The amount cannot be divided by these weights."""

    code = "kernel.not-allocable"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    sentence = "{total} cannot be allocated: {reason}."


def allocate(total: int, weights: Sequence[int | Decimal]) -> tuple[int, ...]:
    """
    Divide `total` units in proportion to `weights`, one part per weight, in their order.

    - The parts sum to the total, and each is its exact share rounded down or up by less than one unit.
    - Equal remainders are served from the first to the last, so the same input gives the same parts.
    - A negative total gives the mirror image: allocate(-t, w) is allocate(t, w) with every sign turned.
    - A weight of zero gets nothing. When all are zero they count as equal, so that a fee on free goods
      still lands somewhere.
    - Time is O(n log n), and integers of any size are exact.

    Raises:
        NotAllocable: there is no weight, or one is negative, not a finite number or beyond
            `MAX_WEIGHT_DIGITS`; floats are refused, as they are not the numbers they look like.

    """
    whole_weights = _as_integers(total, weights)
    if not any(whole_weights):
        whole_weights = [1] * len(whole_weights)
    divisor = sum(whole_weights)
    size = abs(total)
    parts = []
    remainders = []
    for weight in whole_weights:
        part, remainder = divmod(size * weight, divisor)
        parts.append(part)
        remainders.append(remainder)
    left_over = size - sum(parts)
    if left_over:
        # sorted() is stable, so equal remainders keep their order: that is the tie-break
        by_remainder = sorted(range(len(parts)), key=remainders.__getitem__, reverse=True)
        for index in by_remainder[:left_over]:
            parts[index] += 1
    return tuple(-part for part in parts) if total < 0 else tuple(parts)


def _as_integers(total: int, weights: Sequence[int | Decimal]) -> list[int]:
    """The weights scaled by one power of ten until all are integers, which keeps proportions."""
    if not weights:
        raise NotAllocable(total=total, reason="give at least one weight")
    places = 0
    for weight in weights:
        places = max(places, _places(total, weight))
        if weight < 0:
            raise NotAllocable(total=total, reason=f"the weight {weight} is negative")
    if not places:
        return [int(weight) for weight in weights]
    scale = 10**places
    return [_scaled(weight, scale) for weight in weights]


def _places(total: int, weight: object) -> int:
    """How many fraction digits a weight has, once it is known to be a bounded number."""
    if isinstance(weight, int):
        return 0
    if not isinstance(weight, Decimal):
        reason = f"weights are integers or Decimals, not {type(weight).__name__}"
        raise NotAllocable(total=total, reason=reason)
    if not weight.is_finite():
        raise NotAllocable(total=total, reason=f"the weight {weight} is not a finite number")
    exponent = int(weight.as_tuple().exponent)
    if exponent < -MAX_WEIGHT_DIGITS or (weight and weight.adjusted() >= MAX_WEIGHT_DIGITS):
        reason = f"the weight {weight} has over {MAX_WEIGHT_DIGITS} places on one side of the point"
        raise NotAllocable(total=total, reason=reason)
    return max(0, -exponent)


def _scaled(weight: int | Decimal, scale: int) -> int:
    numerator, denominator = weight.as_integer_ratio()
    return numerator * (scale // denominator)
