"""
How many digits a number may have before and after its point, and whether a part is there for all facts.

A database's decimals have at most 38 digits and are cut or refused beyond; so the digits that a sum or
product may have are counted here, and what might not fit is refused when the rule is translated. A fact
that is computed with has at most 14 digits before its point and 6 behind it, an int 12.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from .nodes import (
    Binary,
    Call,
    Conditional,
    ListOf,
    Literal,
    Logical,
    Macro,
    Node,
    Parameter,
    Unary,
    children,
)
from .nodes import Has as HasFact
from .paths import path_of
from .sqlscope import NotInSql, is_there

Digits = tuple[int, int]  # before the point, after it
FACT: Final[Digits] = (14, 6)
WHOLE: Final[Digits] = (12, 0)
INT: Final[Digits] = (19, 0)
MOST: Final = 38
_COMPARED: Final = frozenset({"==", "!=", "<", "<=", ">", ">="})
_SURE_CALLS: Final = frozenset(
    {"startsWith", "endsWith", "contains", "size", "lowerAscii", "upperAscii"}
)


def digits_of(node: Node) -> Digits:  # noqa: PLR0911 - one case for each kind of node
    """Return how many digits the number of a node may have before and after its point."""
    match node:
        case Literal(value=Decimal() | int() as number):
            _, digits, exponent = Decimal(number).as_tuple()
            after = max(0, -int(exponent))
            return _fitting(max(len(digits) + int(exponent), 1), after)
        case Unary(operand=operand):
            return digits_of(operand)
        case Conditional(then=then, otherwise=otherwise):
            return _wider(digits_of(then), digits_of(otherwise))
        case Binary(operator="*", left=left, right=right) if node.typed.name == "decimal":
            (before, after), (more, further) = digits_of(left), digits_of(right)
            return _fitting(before + more, after + further)
        case Binary(left=left, right=right) if node.typed.name == "decimal":
            before, after = _wider(digits_of(left), digits_of(right))
            return _fitting(before + 1, after)
        case Call() if node.typed.name == "decimal" or node.function in {"min", "max", "abs"}:
            return _digits_of_call(node)
    if node.typed.name == "int":
        return WHOLE if path_of(node) is not None else INT
    return FACT


def is_sure(node: Node) -> bool:
    """Say whether a part has a value for all facts that fit their schema, and never is an error."""
    if path_of(node) is not None:
        return is_there(node)
    match node:
        case Literal() | Parameter():
            return True
        case Binary(operator=operator):
            known = operator in _COMPARED or operator == "in"
        case Call(function=function):
            known = function in _SURE_CALLS
        case Macro(macro=macro):
            known = macro != "exists_one"
        case _:
            known = isinstance(node, Unary | Logical | ListOf | HasFact)
            known = known and getattr(node, "operator", "") != "-"
    return known and all(map(is_sure, children(node)))


def _digits_of_call(node: Call) -> Digits:
    if node.function == "sum":
        _, after = _digits_of_items(node.operands[0])
        return MOST - after, after
    widest = digits_of(node.operands[0])
    for operand in node.operands[1:]:
        widest = _wider(widest, digits_of(operand))
    return widest


def _digits_of_items(node: Node) -> Digits:
    match node:
        case Macro(macro="map", body=body, result=result):
            return digits_of(body if result is None else result)
        case Macro(macro="filter", target=target):
            return _digits_of_items(target)
        case _ if path_of(node) is not None:
            return FACT
    raise NotInSql("a list of computed values")


def widest(all_digits: Iterable[Digits]) -> Digits:
    """Return the digits that hold any of these numbers."""
    found: Digits = (1, 0)
    for digits in all_digits:
        found = _wider(found, digits)
    return found


def _wider(one: Digits, other: Digits) -> Digits:
    return _fitting(max(one[0], other[0]), max(one[1], other[1]))


def _fitting(before: int, after: int) -> Digits:
    if before + after > MOST:
        raise NotInSql(f"a number of {before + after} digits, where a database has {MOST}")
    return before, after
