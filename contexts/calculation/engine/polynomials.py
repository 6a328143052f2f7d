"""
How large a product becomes once it is multiplied out, which a solver may do before it looks at its time limit.

What this cannot do: see that parts cancel out; it counts them as written.
"""

from typing import Final, NamedTuple

from .constants import Unknown, constant
from .errors import EvaluationError
from .nodes import Binary, Node, Unary

_MOST_FACTORS: Final = 4
_MOST_PRODUCTS: Final = 500


class Polynomial(NamedTuple):
    """A sum of so many products, of at most so many facts each."""

    products: int
    factors: int

    @property
    def is_large(self) -> bool:
        return self.factors > _MOST_FACTORS or self.products > _MOST_PRODUCTS


def polynomial(node: Node) -> Polynomial:
    """Return what a number's sums and products come to; everything else counts as one fact."""
    match node:
        case Unary(operator="-", operand=operand):
            return polynomial(operand)
        case Binary(operator="+" | "-" | "*" as operator, left=left, right=right):
            one, other = polynomial(left), polynomial(right)
            if operator == "*":
                return Polynomial(one.products * other.products, one.factors + other.factors)
            return Polynomial(one.products + other.products, max(one.factors, other.factors))
    try:
        constant(node)
    except (Unknown, EvaluationError):
        return Polynomial(1, 1)
    return Polynomial(1, 0)
