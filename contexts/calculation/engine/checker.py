"""
The syntax tree to a typed tree: every name, field, function and type is settled when a rule is saved.

What this cannot do: follow a dyn value (a tenant's free attributes); what is wrong with one is known
only when it is decided.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
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
from .paths import facts_read
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
    parse_type,
)
from .suggestions import closest, nearest_fact, unknown_call


@dataclass(frozen=True, slots=True)
class CheckedExpression:
    """An expression that fits its facts; two spellings of it have one canonical text and hash."""

    source: str
    tree: Node
    type: Type
    canonical: str
    facts: tuple[str, ...]

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

    Raises:
        ExpressionError: as `check_expression`.
        DefinitionError: `expected` is not a type.

    """
    wanted = parse_type(expected, schema.records).required()
    checker = _Checker(source, schema)
    tree = checker.check(parsed, schema.variable_types)
    if not assignable(tree.typed, wanted):
        raise checker.error(f"expected {wanted}, found {tree.typed.required()}", tree)
    return CheckedExpression(source, tree, wanted, canonical(tree), facts_read(tree))


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

    def check(self, node: Node, scope: Mapping[str, Type]) -> Node:
        return _RULES[type(node)](self, node, scope)

    def value(self, node: Node, scope: Mapping[str, Type]) -> tuple[Node, Type]:
        """Check a part whose value is used, so that it is there or an error."""
        checked = self.check(node, scope)
        return checked, checked.typed.required()

    def boolean(self, node: Node, scope: Mapping[str, Type], *, why: str) -> Node:
        checked, kind = self.value(node, scope)
        if not assignable(kind, BOOL):
            raise self.error(f"{why} takes a bool, found {kind}", checked)
        return checked

    def literal(self, node: Literal, _scope: Mapping[str, Type]) -> Node:
        return replace(node, type=Type(node.kind))

    def name(self, node: Name, scope: Mapping[str, Type]) -> Node:
        found = scope.get(node.name)
        if found is None:
            hint = nearest_fact(node.name, scope, self.schema)
            raise self.error(f"unknown fact {node.name}", node, hint)
        return replace(node, type=found)

    def field(self, node: Field, scope: Mapping[str, Type]) -> Node:
        target, kind = self.value(node.target, scope)
        if kind.name == "dyn":
            return replace(node, target=target, type=DYN)
        if kind.name == "map" and kind.args[0].name in {"string", "dyn"}:
            return replace(node, target=target, type=kind.args[1])
        fields = self.schema.fields(kind)
        whole = canonical(node)
        if fields is None:
            hint = None
            if kind.name == "list":
                hint = f"{canonical(target)}.exists(item, item.{node.name} …)"
            raise self.error(f"{kind} has no field {node.name}", node, hint, last=len(node.name))
        if node.name not in fields:
            close = closest(node.name, fields)
            hint = f"{canonical(target)}.{close}" if close else None
            raise self.error(f"unknown fact {whole}", node, hint, last=len(node.name))
        return replace(node, target=target, type=fields[node.name])

    def index(self, node: Index, scope: Mapping[str, Type]) -> Node:
        target, kind = self.value(node.target, scope)
        key, key_kind = self.value(node.key, scope)
        wanted = {"list": Type("int"), "map": kind.args[0] if kind.args else DYN, "dyn": DYN}
        if kind.name not in wanted:
            raise self.error(f"{kind} has no entries", node)
        if not (assignable(key_kind, wanted[kind.name])) or key_kind.name == "decimal":
            message = f"an entry of {kind} is found by {wanted[kind.name]}, not by {key_kind}"
            raise self.error(message, key)
        result = kind.args[-1] if kind.args else DYN
        return replace(node, target=target, key=key, type=result)

    def list_of(self, node: ListOf, scope: Mapping[str, Type]) -> Node:
        items = [self.value(item, scope) for item in node.items]
        kind = list_of(joined([kind for _, kind in items]))
        return replace(node, items=tuple(item for item, _ in items), type=kind)

    def map_of(self, node: MapOf, scope: Mapping[str, Type]) -> Node:
        entries = [(self.value(k, scope), self.value(v, scope)) for k, v in node.entries]
        keys = {key_kind.name for (_, key_kind), _ in entries}
        if len(keys) > 1 or not keys <= {"string", "int", "bool"}:
            raise self.error("a map's keys are all strings, all ints or all bools", node)
        literals = [key.value for (key, _), _ in entries if isinstance(key, Literal)]
        if len(set(literals)) < len(literals):
            raise self.error("a map has each key once", node)
        key = Type(keys.pop()) if keys else DYN
        kind = map_of(key, joined([value_kind for _, (_, value_kind) in entries]))
        checked = tuple((key_node, value) for (key_node, _), (value, _) in entries)
        return replace(node, entries=checked, type=kind)

    def unary(self, node: Unary, scope: Mapping[str, Type]) -> Node:
        if node.operator == "!":
            operand = self.boolean(node.operand, scope, why="`!`")
            return replace(node, operand=operand, type=BOOL)
        operand, kind = self.value(node.operand, scope)
        if kind.name not in {"int", "decimal", "dyn"}:
            raise self.error(f"cannot negate {kind}", node)
        return replace(node, operand=operand, type=kind)

    def logical(self, node: Logical, scope: Mapping[str, Type]) -> Node:
        why = f"`{node.operator}`"
        operands = tuple(self.boolean(part, scope, why=why) for part in node.operands)
        return replace(node, operands=operands, type=BOOL)

    def binary(self, node: Binary, scope: Mapping[str, Type]) -> Node:
        left, left_kind = self.value(node.left, scope)
        right, right_kind = self.value(node.right, scope)
        checked = replace(node, left=left, right=right)
        match node.operator:
            case "==" | "!=":
                self.refuse_null(checked, left_kind, right_kind)
                result = BOOL if comparable(left_kind, right_kind) else None
                records = {left_kind.name, right_kind.name} & self.schema.record_types.keys()
                if records:
                    raise self.error(f"compare the fields of {min(records)}, not the whole", node)
            case "in":
                return replace(checked, type=self.membership(checked, left_kind, right_kind))
            case "<" | "<=" | ">" | ">=":
                result = BOOL if library.ordered(left_kind, right_kind) else None
            case _:
                result = library.arithmetic(node.operator, left_kind, right_kind)
                if result is None:
                    message = f"cannot compute {left_kind} {node.operator} {right_kind}"
                    raise self.error(message, node)
        if result is None:
            raise self.error(f"cannot compare {left_kind} with {right_kind}", node)
        return replace(checked, type=result)

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
        if container.args and not comparable(item, container.args[0]):
            raise self.error(f"{container} cannot hold {item}", node)
        return BOOL

    def conditional(self, node: Conditional, scope: Mapping[str, Type]) -> Node:
        condition = self.boolean(node.condition, scope, why="`? :`")
        then, then_kind = self.value(node.then, scope)
        otherwise, other_kind = self.value(node.otherwise, scope)
        kind = joined([then_kind, other_kind])
        if kind == DYN and not (holds_dyn(then_kind) or holds_dyn(other_kind)):
            message = f"both values of `? :` have one type, found {then_kind} and {other_kind}"
            raise self.error(message, node)
        return replace(node, condition=condition, then=then, otherwise=otherwise, type=kind)

    def has(self, node: Has, scope: Mapping[str, Type]) -> Node:
        if not isinstance(node.target, Field | Name):
            raise self.error("has() takes a fact such as customer.tier", node.target)
        return replace(node, target=self.check(node.target, scope), type=BOOL)

    def call(self, node: Call, scope: Mapping[str, Type]) -> Node:
        target, receiver = None, None
        if node.target is not None:
            target, receiver = self.value(node.target, scope)
        arguments = [self.value(argument, scope) for argument in node.arguments]
        checked = replace(node, target=target, arguments=tuple(part for part, _ in arguments))
        result = library.resolve(node.function, receiver, [kind for _, kind in arguments])
        if result is None:
            message, hint = unknown_call(node, receiver, [kind for _, kind in arguments])
            raise self.error(message, node, hint)
        fault = fault_of_constant(checked)
        if fault is not None:
            raise self.error(fault, checked)
        return replace(checked, type=result)

    def macro(self, node: Macro, scope: Mapping[str, Type]) -> Node:
        target, kind = self.value(node.target, scope)
        if kind.name not in {"list", "map", "dyn"}:
            raise self.error(f"{node.macro}() goes over a list or a map, found {kind}", target)
        if node.variable in scope:
            raise self.error(f"{node.variable} already names a fact: choose another name", node)
        self.comprehensions += 1
        if self.comprehensions > limits.MAX_COMPREHENSIONS:
            message = f"more than {limits.MAX_COMPREHENSIONS} lists inside each other"
            raise self.error(message, node)
        inner = {**scope, node.variable: kind.args[0] if kind.args else DYN}
        checked = replace(node, target=target)
        result: Type | None = None
        if node.macro == "map":
            body, result = self.value(node.body, inner)
            if node.result is not None:
                body = self.boolean(node.body, inner, why="map()'s condition")
                mapped, result = self.value(node.result, inner)
                checked = replace(checked, result=mapped)
        else:
            body = self.boolean(node.body, inner, why=f"{node.macro}()")
            result = inner[node.variable] if node.macro == "filter" else None
        self.comprehensions -= 1
        return replace(checked, body=body, type=BOOL if result is None else list_of(result))


_RULES: Final[dict[type[Node], Callable[[_Checker, Any, Mapping[str, Type]], Node]]] = {
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
