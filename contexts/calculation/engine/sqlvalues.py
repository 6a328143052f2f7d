"""
Typed trees to SQL values, with the digits of every decimal worked out beforehand (`sqldigits`).

The database stops with an error where a fact has more digits than it may have. Rows hold facts that fit
their schema: what it says is there is not NULL, so that a part which reads nothing else is never an
error and is asked once.
"""

from collections.abc import Callable
from typing import Final, Protocol

import sqlglot.expressions as exp

from .constants import Unknown, constant, zone
from .library import ZONED
from .nodes import (
    Binary,
    Call,
    Conditional,
    Field,
    Logical,
    Macro,
    Node,
    Parameter,
    Unary,
)
from .nodes import Has as HasFact
from .paths import path_of
from .sqldigits import MOST, digits_of, is_sure
from .sqlscope import PARAMETERS, NotInSql, Scope, column, counted, there, written

_MIN_INT, _MAX_INT = -(2**63), 2**63 - 1
_UPPER, _LOWER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz"


class Truth(Protocol):
    def __call__(self, scope: Scope, node: Node, *, want: bool = True) -> exp.Expr: ...


def value(scope: Scope, node: Node, truth: Truth) -> exp.Expr:
    """Return SQL for the value of a node; an error is NULL."""
    return _Values(scope, truth).of(node)


def number(scope: Scope, node: Node, truth: Truth) -> exp.Expr:
    """Return SQL for a number, wide enough to be summed."""
    values = _Values(scope, truth)
    return values._exact(node) if node.typed.name == "decimal" else values.of(node)  # noqa: SLF001 - ours


def within_int(number: exp.Expr) -> exp.Expr:
    """Return the condition that a whole number has at most 64 bits."""
    low, high = (exp.Literal.number(it) for it in (_MIN_INT, _MAX_INT))
    return exp.Between(this=number, low=low, high=high)


class _Values:
    """The translation of one condition's values; `truth` says how conditions inside them read."""

    def __init__(self, scope: Scope, truth: Truth) -> None:
        self.scope, self.truth = scope, truth

    def of(self, node: Node) -> exp.Expr:  # noqa: C901, PLR0911 - one case for each kind of node
        self.scope.room.take()
        if path_of(node) is not None or isinstance(node, Field):
            return column(self.scope, node)
        try:
            return written(constant(node))
        except Unknown:
            pass
        if isinstance(node, Parameter):
            return exp.column(node.name, table=PARAMETERS, quoted=True)
        match node:
            case Conditional():
                return self._chosen(node)
            case Logical() | HasFact() | Macro(macro="all" | "exists") | Unary(operator="!"):
                return self._bool(node)
            case Binary(operator="+" | "-" | "*" | "/" | "%"):
                return self._computed(node)
            case Binary():
                return self._bool(node)
            case Unary(operand=operand):
                return self._bounded(exp.Neg(this=self._exact(operand)), node)
            case Macro():
                return self._collected(node)
            case Call():
                return self._called(node)
        raise NotInSql(f"a {type(node).__name__.lower()}")

    def _bool(self, node: Node) -> exp.Expr:
        yes, no = (self.truth(self.scope, node, want=want) for want in (True, False))
        return exp.Case(ifs=[_when(yes, exp.true()), _when(no, exp.false())])

    def _chosen(self, node: Conditional) -> exp.Expr:
        yes, no = (self.truth(self.scope, node.condition, want=want) for want in (True, False))
        return exp.Case(ifs=[_when(yes, self.of(node.then)), _when(no, self.of(node.otherwise))])

    def _exact(self, node: Node) -> exp.Expr:
        """A number wide enough to be computed with: the database cuts nothing."""
        before, after = digits_of(node)
        return exp.cast(self.of(node), f"decimal({max(before + after, 1)}, {after})", copy=False)

    def _bounded(self, number: exp.Expr, node: Node) -> exp.Expr:
        """An int of at most 64 bits; beyond, the error that the engine raises."""
        if node.typed.name != "int":
            return number
        whole = exp.cast(self.scope.again(number), "bigint", copy=False)
        return exp.Case(ifs=[_when(within_int(number), whole)])

    def _computed(self, node: Binary) -> exp.Expr:
        kinds = {node.left.typed.name, node.right.typed.name}
        if kinds == {"string"} and node.operator == "+":
            return exp.DPipe(this=self.of(node.left), expression=self.of(node.right), safe=False)
        if not kinds <= {"int", "decimal"}:
            raise NotInSql(f"{node.operator} of a {min(kinds - {'int', 'decimal'})}")
        if node.operator in "/%":
            raise NotInSql("a quotient, which databases round in their own ways")
        kind: type[exp.Binary] = {"+": exp.Add, "-": exp.Sub, "*": exp.Mul}[node.operator]
        if kinds == {"int"}:
            wide = "decimal(38, 0)" if node.operator == "*" else "decimal(20, 0)"
            one, other = (
                exp.cast(self.of(it), "decimal(19, 0)", copy=False)
                for it in (node.left, node.right)
            )
            made = exp.paren(kind(this=one, expression=other), copy=False)
            return self._bounded(exp.cast(made, wide, copy=False), node)
        digits_of(node)
        left, right = self._exact(node.left), self._exact(node.right)
        return exp.paren(kind(this=left, expression=right), copy=False)

    def _collected(self, node: Macro, *, gaps: bool = False) -> exp.Expr:
        """The items of a map or filter; with `gaps` an item that is an error is NULL."""
        if node.target.typed.name != "list" or node.macro == "exists_one":
            raise NotInSql(f"{node.macro}() over a {node.target.typed.name}")
        inner, name = self.scope.binding(node.variable)
        items, bound = self.of(node.target), [exp.to_identifier(name)]
        result = node.body if node.macro == "map" and node.result is None else node.result
        if node.macro == "filter" or node.result is not None:
            items = self._filtered(items, node.body, inner, bound)
        if result is None:
            return items
        if not gaps and not is_sure(result):
            raise NotInSql("a list with an item that may be an error")
        made = _Values(inner, self.truth)
        element = made._exact(result) if result.typed.name == "decimal" else made.of(result)
        return exp.Transform(this=items, expression=exp.Lambda(this=element, expressions=bound))

    def _filtered(
        self, items: exp.Expr, body: Node, inner: Scope, bound: list[exp.Identifier]
    ) -> exp.Expr:
        """The items whose condition is true, if none of them is an error."""
        if is_sure(body):
            condition = self.truth(inner, body, want=True)
            chosen = exp.Lambda(this=condition, expressions=[it.copy() for it in bound])
            return exp.ArrayFilter(this=items, expression=chosen)
        kept, left = (
            exp.ArrayFilter(
                this=self.scope.again(items),
                expression=exp.Lambda(
                    this=self.truth(inner, body, want=want), expressions=[it.copy() for it in bound]
                ),
            )
            for want in (True, False)
        )
        whole = exp.EQ(
            this=exp.Add(this=counted(kept), expression=counted(left)),
            expression=counted(self.scope.again(items)),
        )
        return exp.Case(ifs=[_when(whole, self.scope.again(kept))])

    def _called(self, node: Call) -> exp.Expr:
        writer = _CALLS.get(node.function)
        if writer is not None:
            return writer(self, node)
        if node.function in ZONED:
            return self._time_part(node)
        raise NotInSql(f"{node.function}()")

    def _time_part(self, node: Call) -> exp.Expr:
        self.scope.only("duckdb", f"{node.function}()")
        part, shift = _PARTS.get(node.function, ("", 0))
        if node.operands[0].typed.name != "timestamp" or not part:
            raise NotInSql(f"{node.function}() of a {node.operands[0].typed.required()}")
        where = node.operands[1].value if len(node.operands) > 1 else "UTC"  # type: ignore[attr-defined]  # the checker saw to a literal
        if not isinstance(where, str) or (not hasattr(zone(where), "key") and where != "UTC"):
            raise NotInSql("a time zone that is an offset")
        local = exp.AtTimeZone(this=self.of(node.operands[0]), zone=exp.Literal.string(where))
        found = exp.cast(exp.Extract(this=exp.var(part), expression=local), "bigint")
        return exp.paren(exp.Sub(this=found, expression=exp.Literal.number(shift)))


def _when(condition: exp.Expr, then: exp.Expr) -> exp.If:
    return exp.If(this=condition, true=then)


# month and days of the month count from 0 in CEL, Sunday is 0 in both
_PARTS: Final = {
    "getFullYear": ("year", 0),
    "getMonth": ("month", 1),
    "getDate": ("day", 0),
    "getDayOfMonth": ("day", 1),
    "getDayOfWeek": ("dow", 0),
    "getDayOfYear": ("doy", 1),
    "getHours": ("hour", 0),
    "getMinutes": ("minute", 0),
}
Writer = Callable[[_Values, Call], exp.Expr]


def _text_call(kind: type[exp.Expr]) -> Writer:
    def write(values: _Values, node: Call) -> exp.Expr:
        text, part = (values.of(it) for it in node.operands)
        return kind(this=text, expression=part)

    return write


def _matches(values: _Values, node: Call) -> exp.Expr:
    values.scope.only("duckdb", "matches()")
    text, pattern = node.operands
    return exp.RegexpLike(this=values.of(text), expression=values.of(pattern))


def _translated(source: str, target: str) -> Writer:
    def write(values: _Values, node: Call) -> exp.Expr:
        letters = [exp.Literal.string(it) for it in (source, target)]
        return exp.Anonymous(this="translate", expressions=[values.of(node.operands[0]), *letters])

    return write


def _size(values: _Values, node: Call) -> exp.Expr:
    (of,) = node.operands
    found = values.of(of)
    return exp.Length(this=found) if of.typed.name == "string" else counted(found)


def _sum(values: _Values, node: Call) -> exp.Expr:
    """The sum of a list's numbers, 0 of none, if none of them is an error."""
    values.scope.only("duckdb", "sum()")
    (of,) = node.operands
    mapped = isinstance(of, Macro) and path_of(of) is None and of.macro == "map"
    items = values._collected(of, gaps=True) if isinstance(of, Macro) and mapped else values.of(of)  # noqa: SLF001 - ours
    if is_sure(of):
        return _total(values, items, node, None)
    bound = [exp.to_identifier("s")]
    gone = exp.Is(this=exp.column("s"), expression=exp.null())
    errors = exp.ArrayFilter(
        this=values.scope.again(items), expression=exp.Lambda(this=gone, expressions=bound)
    )
    none = exp.EQ(this=counted(errors), expression=exp.Literal.number(0))
    return _total(values, items, node, none)


def _total(values: _Values, items: exp.Expr, node: Call, when: exp.Expr | None) -> exp.Expr:
    after = digits_of(node)[1] if node.typed.name == "decimal" else 0
    total = exp.Coalesce(this=exp.ArraySum(this=items), expressions=[exp.Literal.number(0)])
    held: exp.Expr = exp.cast(total, f"decimal({MOST}, {after})", copy=False)
    return values._bounded(held if when is None else exp.Case(ifs=[_when(when, held)]), node)  # noqa: SLF001 - ours


def _extreme(kind: type[exp.Expr]) -> Writer:
    def write(values: _Values, node: Call) -> exp.Expr:
        if len(node.operands) < 2:  # noqa: PLR2004 - of a list
            raise NotInSql(f"{node.function}() of a list")
        numbers = [values.of(it) for it in node.operands]
        given = [there(values.scope.again(it)) for it in numbers]
        return exp.Case(
            ifs=[
                _when(exp.and_(*given, copy=False), kind(this=numbers[0], expressions=numbers[1:]))
            ]
        )

    return write


def _absolute(values: _Values, node: Call) -> exp.Expr:
    number = values._exact(node.operands[0])  # noqa: SLF001 - ours
    if node.typed.name == "int":  # wide enough to be compared with the bounds of 64 bits
        number = exp.cast(number, "decimal(20, 0)")
    return values._bounded(exp.Abs(this=number), node)  # noqa: SLF001 - ours


def _decimal(values: _Values, node: Call) -> exp.Expr:
    if node.operands[0].typed.name not in {"int", "decimal"}:
        raise NotInSql("decimal() of a text")
    return values._exact(node.operands[0])  # noqa: SLF001 - ours


_CALLS: Final[dict[str, Writer]] = {
    "startsWith": _text_call(exp.StartsWith),
    "endsWith": _text_call(exp.EndsWith),
    "contains": _text_call(exp.Contains),
    "matches": _matches,
    "lowerAscii": _translated(_UPPER, _LOWER),
    "upperAscii": _translated(_LOWER, _UPPER),
    "size": _size,
    "sum": _sum,
    "min": _extreme(exp.Least),
    "max": _extreme(exp.Greatest),
    "abs": _absolute,
    "decimal": _decimal,
}
