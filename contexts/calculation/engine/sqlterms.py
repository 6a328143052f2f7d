"""
Terms about the items of a list, as SQL over the items that have a key.

`lines.exists(l, l.sku == "a")` needs an item whose sku is "a", and so does a sum or size of such items that is to
be above 0: the rows that have one are found by a join, and nobody goes over the other items. What this
cannot do: terms that other items may turn into an error, and lists made of lists.
"""

from typing import Any, Final, NamedTuple

import sqlglot.expressions as exp

from .keys import FLIPPED, Items, chosen_among
from .nodes import Binary, Call, Field, Literal, Macro, Name, Node, Parameter, walk
from .paths import path_of
from .sql import truth
from .sqldigits import is_sure
from .sqlscope import Scope
from .sqlskeletons import Skeleton, column_of, skeleton_of
from .sqlvalues import number, value, within_int

DIALECT: Final = "duckdb"
ITEM: Final = "v0"  # the item: a table of its fields, or a column
_ABOVE: Final = {">": exp.GT, ">=": exp.GTE}


class Term(NamedTuple):
    """A term over items, alike but for constants where list and skeleton are; `keys` find its items."""

    items: Items
    skeleton: Skeleton
    constants: tuple[Any, ...]
    keys: tuple[Any, ...]


class _Counting(NamedTuple):
    """How many items, or the sum of what over them, must be above which limit."""

    macro: Macro
    summed: tuple[str, Node] | None
    operator: str
    limit: Node


def term_of(node: Node) -> Term | None:
    """Return a term as one over items, None if it must be asked of every row."""
    chosen = chosen_among(node)
    if chosen is None or None in map(column_of, chosen.keys):
        return None
    if chosen.macro.macro != "exists":
        counting = _counting(node)
        parts = [] if counting is None else [counting.macro.body, *(counting.summed or ())[1:]]
        if counting is None or not all(map(is_sure, parts)):  # a filter errs where one item does
            return None
    return Term(chosen.items, *skeleton_of(node), chosen.keys)


def fields_of(term: Term) -> set[str]:
    """Return the fields of an item that a term reads; none where the item itself is the value."""
    variables = {it.variable for it in walk(term.skeleton.tree) if isinstance(it, Macro)}
    return {
        it.name
        for it in walk(term.skeleton.tree)
        if isinstance(it, Field) and isinstance(it.target, Name) and it.target.name in variables
    }


def having_sql(skeleton: Skeleton) -> tuple[str, str]:
    """Return what an item must be to count, and what its group must have; nothing is no demand."""
    term = skeleton.tree
    if isinstance(term, Macro):
        return _truth(term), ""
    counting = _counting(term)
    if counting is None:
        raise AssertionError("`term_of` gives no such term")
    found: exp.Expr = exp.Count(this=exp.Star())
    if counting.summed is not None:
        variable, summed = counting.summed
        found = exp.Sum(this=number(_scope(variable), summed, truth))
    # a term's constants are the same in all of a group, which is not grouped by them
    limit = exp.AnyValue(this=value(Scope(DIALECT), counting.limit, truth))
    demand: exp.Expr = _ABOVE[counting.operator](this=found, expression=limit)
    if counting.summed is not None and counting.summed[1].typed.name == "int":
        demand = exp.and_(demand, within_int(found.copy()))
    return _truth(counting.macro), demand.sql(DIALECT)


def _scope(variable: str) -> Scope:
    return Scope(DIALECT, {variable: ITEM}, 1)


def _truth(macro: Macro) -> str:
    return truth(_scope(macro.variable), macro.body).sql(DIALECT)


def _counting(term: Node) -> _Counting | None:
    """Take a comparison apart whose one side counts or sums the items that a condition keeps."""
    if not isinstance(term, Binary):
        return None
    operator, counted, limit = term.operator, term.left, term.right
    if isinstance(counted, Literal | Parameter):
        operator, counted, limit = FLIPPED[operator], limit, counted
    kept: Node | None = None
    if isinstance(counted, Call) and operator in _ABOVE:
        kept = counted.operands[0]
    summed: tuple[str, Node] | None = None
    if isinstance(kept, Macro) and kept.macro == "map" and kept.result is None:
        summed, kept = (kept.variable, kept.body), kept.target
    if not isinstance(kept, Macro) or path_of(kept.target) is None:
        return None
    if kept.macro == "map" and kept.result is not None and summed is None:
        summed = (kept.variable, kept.result)
    elif kept.macro != "filter":
        return None
    if isinstance(counted, Call) and counted.function == "size":
        sure = summed is None or is_sure(summed[1])
        return _Counting(kept, None, operator, limit) if sure else None
    item = Name(kept.variable, type=kept.target.typed.args[0])
    return _Counting(kept, summed or (kept.variable, item), operator, limit)
