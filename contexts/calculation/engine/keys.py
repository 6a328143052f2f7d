"""
Conditions to keys: where a fact must stand, and with which value, for a condition to be true at all.

A condition is true only if one of its alternatives is, and an alternative only if each of its terms is. So a
rule is found by the terms that say `path == value`: under a key made of all of them, and of one list whose
items are looked up one by one, be it for `exists` or because nothing summed up would not be enough. What this cannot do: find a rule by an inequality, a missing fact or
a computation; a rule without any key is decided by generated code, like every rule of a small set.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import product
from typing import Any, Final, NamedTuple

from .constants import Unknown, constant
from .errors import EvaluationError
from .nodes import Binary, Call, ListOf, Literal, Logical, Macro, Node, Unary
from .paths import Path, path_of

MAX_ALTERNATIVES: Final = 16  # of one condition, and of the keys of one alternative
MAX_PATHS: Final = 4  # in one key: more would make it no rarer
FLIPPED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


class Items(NamedTuple):
    """The values to be found at a path inside the items of a list."""

    of: Path
    inner: Path


class Shape(NamedTuple):
    """What a key is made of: the item first, if there is one, and then the values at these paths."""

    items: Items | None
    paths: tuple[Path, ...]


class Range(NamedTuple):
    """Bounds, both included, within which the value at a path must lie; None is no bound."""

    path: Path
    low: Any
    high: Any


class Chosen(NamedTuple):
    """A macro that needs an item which has one of these values; `by` is the part of its body that says so."""

    macro: Macro
    by: Node
    items: Items
    keys: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Access:
    """An alternative's way into an index: the keys of a shape, and a range beside them."""

    shape: Shape
    keys: tuple[tuple[Any, ...], ...]
    range: Range | None


def accesses(tree: Node) -> tuple[Access, ...] | None:
    """Return the ways to a condition, one for each alternative; None if one of them has none."""
    found = [_access(terms) for terms in _alternatives(tree)]
    ways = tuple(way for way in found if way is not None)
    return ways if len(ways) == len(found) else None


def _alternatives(tree: Node) -> list[tuple[Node, ...]]:
    """A condition as alternatives of terms; an `||` that would make too many stays one term."""
    if not isinstance(tree, Logical) or equality_of(tree) is not None:
        return [(tree,)]
    parts = [_alternatives(part) for part in tree.operands]
    if tree.operator == "||":
        listed = [alternative for part in parts for alternative in part]
        return listed if len(listed) <= MAX_ALTERNATIVES else [(tree,)]
    made: list[tuple[Node, ...]] = [()]
    for part, ways in zip(tree.operands, parts, strict=True):
        fits = len(made) * len(ways) <= MAX_ALTERNATIVES
        alternatives = ways if fits else [(part,)]
        made = [(*before, *after) for before in made for after in alternatives]
    return made


def terms_of(tree: Node) -> Iterator[Node]:
    """Yield the terms that must all be true."""
    if isinstance(tree, Logical) and tree.operator == "&&":
        for part in tree.operands:
            yield from terms_of(part)
    else:
        yield tree


def _access(terms: tuple[Node, ...]) -> Access | None:
    equal: dict[Path, tuple[Any, ...]] = {}
    items: tuple[Items, tuple[Any, ...]] | None = None
    for term in terms:
        if (one := equality_of(term)) is not None:
            equal.setdefault(*one)
        elif (many := _of_items(term)) is not None and items is None:
            items = many
    chosen = _fewest(equal, 1 if items is None else len(items[1]))
    between = _range(terms)
    if items is None and not chosen and (between is None or None in between):
        return None
    values = [equal[path] for path in chosen]
    shape = Shape(items[0] if items else None, tuple(chosen))
    keys = product(*((items[1], *values) if items else values))
    return Access(shape, tuple(dict.fromkeys(keys)), between)


def _fewest(equal: dict[Path, tuple[Any, ...]], so_far: int) -> list[Path]:
    """The paths of a key, in one order for all rules; those left out would multiply it."""
    kept: list[Path] = []
    for path in sorted(equal, key=lambda it: (len(equal[it]), it)):
        if len(kept) < MAX_PATHS and so_far * len(equal[path]) <= MAX_ALTERNATIVES:
            so_far *= len(equal[path])
            kept.append(path)
    return sorted(kept)


def equality_of(term: Node) -> tuple[Path, tuple[Any, ...]] | None:
    """Return a path and the values one of which it must have; None where a term says something else."""
    match term:
        case Binary(operator="==", left=left, right=right):
            return _path_and_values(left, right) or _path_and_values(right, left)
        case Binary(operator="in", left=left, right=ListOf() as right):
            return _path_and_values(left, right)
        case Logical(operator="||", operands=operands):
            return _one_of(operands)
        case Unary(operator="!", operand=operand) if operand.typed.name == "bool":
            path = path_of(operand)
            return None if path is None else (path, (False,))
    path = path_of(term)
    return None if path is None or term.typed.name != "bool" else (path, (True,))


def _one_of(terms: tuple[Node, ...]) -> tuple[Path, tuple[Any, ...]] | None:
    """The values of several equalities, any of which will do, if they are about one path."""
    found = [equality_of(term) for term in terms]
    paths = {one[0] for one in found if one is not None}
    if None in found or len(paths) != 1:
        return None
    values = dict.fromkeys(value for one in found if one is not None for value in one[1])
    return (paths.pop(), tuple(values)) if len(values) <= MAX_ALTERNATIVES else None


def _path_and_values(place: Node, wanted: Node) -> tuple[Path, tuple[Any, ...]] | None:
    path = path_of(place)
    known = None if path is None else _constants(wanted)
    if path is None or not known:
        return None
    if place.typed.name == "dyn" and not all(isinstance(it, str) for it in known):
        return None
    return path, known


def _constants(node: Node) -> tuple[Any, ...]:
    """The scalars that a literal, or a list of literals, stands for; none if it is anything else."""
    try:
        known = constant(node)
    except (Unknown, EvaluationError):
        return ()
    values = tuple(known) if isinstance(known, list) else (known,)
    plain = all(isinstance(it, str | int | Decimal | datetime) for it in values)
    return tuple(dict.fromkeys(values)) if plain and len(values) <= MAX_ALTERNATIVES else ()


def _of_items(term: Node) -> tuple[Items, tuple[Any, ...]] | None:
    """A list and the values one of which one of its items must have, or be."""
    match term:
        case Binary(operator="in", left=left, right=right) if not isinstance(right, ListOf):
            path, known = path_of(right), _constants(left)
            if path is None or not known or right.typed.name != "list":
                return None
            return Items(path, ()), known
    chosen = chosen_among(term)
    return None if chosen is None else (chosen.items, chosen.keys)


def chosen_among(term: Node) -> Chosen | None:
    """Return what a term chooses among items, if it cannot be true unless one of them has a key."""
    node = term
    if isinstance(term, Binary) and term.operator in FLIPPED:
        node = _more_than_none(term) or term
    elif not isinstance(term, Macro) or term.macro not in {"exists", "exists_one"}:
        return None
    path = path_of(node.target) if isinstance(node, Macro) else None
    if not isinstance(node, Macro) or path is None or node.target.typed.name != "list":
        return None
    for part in terms_of(node.body):
        one = equality_of(part)
        if one is not None and one[0][0] == node.variable:
            return Chosen(node, part, Items(path, one[0][1:]), one[1])
    return None


def _more_than_none(term: Binary) -> Macro | None:
    """The filter that must keep something where its size, or the sum over it, is to be above 0."""
    operator, counted, limit = term.operator, term.left, term.right
    if isinstance(counted, Literal):
        operator, counted, limit = FLIPPED[operator], limit, counted
    least = limit.value if isinstance(limit, Literal) else None
    if isinstance(least, bool) or not isinstance(least, int | Decimal):
        return None
    if not ((operator == ">" and least >= 0) or (operator == ">=" and least > 0)):
        return None
    match counted:
        case Call(function="size" | "sum"):
            kept = counted.operands[0]
        case _:
            return None
    while isinstance(kept, Macro) and kept.macro == "map" and kept.result is None:
        kept = kept.target
    filters = isinstance(kept, Macro) and (kept.macro == "filter" or kept.result is not None)
    return kept if isinstance(kept, Macro) and filters else None


def _range(terms: tuple[Node, ...]) -> Range | None:
    """The bounds of the path that has most of them."""
    bounds: dict[Path, tuple[Any, Any]] = {}
    for term in terms:
        bound = _bound(term)
        if bound is None:
            continue
        path, low, high = bound
        old_low, old_high = bounds.get(path, (None, None))
        bounds[path] = (old_low if low is None else low, old_high if high is None else high)
    if not bounds:
        return None
    path = max(bounds, key=lambda it: (None not in bounds[it], it))
    return Range(path, *bounds[path])


def _bound(term: Node) -> tuple[Path, Any, Any] | None:
    if not isinstance(term, Binary) or term.operator not in FLIPPED:
        return None
    operator, place, limit = term.operator, term.left, term.right
    if path_of(place) is None:
        operator, place, limit = FLIPPED[operator], limit, place
    path, known = path_of(place), _constants(limit)
    if path is None or len(known) != 1 or place.typed.name == "dyn":
        return None
    return (path, None, known[0]) if operator in {"<", "<="} else (path, known[0], None)
