"""
A condition as a clause: "the customer's tier is gold and the line's quantity is at least 3".

Two conditions that mean something else read otherwise: what is grouped stands in parentheses, and a negated group says so.
Loops in loops, and whatever else has no words of its own here, are shown as they are written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from contexts.calculation.engine.nodes import (
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
    Name,
    Node,
    Unary,
    walk,
)
from contexts.calculation.policies.words.naming import Scope, fact_of, item_of, own_name
from contexts.calculation.policies.words.values import as_written, choices, value

RELATIONS = {
    "==": "is",
    "!=": "is not",
    "<": "is less than",
    "<=": "is at most",
    ">": "is more than",
    ">=": "is at least",
}
MOMENTS = {
    "<": "is before",
    "<=": "is not after",
    ">": "is after",
    ">=": "is not before",
}
METHODS = {
    "startsWith": ("starts with", "does not start with"),
    "endsWith": ("ends with", "does not end with"),
    "contains": ("contains", "does not contain"),
    "matches": ("matches", "does not match"),
}


@dataclass(frozen=True)
class Predicate:
    """What is said of one fact: "is at least 3" of `line.quantity`."""

    subject: Node
    words: str


def condition_in_words(tree: Node, scope: Scope) -> str:
    """A whole condition; money in the currency that it asks for."""
    return clause(tree, replace(scope, currency=currency_of(tree, scope)))


def currency_of(tree: Node, scope: Scope) -> str:
    """The currency that a condition demands of every cart it holds for; nothing when it demands none."""
    for part in conjuncts(tree):
        match part:
            case Binary(operator="==", left=left, right=Literal(kind="string", value=str(code))):
                fact = fact_of(left, scope)
                if fact is not None and fact.unit == "currency" and code.isalpha():
                    return code
    return ""


def conjuncts(node: Node) -> Sequence[Node]:
    """The parts that must all hold."""
    return node.operands if isinstance(node, Logical) and node.operator == "&&" else (node,)


def clause(node: Node, scope: Scope) -> str:  # noqa: PLR0911 - one case for each kind of node
    """A condition, or a part of one, as a clause."""
    match node:
        case Logical(operator=operator, operands=operands):
            word = " and " if operator == "&&" else " or "
            return word.join(grouped(part, scope) for part in operands)
        case Literal(kind="bool", value=held):
            return "always" if held else "never"
        case Conditional(condition=condition, then=then, otherwise=otherwise):
            chosen, other = grouped(then, scope), grouped(otherwise, scope)
            return f"{chosen} if {grouped(condition, scope)}, otherwise {other}"
        case Macro() | Unary(operator="!", operand=Macro()):
            return _quantified(node, scope) or as_written(node)
    if said := predicate(node, scope):
        subject = subject_of(said.subject, scope)
        return f"{subject} {said.words}"
    match node:
        case Unary(operator="!", operand=operand):
            return f"it is not true that {grouped(operand, scope)}"
    return as_written(node)


def grouped(node: Node, scope: Scope) -> str:
    """A clause inside another: in parentheses where it has parts of its own."""
    text = clause(node, scope)
    parts = isinstance(node, Logical | Conditional) or (
        any(isinstance(it, Logical | Conditional) for it in walk(node)) and not text.startswith("`")
    )
    return f"({text})" if parts else text


def subject_of(node: Node, scope: Scope) -> str:
    return totalled(node, scope) or value(node, scope)


def predicate(node: Node, scope: Scope) -> Predicate | None:
    """What a simple part says of one fact; nothing when it is not about one."""
    match node:
        case Unary(operator="!", operand=operand):
            return _simple(operand, scope, holds=False)
        case Binary(operator=operator, left=left, right=right) if operator in RELATIONS:
            return Predicate(left, f"{_relation(operator, left)} {_right(left, right, scope)}")
    return _simple(node, scope, holds=True)


def _simple(node: Node, scope: Scope, *, holds: bool) -> Predicate | None:
    """What negation has words of its own for."""
    match node:
        case Binary(operator="in", left=left, right=ListOf(items=items) as given) if items:
            verb = "is one of" if holds else "is none of"
            return Predicate(left, f"{verb} {choices(given, scope, _unit(left, scope))}")
        case Binary(operator="in", left=left, right=Field() | Index() | Name() as held):
            return _held(left, held, scope, holds=holds)
        case Call(function=function, target=Node() as target, arguments=(argument,)) if (
            function in METHODS
        ):
            return Predicate(target, f"{METHODS[function][not holds]} {value(argument, scope)}")
        case Has(target=target):
            return Predicate(target, "is known" if holds else "is missing")
        case Field() | Index() | Name():
            return Predicate(node, "is yes" if holds else "is no")
    return None


def _held(left: Node, held: Node, scope: Scope, *, holds: bool) -> Predicate:
    """A value in a list that is a fact; in one that is a template's parameter, the fact is what is spoken of."""
    if isinstance(left, Field) and _is_blank(held, scope):
        return Predicate(left, f"{'is one of' if holds else 'is none of'} {value(held, scope)}")
    return Predicate(held, f"{'include' if holds else 'do not include'} {value(left, scope)}")


def _is_blank(node: Node, scope: Scope) -> bool:
    """Whether a name is that of a template's parameter, which is called [as its label says]."""
    fact = fact_of(node, scope)
    return fact is not None and fact.label.startswith("[")


def _relation(operator: str, left: Node) -> str:
    timed = left.type is not None and left.type.name == "timestamp"
    return (MOMENTS if timed else {}).get(operator, RELATIONS[operator])


def _right(left: Node, right: Node, scope: Scope) -> str:
    return totalled(right, scope) or value(right, scope, _unit(left, scope))


def _unit(node: Node, scope: Scope) -> str:
    total = _total_of(node)
    if total is not None:
        node, scope = total.added or node, replace(scope, loop=total.variable)
    fact = fact_of(node, scope)
    return fact.unit if fact else ""


# items of lists


def relatives(body: Node, variable: str, scope: Scope) -> str:
    """What is said of an item, behind it: "whose category is Garden and whose quantity is at least 3"."""
    parts = conjuncts(body)
    if len(parts) == 1:
        return _either(body, variable, scope) or _relative(body, variable, scope)
    return " and ".join(joined_relative(part, variable, scope) for part in parts)


def joined_relative(node: Node, holder: str, scope: Scope) -> str:
    """As `relatives`, of one part among others."""
    either = _either(node, holder, scope)
    return f"({either})" if either else _relative(node, holder, scope)


def _either(node: Node, holder: str, scope: Scope) -> str:
    """Alternatives that are all about the item itself: "whose category is Garden or whose total is more than 50"."""
    if not isinstance(node, Logical) or node.operator != "||":
        return ""
    said = [predicate(part, scope) for part in node.operands]
    if not all(it and is_own(it.subject, holder) for it in said):
        return ""
    return " or ".join(_relative(part, holder, scope) for part in node.operands)


def _relative(node: Node, holder: str, scope: Scope) -> str:
    said = predicate(node, scope)
    if said and is_own(said.subject, holder):
        return f"whose {own_name(said.subject, scope)} {said.words}"
    return f"for which {grouped(node, scope)}"


def is_own(node: Node, holder: str) -> bool:
    """Whether a node is a field of that variable, or one of its attributes."""
    match node:
        case Field(target=Field(name="attributes", target=Name(name=name))):
            return name == holder
        case Field(target=Name(name=name)):
            return name == holder
    return False


def _quantified(node: Node, scope: Scope) -> str | None:
    """A loop over a list of records that has a name; loops in loops have none."""
    holds = isinstance(node, Macro)
    macro = node if isinstance(node, Macro) else node.operand if isinstance(node, Unary) else None
    if not isinstance(macro, Macro) or macro.result is not None:
        return None
    items = _items(macro.target, macro.body, macro.variable, scope)
    if items is None:
        return None
    openings = {
        ("exists", True): f"there is a {items}",
        ("exists", False): f"there is no {items}",
        ("exists_one", True): f"there is exactly one {items}",
        ("exists_one", False): f"there is not exactly one {items}",
    }
    if macro.macro == "all":
        one = item_of(macro.target, scope)
        said = relatives(macro.body, macro.variable, replace(scope, loop=macro.variable))
        return f"{'every' if holds else 'not every'} {one} is one {said}"
    return openings.get((macro.macro, holds))


def _items(target: Node, body: Node | None, variable: str, scope: Scope) -> str | None:
    """An item and what is said of it: line in the cart whose category is Garden; nothing for what has no name."""
    one = item_of(target, scope)
    if one is None or scope.loop:
        return None
    if body is None:
        return one
    if any(isinstance(it, Macro) for it in walk(body)):
        return None
    return f"{one} {relatives(body, variable, replace(scope, loop=variable))}"


@dataclass(frozen=True)
class Total:
    """A count of items, or a sum over them."""

    target: Node
    variable: str
    where: Node | None
    added: Node | None


def _total_of(node: Node) -> Total | None:
    match node:
        case Call(function="size", operands=(Macro(macro="filter", result=None) as kept,)):
            return Total(kept.target, kept.variable, kept.body, None)
        case Call(function="size", operands=(Field() | Name() as target,)):
            return Total(target, "", None, None)
        case Call(function="sum", operands=(Macro(macro="map") as each,)):
            return _summed(each)
    return None


def _summed(each: Macro) -> Total | None:
    """`sum(lines.map(l, l.total))`, of those that a filter or the map's own condition leaves."""
    added, where = (each.body, None) if each.result is None else (each.result, each.body)
    kept = each.target
    if not isinstance(kept, Macro):
        return Total(kept, each.variable, where, added)
    if kept.macro != "filter" or kept.variable != each.variable or where is not None:
        return None
    return Total(kept.target, each.variable, kept.body, added)


def totalled(node: Node, scope: Scope) -> str | None:
    """A count or sum as a fact: the number of lines in the cart whose …; nothing for what is neither."""
    total = _total_of(node)
    if total is None:
        return None
    items = _items(total.target, total.where, total.variable, scope)
    if items is None:
        return None
    one = item_of(total.target, scope) or ""
    items = _several(one) + items.removeprefix(one)
    if isinstance(total.where, Logical):
        items = f"({items})"
    if total.added is None:
        return f"the number of {items}"
    inner = replace(scope, loop=total.variable)
    label = own_name(total.added, inner) if is_own(total.added, total.variable) else None
    return f"the sum of the {label} of {items}" if label else None


def _several(one: str) -> str:
    """More than one: lines in the cart."""
    head, _, rest = one.partition(" ")
    return f"{head}s {rest}".rstrip()
