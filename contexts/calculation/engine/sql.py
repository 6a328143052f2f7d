"""
Typed trees to SQL, by sqlglot: the evaluator that back-tests on DuckDB or a warehouse.

A fact is a column: a record a struct, a list an array; what is missing is NULL, and so is an error.
A condition becomes a formula without NOT above its comparisons, which is TRUE exactly when the
condition is: NULL then never has to be told from FALSE. Decimal facts are DECIMAL(20, 6), ints BIGINT,
timestamps TIMESTAMPTZ. What this cannot do it refuses by name, with `NotInSql`: quotients, free
attributes, maps, conversions to text, and whatever a dialect computes in another way. ClickHouse's text is run
by `make prove-warehouse`; Snowflake's was never run.
"""

from typing import Final

import sqlglot.expressions as exp

from .constants import Unknown, constant
from .nodes import Binary, Has, ListOf, Literal, Logical, Macro, Node, Parameter, Unary
from .paths import path_of
from .schema import holds_dyn
from .sqldigits import digits_of, is_sure, widest
from .sqlscope import NotInSql, Scope, column, counted, denied, there
from .sqlvalues import value

DIALECTS: Final = ("duckdb", "clickhouse", "snowflake")
_COMPARED: Final[dict[str, type[exp.Binary]]] = {
    "==": exp.EQ,
    "!=": exp.NEQ,
    "<": exp.LT,
    "<=": exp.LTE,
    ">": exp.GT,
    ">=": exp.GTE,
}
_OPPOSITE: Final = {"==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}


def to_sql(tree: Node, dialect: str = "duckdb") -> str:
    """
    Return SQL that is TRUE for exactly the rows whose facts make a checked condition true.

    Raises:
        NotInSql: it cannot be said in SQL, or not in this dialect, with the same result.
        ValueError: the dialect is not one of `DIALECTS`.

    """
    if dialect not in DIALECTS:
        raise ValueError(f"no dialect {dialect!r}: use {', '.join(DIALECTS)}")
    return truth(Scope(dialect), tree).sql(dialect=dialect)


def truth(scope: Scope, node: Node, *, want: bool = True) -> exp.Expr:  # noqa: PLR0911 - one case for each kind of node
    """Return a formula that is TRUE exactly when the node's value is `want`."""
    scope.room.take()
    match node:
        case Literal(kind="bool", value=known):
            return exp.true() if known is want else exp.false()
        case Unary(operator="!", operand=operand):
            return truth(scope, operand, want=not want)
        case Logical(operator=operator, operands=operands):
            parts = [truth(scope, part, want=want) for part in operands]
            together = exp.and_ if (operator == "&&") is want else exp.or_
            return together(*parts, copy=False)
        case Has(target=target) if path_of(target) is not None:
            missing = exp.Is(this=column(scope, target), expression=exp.null())
            return exp.not_(missing, copy=False) if want else missing
        case Macro(macro="all" | "exists"):
            return _quantified(scope, node, want=want)
        case Binary(operator="in"):
            return _member(scope, node, want=want)
        case Binary(operator=operator) if operator in _COMPARED:
            return _compared(scope, node, want=want)
    found = _value(scope, node)
    return found if want else denied(found)


def _value(scope: Scope, node: Node) -> exp.Expr:
    return value(scope, node, truth)


def _quantified(scope: Scope, node: Macro, *, want: bool) -> exp.Expr:
    """One item decides, or all of them agree: items that are errors do neither."""
    if node.target.typed.name != "list":
        raise NotInSql(f"{node.macro}() over a {node.target.typed.name}")
    inner, name = scope.binding(node.variable)
    seeks = (node.macro == "exists") is want
    items = _value(scope, node.target)
    kept = exp.ArrayFilter(
        this=items,
        expression=exp.Lambda(
            this=truth(inner, node.body, want=want), expressions=[exp.to_identifier(name)]
        ),
    )
    if seeks:
        return exp.GT(this=counted(kept), expression=exp.Literal.number(0))
    return exp.EQ(this=counted(kept), expression=counted(scope.again(items)))


def _compared(scope: Scope, node: Binary, *, want: bool) -> exp.Expr:
    for side in (node.left, node.right):
        if holds_dyn(side.typed):
            raise NotInSql("a free attribute, whose type no column has")
        if side.typed.name in {"list", "map"} or side.typed.name not in _SCALARS:
            raise NotInSql(f"comparing a {side.typed.required()}")
    _fits(node.left, node.right)
    operator = node.operator if want else _OPPOSITE[node.operator]
    return _COMPARED[operator](
        this=exp.paren(_value(scope, node.left), copy=False),
        expression=exp.paren(_value(scope, node.right), copy=False),
    )


def _fits(*sides: Node) -> None:
    """Refuse numbers that a database cannot hold beside each other in one type of 38 digits."""
    if any(side.typed.name == "decimal" for side in sides):
        widest(digits_of(side) for side in sides)


_SCALARS: Final = frozenset({"string", "int", "decimal", "bool", "timestamp", "duration"})


def _member(scope: Scope, node: Binary, *, want: bool) -> exp.Expr:
    if holds_dyn(node.left.typed) or holds_dyn(node.right.typed):
        raise NotInSql("a free attribute, whose type no column has")
    item = _value(scope, node.left)
    found: exp.Expr
    if isinstance(node.right, ListOf) and node.right.items:
        if node.left.typed.name not in _SCALARS:
            raise NotInSql(f"looking for a {node.left.typed.required()}")
        if not all(map(_is_given, node.right.items)):
            raise NotInSql("a list of computed values")
        _fits(node.left, *node.right.items)
        found = exp.In(this=item, expressions=[_value(scope, it) for it in node.right.items])
    elif node.right.typed.name == "list":
        found = exp.ArrayContains(this=_value(scope, node.right), expression=item)
    else:
        raise NotInSql(f"looking into a {node.right.typed.required()}")
    found = found if want else denied(found)
    if is_sure(node.left):
        return found
    return exp.and_(there(scope.again(item)), found, copy=False)


def _is_given(node: Node) -> bool:
    """Say whether a part is a constant, or the place of one."""
    try:
        constant(node)
    except Unknown:
        return isinstance(node, Parameter)
    return True
