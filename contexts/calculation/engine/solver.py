"""
Typed trees to Z3: what facts could make a condition true, or false.

As in `sql.py`, a condition becomes a formula that holds exactly when the condition is true (or, if wanted,
false); an error is neither. Strings are strings, ints and times integers, decimals reals: exact, of facts with at most
20 digits before the point and 10 behind it (see `digits.py`). A list has as many items as the conditions
can need: one for each `exists`, for each `all` that is denied, for each membership. What this cannot do
it refuses by name, with `NotInSolver`; where it counts or adds up the items of a list it says so in
`bounded`, for then a proof holds for short lists only.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import z3  # type: ignore[import-untyped]  # ships no stubs

from .constants import Unknown, constant
from .digits import may_be_too_long
from .limits import MAX_DECIMAL_DIGITS
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
    Name,
    Node,
    Unary,
    walk,
)
from .paths import path_of
from .polynomials import polynomial
from .room import Room
from .schema import Schema, Type, holds_dyn
from .symbols import Items, Record, Symbols, Term, of_constant

_MIN_INT, _MAX_INT = -(2**63), 2**63 - 1
_ORDER: Final = frozenset({"<", "<=", ">", ">="})
_NUMBERS: Final = frozenset({"int", "decimal"})
MOST_ITEMS: Final = 200  # of a list


class NotInSolver(Exception):
    """This cannot be said to the solver with the same meaning."""


@dataclass
class Scene:
    """The facts that some conditions are about, as symbols; loops bind an item's."""

    symbols: Symbols
    loops: dict[str, Record | Term] = field(default_factory=dict)
    bounded: set[str] = field(default_factory=set)
    room: Room = field(default_factory=lambda: Room(NotInSolver))

    def within(self, variable: str, item: Record | Term) -> "Scene":
        return Scene(self.symbols, {**self.loops, variable: item}, self.bounded, self.room)


def scene_of(trees: Iterable[Node], schema: Schema) -> Scene:
    """Symbols for whatever the trees read, with lists long enough for all of them together."""
    asked = list(trees)
    needed = items_needed(asked)
    symbols = Symbols(schema, items=min(max(needed, 1), MOST_ITEMS))
    bounded = {"so many loops"} if needed > MOST_ITEMS else set()
    return Scene(symbols, {}, bounded, Room(NotInSolver, len(asked)))


def items_needed(trees: Iterable[Node]) -> int:
    """Return how many items of a list these trees can need at most, so that what is proved holds of lists of any length."""
    return sum(map(_needs_item, (node for tree in trees for node in walk(tree))))


def _needs_item(node: Node) -> bool:
    if isinstance(node, Binary):
        return node.operator == "in" and not isinstance(node.right, ListOf)
    return isinstance(node, Macro)


def solver_of(wanted: Iterable[Any], milliseconds: int) -> Any:
    """A solver that looks so long for what makes these formulas true."""
    solver = z3.Solver()
    solver.set("timeout", milliseconds)
    solver.add(*wanted)
    return solver


def truth(scene: Scene, node: Node, *, want: bool = True) -> Any:  # noqa: PLR0911 - one case for each kind of node
    """Return a formula that holds exactly when the node's value is `want`."""
    scene.room.take()
    match node:
        case Literal(kind="bool", value=known):
            return z3.BoolVal(known is want)
        case Unary(operator="!", operand=operand):
            return truth(scene, operand, want=not want)
        case Logical(operator=operator, operands=operands):
            parts = [truth(scene, part, want=want) for part in operands]
            return z3.And(parts) if (operator == "&&") is want else z3.Or(parts)
        case Has(target=target):
            there = _found(scene, target).there
            return there if want else z3.Not(there)
        case Macro(macro="all" | "exists"):
            return _quantified(scene, node, want=want)
        case Conditional():
            return _either(scene, node, want=want)
        case Binary(operator="in"):
            return _member(scene, node, want=want)
        case Binary(operator="==" | "!=" | "<" | "<=" | ">" | ">="):
            return _compared(scene, node, want=want)
    found = value(scene, node)
    return z3.And(found.there, found.term if want else z3.Not(found.term))


def _found(scene: Scene, node: Node) -> Record | Term | Items:
    """What stands at a path, whether or not it is there."""
    if holds_dyn(node.typed) and node.typed.name == "dyn":
        raise NotInSolver("a free attribute, which may hold anything")
    match node:
        case Name(name=name):
            return scene.loops.get(name) or scene.symbols.variable(name)
        case Field(target=target, name=name) | Index(target=target, key=Literal(value=str(name))):
            record = _found(scene, target)
            if isinstance(record, Record):
                field: Record | Term | Items = record.field(name)
                return field
    raise NotInSolver(f"a {type(node).__name__.lower()} of a {node.typed.required()}")


def _items(scene: Scene, node: Node) -> Items:
    if path_of(node) is None or node.typed.name != "list":
        raise NotInSolver("going over what is computed")
    found = _found(scene, node)
    if not isinstance(found, Items):
        raise NotInSolver(f"going over a {node.typed.required()}")
    if scene.loops:  # each item of the outer list may need one of its own here
        scene.bounded.add("a loop within a loop")
    scene.room.take(len(found.members))
    return found


def _quantified(scene: Scene, node: Macro, *, want: bool) -> Any:
    items = _items(scene, node.target)
    seeks = (node.macro == "exists") is want
    bodies = [
        (here, truth(scene.within(node.variable, item), node.body, want=want))
        for here, item in items.each()
    ]
    if seeks:
        return z3.And(items.there, z3.Or([z3.And(here, body) for here, body in bodies]))
    return z3.And(items.there, *(z3.Implies(here, body) for here, body in bodies))


def _either(scene: Scene, node: Conditional, *, want: bool) -> Any:
    yes, no = (truth(scene, node.condition, want=it) for it in (True, False))
    return z3.Or(
        z3.And(yes, truth(scene, node.then, want=want)),
        z3.And(no, truth(scene, node.otherwise, want=want)),
    )


def _member(scene: Scene, node: Binary, *, want: bool) -> Any:
    if holds_dyn(node.left.typed):
        raise NotInSolver("a free attribute, which may hold anything")
    item = value(scene, node.left)
    if isinstance(node.right, ListOf):
        try:
            known = constant(node.right)
        except Unknown:
            raise NotInSolver("a list of computed values") from None
        same = [_equal(item, _known(it)) for it in known]
        return z3.And(item.there, z3.Or(same) if want else z3.Not(z3.Or(same)))
    if holds_dyn(node.right.typed):
        raise NotInSolver("a list that may hold anything")
    items = _items(scene, node.right)
    if not all(isinstance(it, Term) for it in items.members):
        raise NotInSolver(f"membership in a {node.right.typed.required()}")
    same = [z3.And(here, _equal(item, it)) for here, it in items.each()]
    return z3.And(item.there, items.there, z3.Or(same) if want else z3.Not(z3.Or(same)))


def _known(known: Any) -> Term:
    term = of_constant(known)
    if term is None and isinstance(known, str):
        raise NotInSolver("a character beyond U+2FFFF")
    if term is None:
        raise NotInSolver(f"a constant {type(known).__name__}")
    return term


def _equal(left: Term, right: Term) -> Any:
    if left.kind != right.kind and not {left.kind, right.kind} <= _NUMBERS:
        return z3.BoolVal(False)
    return left.term == right.term


def _compared(scene: Scene, node: Binary, *, want: bool) -> Any:
    left, right = value(scene, node.left), value(scene, node.right)
    both = z3.And(left.there, right.there)
    one, other = left.term, right.term
    if node.operator in {"==", "!="}:
        same = _equal(left, right)
        return z3.And(both, same if (node.operator == "==") is want else z3.Not(same))
    if left.kind == "bool":
        raise NotInSolver("an order of bools")
    holds = {"<": one < other, "<=": one <= other, ">": other < one, ">=": other <= one}
    found = holds[node.operator]
    return z3.And(both, found if want else z3.Not(found))


def value(scene: Scene, node: Node) -> Term:  # noqa: PLR0911 - one case for each kind of node
    """Return the value of a node and whether it has one: an error has none."""
    scene.room.take()
    if path_of(node) is not None or isinstance(node, Field):
        found = _found(scene, node)
        if isinstance(found, Term):
            return found
        raise NotInSolver(f"a {node.typed.required()} as a value")
    try:
        return _known(constant(node))
    except Unknown:
        pass
    match node:
        case Logical() | Has() | Macro(macro="all" | "exists") | Unary(operator="!"):
            return _condition(scene, node)
        case Conditional():
            return _condition(scene, node) if node.typed.name == "bool" else _chosen(scene, node)
        case Binary(operator="+" | "-" | "*"):
            return _computed(scene, node)
        case Binary(operator="==" | "!=" | "<" | "<=" | ">" | ">=" | "in"):
            return _condition(scene, node)
        case Unary(operator="-", operand=operand):
            found = value(scene, operand)
            return _bounded(Term(found.kind, -found.term, found.there))
        case Call():
            return _called(scene, node)
    raise NotInSolver(f"a {type(node).__name__.lower()} of a {node.typed.required()}")


def _condition(scene: Scene, node: Node) -> Term:
    yes, no = truth(scene, node), truth(scene, node, want=False)
    return Term("bool", yes, z3.Or(yes, no))


def _chosen(scene: Scene, node: Conditional) -> Term:
    yes, no = (truth(scene, node.condition, want=it) for it in (True, False))
    then, otherwise = (_as(value(scene, it), node.typed) for it in (node.then, node.otherwise))
    there = z3.Or(z3.And(yes, then.there), z3.And(no, otherwise.there))
    return Term(node.typed.name, z3.If(yes, then.term, otherwise.term), there)


def _as(term: Term, kind: Type) -> Term:
    if term.kind == "int" and kind.name == "decimal":
        return Term("decimal", z3.ToReal(term.term), term.there)
    return term


def _bounded(term: Term) -> Term:
    """An int has at most 64 bits: beyond is an error."""
    if term.kind != "int":
        return term
    within = z3.And(term.term >= _MIN_INT, term.term <= _MAX_INT)
    return Term("int", term.term, z3.And(term.there, within))


def _computed(scene: Scene, node: Binary) -> Term:
    left, right = value(scene, node.left), value(scene, node.right)
    there = z3.And(left.there, right.there)
    kinds = {left.kind, right.kind}
    if kinds == {"string"} and node.operator == "+":
        return Term("string", z3.Concat(left.term, right.term), there)
    if not kinds <= _NUMBERS:
        raise NotInSolver(f"{node.operator} of a {min(kinds - _NUMBERS)}")
    if node.operator == "*" and polynomial(node).is_large:
        raise NotInSolver("a product of so many facts")
    if may_be_too_long(node):
        raise NotInSolver(f"a result that may have more than {MAX_DECIMAL_DIGITS} digits")
    one, other = (_as(it, node.typed).term for it in (left, right))
    made = {"+": one + other, "-": one - other, "*": one * other}[node.operator]
    return _bounded(Term(node.typed.name, made, there))


def _called(scene: Scene, node: Call) -> Term:  # noqa: PLR0911 - one case for each function
    match node.function, node.operands:
        case "startsWith" | "endsWith" | "contains" as name, (text, part):
            return _text_test(name, value(scene, text), value(scene, part))
        case "size", (of,) if of.typed.name == "string":
            found = value(scene, of)
            return Term("int", z3.Length(found.term), found.there)
        case "size", (of,) if of.typed.name == "list":
            items = _items(scene, of)
            scene.bounded.add("size()")
            return Term("int", items.count, items.there)
        case "sum", (of,):
            return _sum(scene, of, node.typed)
        case "min" | "max" as name, (one, other, *more) if not more:
            return _extreme(name, *(_as(value(scene, it), node.typed) for it in (one, other)))
        case "abs", (of,):
            found = value(scene, of)
            size = z3.If(found.term < 0, -found.term, found.term)
            return _bounded(Term(found.kind, size, found.there))
        case "decimal", (of,) if of.typed.name in _NUMBERS:
            return _as(value(scene, of), node.typed)
    raise NotInSolver(f"{node.function}()")


def _text_test(name: str, text: Term, part: Term) -> Term:
    made = {
        "startsWith": lambda: _begins(text.term, part.term),
        "endsWith": lambda: z3.SuffixOf(part.term, text.term),
        "contains": lambda: z3.Contains(text.term, part.term),
    }[name]()
    return Term("bool", made, z3.And(text.there, part.there))


def _begins(text: Any, part: Any) -> Any:
    """Beginnings of one length are compared as one part of the text: of many, Z3 finds facts by that, and not by prefixes."""
    length = z3.simplify(z3.Length(part))
    if not z3.is_int_value(length):
        return z3.PrefixOf(part, text)
    return z3.SubString(text, 0, length) == part


def _extreme(name: str, one: Term, other: Term) -> Term:
    first = one.term <= other.term if name == "min" else one.term >= other.term
    return Term(one.kind, z3.If(first, one.term, other.term), z3.And(one.there, other.there))


def _sum(scene: Scene, node: Node, kind: Type) -> Term:
    """The sum of `list.map(v, body)`, or of `list.map(v, condition, body)`."""
    if not isinstance(node, Macro) or node.macro != "map":
        raise NotInSolver("a sum of anything but a map()")
    items, total, whole = _items(scene, node.target), [], []
    scene.bounded.add("sum()")
    for here, item in items.each():
        inner = scene.within(node.variable, item)
        counts = here
        if node.result is not None:
            yes, no = (truth(inner, node.body, want=it) for it in (True, False))
            whole.append(z3.Implies(here, z3.Or(yes, no)))
            counts = z3.And(here, yes)
        part = _as(value(inner, node.body if node.result is None else node.result), kind)
        whole.append(z3.Implies(counts, part.there))
        total.append(z3.If(counts, part.term, z3.RealVal(0) if kind.name == "decimal" else 0))
    return _bounded(Term(kind.name, z3.Sum(total), z3.And(items.there, *whole)))
