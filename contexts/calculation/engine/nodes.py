"""
The syntax tree: frozen nodes that remember where they were written and, once checked, their type.

Two trees are equal when they mean the same text; spans, types and spellings do not count. From
`OptionalField` on stand the nodes that rules do not have: only `cel` reads and decides them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from .schema import Type

Scalar = None | bool | int | Decimal | float | str | bytes


@dataclass(frozen=True, slots=True)
class Node:
    """A part of an expression; `span` is its first character and the one after its last."""

    span: tuple[int, int] = field(default=(0, 0), compare=False, kw_only=True, repr=False)
    depth: int = field(default=1, compare=False, kw_only=True, repr=False)
    type: Type | None = field(default=None, compare=False, kw_only=True, repr=False)

    @property
    def typed(self) -> Type:
        """The type the checker found; only a checked tree has one."""
        if self.type is None:
            raise AssertionError("this tree has not been checked")
        return self.type


@dataclass(frozen=True, slots=True)
class Literal(Node):
    kind: str  # null bool int decimal string, and in full CEL uint double bytes; True is not 1
    value: Scalar
    spelling: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Name(Node):
    name: str


@dataclass(frozen=True, slots=True)
class Field(Node):
    target: Node
    name: str


@dataclass(frozen=True, slots=True)
class Index(Node):
    target: Node
    key: Node


@dataclass(frozen=True, slots=True)
class ListOf(Node):
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class MapOf(Node):
    entries: tuple[tuple[Node, Node], ...]


@dataclass(frozen=True, slots=True)
class Unary(Node):
    operator: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Binary(Node):
    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Logical(Node):
    """`a && b && c` or `a || b || c`, flat: grouping does not change its meaning."""

    operator: str
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Conditional(Node):
    condition: Node
    then: Node
    otherwise: Node


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A function, or a method when it has a target."""

    function: str
    target: Node | None
    arguments: tuple[Node, ...]

    @property
    def operands(self) -> tuple[Node, ...]:
        return self.arguments if self.target is None else (self.target, *self.arguments)


@dataclass(frozen=True, slots=True)
class Has(Node):
    target: Node


@dataclass(frozen=True, slots=True)
class Macro(Node):
    """`target.exists(variable, body)` and its kin; `result` is the third part of a map."""

    macro: str
    target: Node
    variable: str
    body: Node
    result: Node | None = None


@dataclass(frozen=True, slots=True)
class Parameter(Node):
    """The place of a constant that was taken out, so that rules which differ in it only are one."""

    name: str


@dataclass(frozen=True, slots=True)
class OptionalField(Node):
    """`target.?name`"""

    target: Node
    name: str


@dataclass(frozen=True, slots=True)
class OptionalIndex(Node):
    """`target[?key]`"""

    target: Node
    key: Node


@dataclass(frozen=True, slots=True)
class OptionalItem(Node):
    """`?value` in a list, or the value of `?key: value` in a map: left out when it is none."""

    value: Node


@dataclass(frozen=True, slots=True)
class PairMacro(Node):
    """`target.exists(key, value, body)` and its kin; `result` is the last part where body filters."""

    macro: str
    target: Node
    key: str
    value: str
    body: Node
    result: Node | None = None


@dataclass(frozen=True, slots=True)
class Bind(Node):
    """`cel.bind(variable, value, body)`"""

    variable: str
    value: Node
    body: Node


def children(node: Node) -> tuple[Node, ...]:  # noqa: C901, PLR0911 - one case for each kind of node
    """Return the parts of a node, in the order they are written."""
    match node:
        case Field(target=target) | Has(target=target) | OptionalField(target=target):
            return (target,)
        case Index(target=target, key=key) | OptionalIndex(target=target, key=key):
            return (target, key)
        case ListOf(items=items):
            return items
        case MapOf(entries=entries):
            return tuple(part for entry in entries for part in entry)
        case Unary(operand=operand):
            return (operand,)
        case Binary(left=left, right=right):
            return (left, right)
        case Conditional(condition=condition, then=then, otherwise=otherwise):
            return (condition, then, otherwise)
        case Logical() | Call():
            return node.operands
        case (
            Macro(target=target, body=body, result=result)
            | PairMacro(target=target, body=body, result=result)
        ):
            return (target, body) if result is None else (target, body, result)
        case OptionalItem(value=value):
            return (value,)
        case Bind(value=value, body=body):
            return (value, body)
    return ()


def walk(node: Node) -> Iterator[Node]:
    """Yield a node and all below it."""
    yield node
    for child in children(node):
        yield from walk(child)
