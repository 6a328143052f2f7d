"""
How many digits an exact result may have, before its point and behind it, counted without any facts.

A decimal that is a fact is taken to have at most 20 digits before its point and 10 behind it; proofs are about such
facts. What this cannot do: see that a computation never meets its longest parts.
"""

from decimal import Decimal
from typing import Final

from .constants import Unknown, constant
from .limits import MAX_DECIMAL_DIGITS
from .nodes import Binary, Call, Conditional, Macro, Node, Unary

_INT: Final = (19, 0)
_FACT: Final = (20, 10)
_OF_MANY: Final = 5  # digits that the sum of a list has more than its items

Digits = tuple[int, int]


def may_be_too_long(node: Node) -> bool:
    """Say whether a computed number may have more digits than any decimal; then it is an error."""
    return sum(digits_of(node)) > MAX_DECIMAL_DIGITS


def digits_of(node: Node) -> Digits:  # noqa: PLR0911 - one case for each kind of node
    """Return how many digits a number may have before its point and behind it."""
    if node.typed.name == "int":
        return _INT
    try:
        return _of_constant(constant(node))
    except Unknown:
        pass
    match node:
        case Binary(operator="*", left=left, right=right):
            (one, part), (other, more) = digits_of(left), digits_of(right)
            return one + other, part + more
        case Binary(operator="+" | "-", left=left, right=right):
            before, behind = _longest(left, right)
            return before + 1, behind
        case Unary(operator="-", operand=operand):
            return digits_of(operand)
        case Conditional(then=then, otherwise=otherwise):
            return _longest(then, otherwise)
        case Call(function="min" | "max" | "abs" | "decimal", operands=operands) if operands:
            return _longest(*operands)
        case Call(function="sum", operands=(Macro(macro="map") as each,)):
            before, behind = digits_of(each.body if each.result is None else each.result)
            return before + _OF_MANY, behind
    return _FACT


def _longest(*nodes: Node) -> Digits:
    found = [digits_of(it) for it in nodes]
    return max(before for before, _ in found), max(behind for _, behind in found)


def _of_constant(known: object) -> Digits:
    if not isinstance(known, Decimal):
        return _FACT
    exponent = known.as_tuple().exponent
    return max(known.adjusted() + 1, 1), max(-exponent, 0) if isinstance(exponent, int) else 0
