"""
A claim about figures, written so that it demands something to spare: how much more, or less, may be taken off a price.

Each comparison in which the discount stands is solved for it: `outcome.discount * 100 <= outcome.start * 65`, `outcome.paid
>= outcome.start * 0.35` and `outcome.discount / 2 <= outcome.start * 0.325` all say `outcome.discount <= outcome.start * 0.65`, and so
have the same to spare, however they are spelled. What does not depend on the discount, the price before among it, is a
fact and stands as it is, and so does `==`: there is no nearly. What this cannot do: solve what is not linear in the discount
with constants (a product of it with a fact, a function of it, a choice between two amounts), or a claim in which something
else depends on how it compares (`(outcome.discount <= 5) == true`): these are refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import lcm
from typing import Final

from .canonical import canonical
from .nodes import Binary, Conditional, Field, Literal, Logical, Name, Node, Unary, children

_START: Final = "outcome.start"
_DISCOUNT: Final = "outcome.discount"
_PAID: Final = "outcome.paid"
_NUMBER: Final = ""  # what stands alone in a sum
_OPPOSITE: Final = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_MIRRORED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_Sum = Mapping[str, Fraction]  # so many times each of these texts


class UnclearError(Exception):
    """Something in a claim depends on the discount, and how near it comes cannot be told."""


def with_to_spare(claim: Node, share: Fraction) -> str | None:
    """
    Return the claim with a share of the price before to spare; None if it compares no discount.

    Raises:
        UnclearError: it depends on the discount in a way that cannot be solved for it.

    """
    text, is_spared = _spared(claim, share, want=True)
    return text if is_spared else None


def _spared(node: Node, share: Fraction, *, want: bool) -> tuple[str, bool]:
    """The text of a claim that is `want` with a share to spare, and whether anything in it was compared."""
    match node:
        case Unary(operator="!", operand=operand):
            return _spared(operand, share, want=not want)
        case Logical(operator=operator, operands=operands):
            parts = [_spared(it, share, want=want) for it in operands]
            word = "&&" if (operator == "&&") is want else "||"
            text = f" {word} ".join(f"({it})" for it, _ in parts)
            return text, any(spared for _, spared in parts)
        case Conditional(condition=condition, then=then, otherwise=otherwise):
            if _depends(condition):
                raise UnclearError
            first, second = (_spared(it, share, want=want) for it in (then, otherwise))
            text = f"({canonical(condition)}) ? ({first[0]}) : ({second[0]})"
            return text, first[1] or second[1]
        case Binary(operator="<" | "<=" | ">" | ">=" as operator) if _depends(node):
            solved = _solved(node, operator if want else _OPPOSITE[operator], share)
            if solved is not None:
                return solved, True
        case Binary(operator="==" | "!=") if _depends(node):
            _sum(node.left), _sum(node.right)  # of amounts there is no nearly; else it is refused
        case _ if _depends(node):
            raise UnclearError
    return (canonical(node) if want else f"!({canonical(node)})"), False


def _solved(node: Binary, operator: str, share: Fraction) -> str | None:
    """A comparison solved for the discount, with a share to spare; None where the discount cancels out."""
    rest = _added(_sum(node.right), _sum(node.left), Fraction(-1))
    times = -rest.pop(_DISCOUNT, Fraction(0))
    if not times:
        return None
    if times < 0:
        operator = _MIRRORED[operator]
    rest = {text: number / times for text, number in rest.items()}
    spare = -share if operator in {"<", "<="} else share
    rest[_START] = rest.get(_START, Fraction(0)) + spare
    whole = lcm(*(it.denominator for it in rest.values()))
    right = " + ".join(_times(text, int(rest[text] * whole)) for text in sorted(rest))
    return f"{_times(_DISCOUNT, whole)} {operator} {right}"


def _times(text: str, number: int) -> str:
    return f"({text}) * {number}.0" if text else f"{number}.0"


def _sum(node: Node) -> _Sum:
    """
    What a number is a sum of; nothing is left out that facts may lack, though it be there no times.

    Raises:
        UnclearError: the discount stands in it otherwise than times a constant.

    """
    known = _plain(node)
    if known is None and node.typed.name == "decimal":  # whole ones overflow, and are cut off
        known = _computed(node)
    if known is not None:
        return known
    if _depends(node):
        raise UnclearError
    return {canonical(node): Fraction(1)}


def _computed(node: Node) -> _Sum | None:
    """What is added, taken away, or multiplied or divided by a constant."""
    match node:
        case Unary(operator="-", operand=operand):
            return _added({}, _sum(operand), Fraction(-1))
        case Binary(operator="+" | "-" as operator, left=left, right=right):
            return _added(_sum(left), _sum(right), Fraction(1 if operator == "+" else -1))
        case Binary(operator="*" | "/" as operator, left=left, right=right):
            one, other = _sum(left), _sum(right)
            if operator == "*" and one.keys() == {_NUMBER}:
                one, other = other, one
            if other.keys() == {_NUMBER} and (operator == "*" or other[_NUMBER]):
                times = other[_NUMBER]
                return _added({}, one, times if operator == "*" else 1 / times)
    return None


def _plain(node: Node) -> _Sum | None:
    """What a figure or a literal is."""
    match node:
        case Literal(kind="int" | "decimal", value=value):
            return {_NUMBER: Fraction(str(value))}
        case Unary(operator="-", operand=Literal(kind="int" | "decimal", value=value)):
            return {_NUMBER: -Fraction(str(value))}
        case Field(target=Name(name="outcome")):
            text = canonical(node)
            if text == _PAID:
                return {_START: Fraction(1), _DISCOUNT: Fraction(-1)}
            return {text: Fraction(1)}
    return None


def _added(one: _Sum, other: _Sum, times: Fraction) -> dict[str, Fraction]:
    """One sum and so many times the other."""
    zero = Fraction(0)
    return {
        it: one.get(it, zero) + other.get(it, zero) * times for it in dict.fromkeys((*one, *other))
    }


def _depends(node: Node) -> bool:
    """Whether anything in it may depend on what the rules take off."""
    match node:
        case Field(target=Name(name="outcome"), name="start"):
            return False
        case Name(name="outcome"):
            return True
    return any(map(_depends, children(node)))
