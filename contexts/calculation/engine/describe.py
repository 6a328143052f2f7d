"""
A condition in plain words: `customer.tier is "gold" and cart.subtotal is at least 100.00`.

What this cannot do: translate; the words are English, and computed parts stay as they are written.
"""

from collections.abc import Callable
from typing import Final

from .canonical import canonical, literal_text
from .checker import CheckedExpression
from .nodes import (
    Binary,
    Call,
    Conditional,
    Field,
    Has,
    Index,
    ListOf,
    Literal,
    Logical,
    Macro,
    Node,
    Unary,
)

# Each relation, as it reads when it holds and when it does not.
RELATIONS: Final = {
    "==": ("is", "is not"),
    "!=": ("is not", "is"),
    "<": ("is less than", "is not less than"),
    "<=": ("is at most", "is not at most"),
    ">": ("is more than", "is not more than"),
    ">=": ("is at least", "is not at least"),
}
METHODS: Final = {
    "startsWith": ("starts with", "does not start with"),
    "endsWith": ("ends with", "does not end with"),
    "contains": ("contains", "does not contain"),
    "matches": ("matches", "does not match"),
}
Show = Callable[[Node], str]


def describe(checked: CheckedExpression) -> str:
    """Return what a condition says, in words."""
    return words(checked.tree, text)


def text(node: Node) -> str:
    """Return a value as it is written, with a number's own digits."""
    match node:
        case Literal():
            return node.spelling if node.kind == "decimal" and node.spelling else literal_text(node)
        case Call(function="timestamp" | "duration", arguments=(Literal(value=str(written)),)):
            return written
        case ListOf(items=items):
            return ", ".join(map(text, items))
        case Binary(operator=operator, left=left, right=right) if operator not in RELATIONS:
            inner = [
                f"({text(part)})" if isinstance(part, Binary) else text(part)
                for part in (left, right)
            ]
            return f" {operator} ".join(inner)
    return canonical(node)


def words(node: Node, show: Show, *, holds: bool = True) -> str:  # noqa: PLR0911 - one case for each kind of node
    """Return a sentence for a condition, or for its opposite; `show` writes the values in it."""
    match node:
        case Logical():
            return _logical(node, show, holds=holds)
        case Unary(operator="!", operand=operand):
            return words(operand, show, holds=not holds)
        case Binary(operator="in", left=left, right=right):
            return _membership(left, right, show, holds=holds)
        case Binary(operator=operator, left=left, right=right) if operator in RELATIONS:
            return f"{show(left)} {RELATIONS[operator][not holds]} {show(right)}"
        case Call(function=function, target=Node() as target, arguments=(argument,)) if (
            function in METHODS
        ):
            return f"{show(target)} {METHODS[function][not holds]} {show(argument)}"
        case Has(target=target):
            return f"{text(target)} {'is given' if holds else 'is missing'}"
        case Macro(macro="exists" | "all" | "exists_one"):
            return _quantified(node, holds=holds)
        case Literal(kind="bool", value=value):
            return "always" if value is holds else "never"
        case Conditional(condition=condition, then=then, otherwise=otherwise):
            chosen = words(then, show, holds=holds)
            other = words(otherwise, show, holds=holds)
            return f"({chosen} if {words(condition, show)}, otherwise {other})"
        case Field() | Index() | _:
            return f"{text(node)} is {'true' if holds else 'false'}"


def _logical(node: Logical, show: Show, *, holds: bool) -> str:
    word = "and" if (node.operator == "&&") is holds else "or"
    parts = [
        f"({words(part, show, holds=holds)})"
        if isinstance(part, Logical)
        else words(part, show, holds=holds)
        for part in node.operands
    ]
    return f" {word} ".join(parts)


def _membership(left: Node, right: Node, show: Show, *, holds: bool) -> str:
    if isinstance(right, ListOf):
        if not right.items:
            return "never" if holds else "always"
        one = len(right.items) == 1
        verb = ("is" if holds else "is not") + ("" if one else " one of")
        return f"{show(left)} {verb} {text(right)}"
    return f"{show(right)} {'includes' if holds else 'does not include'} {show(left)}"


def _quantified(node: Macro, *, holds: bool) -> str:
    items, item = text(node.target), node.variable
    inside = words(node.body, text)
    match node.macro:
        case "exists":
            return f"{'some' if holds else 'no'} {item} of {items} has: {inside}"
        case "all":
            return f"{'every' if holds else 'not every'} {item} of {items} has: {inside}"
        case _:
            return f"{'exactly' if holds else 'not exactly'} one {item} of {items} has: {inside}"
