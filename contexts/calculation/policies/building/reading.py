"""
From a condition's text to its parts. What has no form in the builder is a part of its own, as it is written.

Written again by `writing`, the parts give the same canonical text. What this cannot do: keep comments and line ends.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from contexts.calculation.engine import ExpressionError
from contexts.calculation.engine.canonical import canonical
from contexts.calculation.engine.nodes import (
    Binary,
    Call,
    Field,
    Has,
    Index,
    ListOf,
    Literal,
    Logical,
    Macro,
    Name,
    Node,
    Unary,
)
from contexts.calculation.engine.parser import parse
from contexts.calculation.messages import (
    BuiltValue,
    FactRow,
    Group,
    ItemsRow,
    TextRow,
    TotalRow,
)
from contexts.calculation.policies.words.values import number

Part = Group | FactRow | ItemsRow | TotalRow | TextRow

RELATIONS = frozenset({"==", "!=", "<", "<=", ">", ">="})
METHODS = frozenset({"startsWith", "endsWith", "contains", "matches"})
QUANTIFIERS = {"exists": "any", "all": "every", "exists_one": "one"}
_COMMENT = re.compile(r'"(\\.|[^"\\])*"|\'(\\.|[^\'\\])*\'|(?P<comment>//)')


def tree_of(source: str) -> tuple[Group, bool]:
    """
    The parts of a condition, and whether it has comments, which they have not.

    Raises:
        ExpressionError: it is no expression.

    """
    tree = parse(source)
    comments = any(found["comment"] for found in _COMMENT.finditer(source))
    if tree == Literal("bool", True):
        return Group(of="all"), comments
    part = _part(tree, source)
    return part if isinstance(part, Group) else Group(of="all", parts=(part,)), comments


def _part(node: Node, source: str) -> Part:
    return _grouped(node, source) or _row(node, source) or TextRow(written=_slice(node, source))


def _grouped(node: Node, source: str) -> Group | None:
    match node:
        case Logical(operator=operator, operands=operands):
            return Group(of="all" if operator == "&&" else "any", parts=_parts(operands, source))
        case Unary(operator="!", operand=operand) if _row(node, source) is None:
            any_of = isinstance(operand, Logical) and operand.operator == "||"
            inner = operand.operands if any_of and isinstance(operand, Logical) else (operand,)
            return Group(of="none", parts=_parts(inner, source))
    return None


def _parts(nodes: Sequence[Node], source: str) -> tuple[Part, ...]:
    return tuple(_part(node, source) for node in nodes)


def _row(node: Node, source: str) -> FactRow | ItemsRow | TotalRow | None:  # noqa: PLR0911 - one case for each kind
    match node:
        case Unary(operator="!", operand=Macro(macro="exists") as loop):
            return _items(loop, "none", source)
        case Unary(operator="!", operand=operand):
            return _simple(operand, negated=True)
        case Macro(macro=macro) if macro in QUANTIFIERS:
            return _items(node, QUANTIFIERS[macro], source)
        case Binary(operator=operator, left=left, right=right) if operator in RELATIONS:
            value = value_of(right)
            if value is None:
                return None
            if is_path(left):
                return FactRow(fact=canonical(left), operator=operator, values=(value,))
            return _total(left, operator, value, source)
    return _simple(node, negated=False)


def _simple(node: Node, *, negated: bool) -> FactRow | None:
    """The rows that have a negation of their own."""
    no = "not " if negated else ""
    match node:
        case Binary(operator="in", left=left, right=ListOf(items=items)) if is_path(left) and items:
            values = [value_of(item) for item in items]
            told = tuple(it for it in values if it is not None)
            whole = len(told) == len(values)
            return FactRow(canonical(left), f"{no}in", told) if whole else None
        case Binary(operator="in", left=left, right=right) if is_path(right):
            value = value_of(left)
            return FactRow(canonical(right), f"{no}includes", (value,)) if value else None
        case Call(function=function, target=Node() as target, arguments=(argument,)) if (
            function in METHODS and is_path(target)
        ):
            value = value_of(argument)
            return FactRow(canonical(target), f"{no}{function}", (value,)) if value else None
        case Has(target=target) if is_path(target):
            return FactRow(canonical(target), "missing" if negated else "known")
        case Name() | Field() | Index() if is_path(node):
            return FactRow(canonical(node), "no" if negated else "yes")
    return None


def _items(loop: Macro, quantifier: str, source: str) -> ItemsRow | None:
    if not is_path(loop.target) or loop.result is not None:
        return None
    where = _where(loop.body, source)
    return ItemsRow(canonical(loop.target), quantifier, loop.variable, where)  # type: ignore[arg-type]


def _where(body: Node, source: str) -> Group:
    part = _part(body, source)
    return part if isinstance(part, Group) else Group(of="all", parts=(part,))


def _total(node: Node, operator: str, value: BuiltValue, source: str) -> TotalRow | None:
    """A count or sum: `size(lines)`, `lines.filter(l, …).size()`, `sum(lines.map(l, …, l.total))`."""
    if not isinstance(node, Call) or len(node.operands) != 1:
        return None
    form = "function" if node.target is None else "method"
    match node.function, node.operands[0]:
        case "size", Macro(macro="filter", target=target, variable=variable, body=body) if is_path(
            target
        ):
            where = _where(body, source)
            return TotalRow(canonical(target), variable, operator, value, where, form=form)
        case "size", target if is_path(target):
            return TotalRow(canonical(target), "", operator, value, form=form)
        case "sum", Macro(macro="map") as each if form == "function":
            return _sum(each, operator, value, source)
    return None


def _sum(each: Macro, operator: str, value: BuiltValue, source: str) -> TotalRow | None:
    added = each.body if each.result is None else each.result
    condition = None if each.result is None else each.body
    target, form = each.target, "map"
    match target:
        case Macro(macro="filter", target=inner, variable=variable, body=kept):
            if condition is not None or variable != each.variable:
                return None
            target, condition, form = inner, kept, "filter"
    if not is_path(target) or not is_path(added):
        return None
    where = None if condition is None else _where(condition, source)
    return TotalRow(
        canonical(target), each.variable, operator, value, where, canonical(added), form
    )


def is_path(node: Node) -> bool:
    """Whether a node is a fact by its path, and nothing that is computed."""
    match node:
        case Name():
            return True
        case Field(target=target) | Index(target=target, key=Literal(kind="string")):
            return is_path(target)
    return False


def value_of(node: Node) -> BuiltValue | None:
    """A value that a field of the builder can hold."""
    match node:
        case Literal(kind="string", value=str(text)):
            return BuiltValue("text", text)
        case Literal(kind="int" | "decimal"):
            return BuiltValue("number", number(node))
        case Literal(kind="bool", value=value):
            return BuiltValue("boolean", "true" if value else "false")
        case Call(function="timestamp", target=None, arguments=(Literal(value=str(text)),)):
            return BuiltValue("moment", text)
    return BuiltValue("fact", canonical(node)) if is_path(node) else None


def _slice(node: Node, source: str) -> str:
    """A part as it is written; spans do not reach over parentheses, so it is held against the part."""
    text = source[slice(*node.span)]
    try:
        same = "//" not in text and parse(text) == node
    except ExpressionError:
        same = False
    return text if same else canonical(node)
