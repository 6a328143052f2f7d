"""What the names of an expression stand for in SQL: columns, fields of structs, parameters; and constants as SQL writes them."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Final

import sqlglot.expressions as exp

from .nodes import Field, Index, Literal, Name, Node
from .room import Room
from .schema import holds_dyn

PARAMETERS: Final = (
    "#constants"  # the table in which a parameter is a column; no fact has such a name
)
_SCALARS: Final = frozenset({"string", "int", "decimal", "bool", "timestamp"})


class NotInSql(Exception):
    """This cannot be said in SQL with the same result; decide it online instead."""


@dataclass(frozen=True)
class Scope:
    """What the names of an expression stand for in a dialect; a loop binds one more."""

    dialect: str
    names: dict[str, str] = field(default_factory=dict)
    depth: int = 0
    room: Room = field(default_factory=lambda: Room(NotInSql), compare=False)

    def binding(self, variable: str) -> tuple["Scope", str]:
        name = f"v{self.depth}"
        return replace(self, names={**self.names, variable: name}, depth=self.depth + 1), name

    def again(self, part: exp.Expr) -> exp.Expr:
        """Return a part once more, for it is needed twice: that takes room."""
        self.room.take(sum(1 for _ in part.walk()))
        return part.copy()

    def only(self, dialect: str, what: str) -> None:
        if self.dialect != dialect:
            raise NotInSql(f"{what} in {self.dialect}, which computes it in another way")


def column(scope: Scope, node: Node) -> exp.Expr:
    """Return the column, or the field of a struct, that holds a path of a checked tree."""
    if holds_dyn(node.typed):
        raise NotInSql("a free attribute, whose type no column has")
    if scope.dialect == "clickhouse" and node.typed.name not in _SCALARS and not is_there(node):
        raise NotInSql("a list or record that may be missing: ClickHouse has no NULL for it")
    return _place(scope, node)


def _place(scope: Scope, node: Node) -> exp.Expr:
    match node:
        case Name(name=name):
            return exp.column(scope.names.get(name, name), quoted=name not in scope.names)
        case Field(target=target, name=name) if target.typed.entries or target.typed.name != "map":
            step = exp.to_identifier(name, quoted=True)
            return exp.Dot(this=_place(scope, target), expression=step)
        case Index(target=target, key=Literal(value=str(name))) if target.typed.entries:
            step = exp.to_identifier(name, quoted=True)
            return exp.Dot(this=_place(scope, target), expression=step)
    raise NotInSql("an entry of a map")


def is_there(path: Node) -> bool:
    """Say whether a path has a value in every row that fits its schema."""
    if path.typed.optional or holds_dyn(path.typed):
        return False
    return not isinstance(path, Field | Index) or (
        bool(path.target.typed.entries or path.target.typed.name != "map") and is_there(path.target)
    )


def counted(items: exp.Expr) -> exp.Expr:
    return exp.ArraySize(this=items)


def denied(condition: exp.Expr) -> exp.Expr:
    return exp.not_(exp.paren(condition, copy=False), copy=False)


def there(part: exp.Expr) -> exp.Expr:
    """Return the condition that a part is no error, and not missing."""
    return exp.not_(exp.Is(this=part, expression=exp.null()), copy=False)


def written(known: object) -> exp.Expr:
    """Return a constant as SQL writes it."""
    match known:
        case bool():
            return exp.true() if known else exp.false()
        case int() | Decimal():
            text = format(known.copy_abs(), "f") if isinstance(known, Decimal) else str(abs(known))
            digits = exp.Literal.number(text)
            return exp.Neg(this=digits) if known < 0 else digits
        case str() if "\0" not in known:
            return exp.Literal.string(known)
        case datetime():
            return exp.cast(exp.Literal.string(known.isoformat()), "timestamptz")
        case list():
            return exp.Array(expressions=[written(it) for it in known])
    raise NotInSql(f"a constant {type(known).__name__}")
