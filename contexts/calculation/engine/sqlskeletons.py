"""
Conditions to skeletons: what many rules say alike, and the constants in which they differ.

Rules of one skeleton are asked in one query, with a row of constants for each. What this cannot do: take
out a constant that is computed with, or a pattern, a zone, a long list; those stay in the skeleton.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from .constants import Unknown, constant
from .nodes import Binary, Call, ListOf, Literal, Logical, Macro, Node, Parameter, Unary

_COMPARED: Final = frozenset({"==", "!=", "<", "<=", ">", ">="})
_COUNTED: Final = frozenset({"size", "sum"})
_LONG: Final = 16  # items, beyond which a list stays in the skeleton
_BEFORE, _AFTER = 14, 6  # digits, as a fact has them


@dataclass(frozen=True, slots=True)
class Skeleton:
    """A condition without its constants, and the type that a database gives each of them."""

    tree: Node
    columns: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The names of its constants, as its parameters have them."""
        return tuple(f"c{number}" for number in range(len(self.columns)))


def skeleton_of(tree: Node) -> tuple[Skeleton, tuple[Any, ...]]:
    """Return a condition's skeleton and its constants, in the order of the skeleton's columns."""
    found: list[tuple[str, Any]] = []
    bare = _without(tree, found)
    return Skeleton(bare, tuple(column for column, _ in found)), tuple(value for _, value in found)


def column_of(value: Any) -> str | None:
    """Return the type of the column that holds a constant, None if it stays where it is written."""
    match value:
        case bool():
            return "BOOLEAN"
        case int():
            return "BIGINT"
        case Decimal():
            _, digits, exponent = value.as_tuple()
            fits = -int(exponent) <= _AFTER and len(digits) + int(exponent) <= _BEFORE
            return f"DECIMAL({_BEFORE + _AFTER}, {_AFTER})" if fits else None
        case str() if "\0" not in value:
            return "VARCHAR"
        case datetime():
            return "TIMESTAMPTZ"
    return None


def _without(node: Node, found: list[tuple[str, Any]]) -> Node:
    return replace(node, **dict(_parts(node, found)))


def _parts(node: Node, found: list[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    """Yield those parts of a node that may hold constants to be taken out, without these."""
    match node:
        case Binary(operator=operator, left=left, right=right) if operator in _COMPARED:
            yield from (("left", _taken(left, found)), ("right", _taken(right, found)))
        case Binary(operator="in", left=left, right=ListOf() as right):
            yield from (("left", _without(left, found)), ("right", _taken(right, found)))
        case Binary(operator="in", left=left, right=right):
            yield from (("left", _taken(left, found)), ("right", _without(right, found)))
        case Logical(operands=operands):
            yield "operands", tuple(_without(part, found) for part in operands)
        case Unary(operand=operand):
            yield "operand", _without(operand, found)
        case Call(function=function, target=None, arguments=(of,)) if function in _COUNTED:
            yield "arguments", (_without(of, found),)
        case Macro(target=target, body=body, result=None):
            yield from (("target", _without(target, found)), ("body", _without(body, found)))
        case Macro(target=target, body=body, result=Node() as result):
            yield from (("target", _without(target, found)), ("body", _without(body, found)))
            yield "result", _without(result, found)


def _taken(node: Node, found: list[tuple[str, Any]]) -> Node:
    """Return the place of a constant in a table of constants; any other part without its own."""
    if isinstance(node, ListOf) and len(node.items) <= _LONG:
        return replace(node, items=tuple(_taken(item, found) for item in node.items))
    if not isinstance(node, Literal | Call):
        return _without(node, found)
    try:
        value = constant(node)
    except Unknown:
        return _without(node, found)
    column = column_of(value)
    if column is None:
        return node
    found.append((column, value))
    return Parameter(f"c{len(found) - 1}", type=node.type, span=node.span)
