"""
Typed tree to Python code that is True exactly when a condition is true (or, if wanted, false).

For a rule that matches or not, an error counts as neither; so `a && b` is plain `and`, a comparison with
a missing fact is guarded by one look at it, and nothing is raised. What cannot be said this way is
asked of `values.py`. The code may raise a fault on facts of a wrong shape: then each rule is decided alone.
"""

from typing import Any, Final

from .constants import Unknown, constant
from .nodes import Binary, Has, ListOf, Literal, Logical, Macro, Node, Unary
from .paths import path_of
from .schema import holds_dyn
from .units import Unit, guard, weight_of
from .values import outcome

_OPPOSITE: Final = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}


def truth(unit: Unit, node: Node, *, want: bool = True) -> str:  # noqa: PLR0911 - one case for each kind of node
    """Return code that is true exactly when the node's value is `want`."""
    match node:
        case Literal(kind="bool", value=known):
            return repr(known is want)
        case Unary(operator="!", operand=operand):
            return truth(unit, operand, want=not want)
        case Logical(operator=operator, operands=operands):
            word = " and " if (operator == "&&") is want else " or "
            return f"({word.join(truth(unit, part, want=want) for part in operands)})"
        case Has(target=target) if path_of(target) is not None:
            there = guard(unit.local(target), target.typed)
            return f"({there})" if want else f"(not {there})"
        case Macro(macro="all" | "exists", target=target) if path_of(target) is not None:
            if target.typed.name in {"list", "map"}:
                return _quantified(unit, node, want=want)
        case Binary():
            code = _comparison(unit, node, want=want)
            if code is not None:
                return code
        case _ if path_of(node) is not None:
            return f"({unit.local(node)} is {want})"
    return f"({outcome(unit, node)} is {want})"


def _quantified(unit: Unit, node: Macro, *, want: bool) -> str:
    inner = Unit(unit.program, unit, node.variable)
    seeks = (node.macro == "exists") is want  # one item decides, or every item must agree
    code = truth(inner, node.body, want=want)
    body = [f"if {code if seeks else f'not {code}'}: return {seeks}"]
    inner.write([*inner.loop("items", weight_of(node.body), body), f"return {not seeks}"], "items")
    items = unit.local(node.target)
    return f"({items} is not None and {inner.call(items)})"


def _operand(unit: Unit, node: Node) -> tuple[str, list[str]] | None:
    """Return code for a constant or a loaded path, and the guards it needs; None for the rest."""
    if path_of(node) is not None:
        local = unit.local(node)
        return local, [guard(local, node.typed)]
    known = _known(node)
    if known is None or isinstance(known, list):
        return None
    return unit.program.constant(known), []


def _known(node: Node) -> Any:
    try:
        return constant(node)
    except Unknown:
        return None


def _comparison(unit: Unit, node: Binary, *, want: bool) -> str | None:
    operator = node.operator
    if holds_dyn(node.left.typed) or holds_dyn(node.right.typed):
        return _dynamic_equality(unit, node, want=want)
    if operator == "in":
        return _membership(unit, node, want=want)
    if operator not in {"==", "!=", *_OPPOSITE}:
        return None
    left, right = _operand(unit, node.left), _operand(unit, node.right)
    if left is None or right is None or "list" in (node.left.typed.name, node.right.typed.name):
        return None
    guards = left[1] + right[1]
    if operator in _OPPOSITE:
        operator = operator if want else _OPPOSITE[operator]
    else:
        operator = "==" if (operator == "==") is want else "!="
    if operator == "==":  # a missing fact equals nothing but another missing fact
        guards = guards[:1] if len(guards) > 1 else []
    return f"({' and '.join((*guards, f'{left[0]} {operator} {right[0]}'))})"


def _dynamic_equality(unit: Unit, node: Binary, *, want: bool) -> str | None:
    """Compare a tenant's attribute with a string: Python and CEL agree whatever its type is."""
    fact, other = node.left, node.right
    if (
        not isinstance(other, Literal)
        or other.kind != "string"
        or node.operator not in {"==", "!="}
    ):
        return None
    if path_of(fact) is None:
        return None
    local = unit.local(fact)
    text = unit.program.constant(other.value)
    if (node.operator == "==") is want:
        return f"({local} == {text})"
    return f"({guard(local, fact.typed)} and {local} != {text})"


def _membership(unit: Unit, node: Binary, *, want: bool) -> str | None:
    word = "in" if want else "not in"
    item = _operand(unit, node.left)
    if item is None:
        return None
    if isinstance(node.right, ListOf):
        known = _known(node.right)
        if known is None or any(isinstance(entry, list) for entry in known):
            return None
        guards = [] if want else item[1]
        members = unit.program.constant(frozenset(known))
        return f"({' and '.join((*guards, f'{item[0]} {word} {members}'))})"
    if path_of(node.right) is None:
        return None
    local = unit.local(node.right)
    container = f"b.pay({local})" if unit.in_loop else local
    # a text in its place would hold parts of itself
    kind = "list" if node.right.typed.name == "list" else "dict"
    guards = [*item[1], f"type({local}) is {kind}"]
    return f"({' and '.join((*guards, f'{item[0]} {word} {container}'))})"
