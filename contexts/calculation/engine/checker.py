"""
The syntax tree to a typed tree: every name, field, function and type is settled when a rule is saved.

What this cannot do: follow a dyn value (an attribute that a tenant did not declare); what is wrong with one is
known only when it is decided. A name that resembles a declared attribute is taken for a misspelling of it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from . import library, limits
from .canonical import canonical, content_hash
from .constants import fault_of_constant
from .errors import ExpressionError
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
    MapOf,
    Name,
    Node,
    Unary,
)
from .parser import parse
from .paths import Path, facts_read, path_of
from .schema import (
    BOOL,
    DYN,
    Schema,
    Type,
    assignable,
    comparable,
    holds_dyn,
    joined,
    list_of,
    map_of,
)
from .suggestions import closest, nearest_fact, resembling, unknown_call


@dataclass(frozen=True, slots=True)
class CheckedExpression:
    """An expression that fits its facts; two spellings of it have one canonical text and hash."""

    source: str
    tree: Node
    type: Type

    @property
    def canonical(self) -> str:
        return canonical(self.tree)

    @property
    def facts(self) -> tuple[str, ...]:
        """The facts it reads, sorted; elements of a list are written `lines[].sku`."""
        return facts_read(self.tree)

    @property
    def hash(self) -> str:
        return content_hash(self.canonical)


def check_expression(source: str, schema: Schema, expected: str = "bool") -> CheckedExpression:
    """
    Parse an expression and check it against the facts of a decision point.

    `expected` is a type in the schema's notation; an int is taken where a decimal is expected.

    Raises:
        ExpressionError: with the place and, for a misspelt name, the nearest known one.
        DefinitionError: `expected` is not a type.

    """
    return check_tree(parse(source), source, schema, expected)


def check_tree(
    parsed: Node, source: str, schema: Schema, expected: str = "bool"
) -> CheckedExpression:
    """
    Check a tree that was parsed or built; its spans are places in `source`, for its errors.

    The types are written into the tree itself: parts that it shares with others belong to the same schema.

    Raises:
        ExpressionError: as `check_expression`.
        DefinitionError: `expected` is not a type.

    """
    wanted = schema.type_named(expected).required()
    checker = _Checker(source, schema)
    kind = checker.check(parsed, schema.variable_types)
    if not assignable(kind, wanted):
        raise checker.error(f"expected {wanted}, found {kind.required()}", parsed)
    return CheckedExpression(source, parsed, wanted)


def check_fact(source: str, schema: Schema) -> Path:
    """
    Check the path of a fact, such as `customer.tier`, and return its steps.

    Raises:
        ExpressionError: there is no such fact, or it is more than a path.

    """
    tree = parse(source)
    _Checker(source, schema).check(tree, schema.variable_types)
    path = path_of(tree)
    if path is None:
        message = f"{source} is no fact: write its path, such as customer.tier"
        raise ExpressionError(message, source=source, position=0, length=len(source))
    return path


class _Checker:
    def __init__(self, source: str, schema: Schema) -> None:
        self.source = source
        self.schema = schema
        self.comprehensions = 0

    def error(
        self, message: str, node: Node, hint: str | None = None, *, last: int = 0
    ) -> ExpressionError:
        """Point at a node, or at its last so many characters."""
        start, end = node.span
        start = end - last if last else start
        return ExpressionError(
            message, source=self.source, position=start, length=end - start, suggestion=hint
        )

    def check(self, node: Node, scope: Mapping[str, Type]) -> Type:
        """Write its type into a node, and into all below it; the tree is the checker's own."""
        kind: Type = _RULES[type(node)](self, node, scope)
        object.__setattr__(node, "type", kind)
        return kind

    def value(self, node: Node, scope: Mapping[str, Type]) -> Type:
        """Check a part whose value is used, so that it is there or an error."""
        return self.check(node, scope).required()

    def boolean(self, node: Node, scope: Mapping[str, Type], *, why: str) -> None:
        kind = self.value(node, scope)
        if not assignable(kind, BOOL):
            raise self.error(f"{why} takes a bool, found {kind}", node)

    def literal(self, node: Literal, _scope: Mapping[str, Type]) -> Type:
        return _OF_LITERALS[node.kind]

    def name(self, node: Name, scope: Mapping[str, Type]) -> Type:
        found = scope.get(node.name)
        if found is None:
            hint = nearest_fact(node.name, scope, self.schema)
            raise self.error(f"unknown fact {node.name}", node, hint)
        return found

    def field(self, node: Field, scope: Mapping[str, Type]) -> Type:
        kind = self.value(node.target, scope)
        if kind.name == "dyn":
            return DYN
        fields = self.schema.fields(kind)
        if kind.name == "map" and kind.args[0].name in {"string", "dyn"}:
            return self.entry(node, kind, fields or {})
        if fields is None:
            hint = None
            if kind.name == "list":
                hint = f"{canonical(node.target)}.exists(item, item.{node.name} …)"
            raise self.error(f"{kind} has no field {node.name}", node, hint, last=len(node.name))
        if node.name not in fields:
            close = closest(node.name, fields)
            hint = f"{canonical(node.target)}.{close}" if close else None
            message = f"unknown fact {canonical(node)}"
            raise self.error(message, node, hint, last=len(node.name))
        return fields[node.name]

    def entry(self, node: Field, kind: Type, declared: Mapping[str, Type]) -> Type:
        """An entry by its name; `attributes["name"]` reaches one whose name only resembles a declared one."""
        if node.name in declared:
            return declared[node.name]
        close = resembling(node.name, declared)
        if close is not None:
            where = canonical(node.target)
            message = (
                f'unknown attribute {canonical(node)} (if it is one, write {where}["{node.name}"])'
            )
            raise self.error(message, node, f"{where}.{close}", last=len(node.name))
        return kind.args[1]

    def index(self, node: Index, scope: Mapping[str, Type]) -> Type:
        kind, key_kind = self.value(node.target, scope), self.value(node.key, scope)
        wanted = {"list": Type("int"), "map": kind.args[0] if kind.args else DYN, "dyn": DYN}
        if kind.name not in wanted:
            raise self.error(f"{kind} has no entries", node)
        if not (assignable(key_kind, wanted[kind.name])) or key_kind.name == "decimal":
            message = f"an entry of {kind} is found by {wanted[kind.name]}, not by {key_kind}"
            raise self.error(message, node.key)
        match node.key:
            case Literal(value=str(name)) if kind.entries:
                return (self.schema.fields(kind) or {}).get(name, DYN)
        return kind.args[-1] if kind.args else DYN

    def list_of(self, node: ListOf, scope: Mapping[str, Type]) -> Type:
        return list_of(joined([self.value(item, scope) for item in node.items]))

    def map_of(self, node: MapOf, scope: Mapping[str, Type]) -> Type:
        kinds = [(self.value(k, scope), self.value(v, scope)) for k, v in node.entries]
        keys = {kind.name for kind, _ in kinds}
        if len(keys) > 1 or not keys <= {"string", "int", "bool"}:
            raise self.error("a map's keys are all strings, all ints or all bools", node)
        literals = [key.value for key, _ in node.entries if isinstance(key, Literal)]
        if len(set(literals)) < len(literals):
            raise self.error("a map has each key once", node)
        key = Type(keys.pop()) if keys else DYN
        return map_of(key, joined([kind for _, kind in kinds]))

    def unary(self, node: Unary, scope: Mapping[str, Type]) -> Type:
        if node.operator == "!":
            self.boolean(node.operand, scope, why="`!`")
            return BOOL
        kind = self.value(node.operand, scope)
        if kind.name not in {"int", "decimal", "dyn"}:
            raise self.error(f"cannot negate {kind}", node)
        return kind

    def logical(self, node: Logical, scope: Mapping[str, Type]) -> Type:
        for part in node.operands:
            self.boolean(part, scope, why=f"`{node.operator}`")
        return BOOL

    def binary(self, node: Binary, scope: Mapping[str, Type]) -> Type:
        left, right = self.value(node.left, scope), self.value(node.right, scope)
        match node.operator:
            case "==" | "!=":
                self.refuse_null(node, left, right)
                fits = comparable(left, right)
                self.refuse_records(node, left, right)
            case "in":
                return self.membership(node, left, right)
            case "<" | "<=" | ">" | ">=":
                fits = library.ordered(left, right)
            case _:
                result = library.arithmetic(node.operator, left, right)
                if result is None:
                    raise self.error(f"cannot compute {left} {node.operator} {right}", node)
                return result
        if not fits:
            raise self.error(f"cannot compare {left} with {right}", node)
        return BOOL

    def refuse_records(self, node: Node, left: Type, right: Type) -> None:
        """Refuse to compare whole records, or lists of them: they may hold more than is declared."""
        records = {left.name, right.name} & self.schema.record_types.keys()
        if records:
            raise self.error(f"compare the fields of {min(records)}, not the whole", node)
        for one, other in zip(left.args, right.args, strict=False):
            if one.name != "dyn" and other.name != "dyn":  # an empty list is of no type
                self.refuse_records(node, one, other)

    def refuse_null(self, node: Binary, left: Type, right: Type) -> None:
        fact = node.left if right.name == "null" else node.right
        if "null" in (left.name, right.name) and not {left.name, right.name} <= {"null", "dyn"}:
            text = f"has({canonical(fact)})"
            hint = text if node.operator == "!=" else f"!{text}"
            raise self.error(f"{canonical(fact)} is missing rather than null", node, hint)

    def membership(self, node: Binary, item: Type, container: Type) -> Type:
        if container.name not in {"list", "map", "dyn"}:
            hint = None
            if container.name == item.name == "string":
                hint = f"{canonical(node.right)}.contains({canonical(node.left)})"
            raise self.error(f"`in` takes a list or a map, found {container}", node.right, hint)
        if container.name == "list" and container.args[0].name != "dyn":
            self.refuse_records(node, item, container.args[0])
        if container.args and not comparable(item, container.args[0]):
            raise self.error(f"{container} cannot hold {item}", node)
        return BOOL

    def conditional(self, node: Conditional, scope: Mapping[str, Type]) -> Type:
        self.boolean(node.condition, scope, why="`? :`")
        then, otherwise = self.value(node.then, scope), self.value(node.otherwise, scope)
        kind = joined([then, otherwise])
        if kind == DYN and not (holds_dyn(then) or holds_dyn(otherwise)):
            message = f"both values of `? :` have one type, found {then} and {otherwise}"
            raise self.error(message, node)
        return kind

    def has(self, node: Has, scope: Mapping[str, Type]) -> Type:
        if not isinstance(node.target, Field | Name):
            raise self.error("has() takes a fact such as customer.tier", node.target)
        self.check(node.target, scope)
        return BOOL

    def call(self, node: Call, scope: Mapping[str, Type]) -> Type:
        receiver = None if node.target is None else self.value(node.target, scope)
        arguments = [self.value(argument, scope) for argument in node.arguments]
        result = library.resolve(node.function, receiver, arguments)
        if result is None:
            message, hint = unknown_call(node, receiver, arguments)
            raise self.error(message, node, hint)
        fault = fault_of_constant(node)
        if fault is not None:
            raise self.error(fault, node)
        return result

    def macro(self, node: Macro, scope: Mapping[str, Type]) -> Type:
        kind = self.value(node.target, scope)
        if kind.name not in {"list", "map", "dyn"}:
            message = f"{node.macro}() goes over a list or a map, found {kind}"
            raise self.error(message, node.target)
        if node.variable in scope:
            raise self.error(f"{node.variable} already names a fact: choose another name", node)
        self.comprehensions += 1
        if self.comprehensions > limits.MAX_COMPREHENSIONS:
            message = f"more than {limits.MAX_COMPREHENSIONS} lists inside each other"
            raise self.error(message, node)
        inner = {**scope, node.variable: kind.args[0] if kind.args else DYN}
        result: Type | None = None
        if node.macro != "map":
            self.boolean(node.body, inner, why=f"{node.macro}()")
            result = inner[node.variable] if node.macro == "filter" else None
        elif node.result is None:
            result = self.value(node.body, inner)
        else:
            self.boolean(node.body, inner, why="map()'s condition")
            result = self.value(node.result, inner)
        self.comprehensions -= 1
        return BOOL if result is None else list_of(result)


_OF_LITERALS: Final = {kind: Type(kind) for kind in ("null", "bool", "int", "decimal", "string")}
_RULES: Final[dict[type[Node], Callable[[_Checker, Any, Mapping[str, Type]], Type]]] = {
    Literal: _Checker.literal,
    Name: _Checker.name,
    Field: _Checker.field,
    Index: _Checker.index,
    ListOf: _Checker.list_of,
    MapOf: _Checker.map_of,
    Unary: _Checker.unary,
    Binary: _Checker.binary,
    Logical: _Checker.logical,
    Conditional: _Checker.conditional,
    Call: _Checker.call,
    Has: _Checker.has,
    Macro: _Checker.macro,
}
