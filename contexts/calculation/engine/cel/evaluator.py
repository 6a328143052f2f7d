"""
The syntax tree to nested Python closures, one for each node: what a frame goes through to become a value.

An error is an exception until `&&`, `||` or a macro absorbs it. Nothing here knows static types: whether a
function fits is found by the types of the values, so that a checked and an unchecked expression decide alike.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from contexts.calculation.engine.errors import EvaluationError
from contexts.calculation.engine.nodes import (
    Binary,
    Bind,
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
    OptionalField,
    OptionalIndex,
    OptionalItem,
    PairMacro,
    Unary,
)

from . import macros, optionals
from .access import has, index, select, there
from .calls import dispatched, matching, membership, otherwise, paying_for_a_zone, paying_for_all
from .comparison import equal
from .frames import Evaluate, Frame, no_overload
from .library import FUNCTIONS, VARIADIC
from .names import function_named, path_of, readings
from .values import DENOTATIONS, CelMap, Uint

# Slots of the frame by the name of the loop's or binding's variable; True where it may hold an error.
Scope = Mapping[str, tuple[int, bool]]


class Compiler:
    def __init__(self, container: str) -> None:
        self.container = container
        self.slots = 0

    def compile(self, node: Node, scope: Scope) -> Evaluate:
        return _COMPILED[type(node)](self, node, scope)

    def within(self, scope: Scope, *names: str, may_fail: bool = False) -> Scope:
        """Return a scope with slots for these names; slots of scopes side by side are shared."""
        first = len(scope) and max(slot for slot, _ in scope.values()) + 1
        self.slots = max(self.slots, first + len(names))
        slots = {name: (first + number, may_fail) for number, name in enumerate(names)}
        return {**scope, **slots}

    def literal(self, node: Literal, _scope: Scope) -> Evaluate:
        value = Uint(node.value) if node.kind == "uint" else node.value  # type: ignore[arg-type]
        return lambda _frame: value

    def path(self, node: Name | Field, scope: Scope) -> Evaluate:
        path = path_of(node)
        if path is None or path[0] in scope:
            return self.field(node, scope) if isinstance(node, Field) else self.local(node, scope)
        ways = tuple(readings(path, self.container))
        return _path(ways, ".".join(path), self.container)

    def local(self, node: Name, scope: Scope) -> Evaluate:
        slot, may_fail = scope[node.name]

        def read(frame: Frame) -> Any:
            return frame.slots[slot]

        def read_or_raise(frame: Frame) -> Any:
            value = frame.slots[slot]
            if type(value) is EvaluationError:
                raise value
            return value

        return read_or_raise if may_fail else read

    def field(self, node: Field, scope: Scope) -> Evaluate:
        target, name = self.compile(node.target, scope), node.name
        return lambda frame: select(target(frame), name)

    def optional_field(self, node: OptionalField, scope: Scope) -> Evaluate:
        target, name = self.compile(node.target, scope), node.name
        return lambda frame: optionals.select(target(frame), name)

    def index(self, node: Index, scope: Scope) -> Evaluate:
        target, key = self.compile(node.target, scope), self.compile(node.key, scope)
        return lambda frame: index(target(frame), key(frame))

    def optional_index(self, node: OptionalIndex, scope: Scope) -> Evaluate:
        target, key = self.compile(node.target, scope), self.compile(node.key, scope)
        return lambda frame: optionals.select(target(frame), key(frame))

    def list_of(self, node: ListOf, scope: Scope) -> Evaluate:
        items = [self.compile(item, scope) for item in node.items]
        if not any(isinstance(item, OptionalItem) for item in node.items):
            return lambda frame: [item(frame) for item in items]
        lacking = [isinstance(part, OptionalItem) for part in node.items]
        given = list(zip(items, lacking, strict=True))

        def build(frame: Frame) -> list[Any]:
            values = [(item(frame), may_lack) for item, may_lack in given]
            return [kept for value, may_lack in values for kept in there(value, may_lack=may_lack)]

        return build

    def map_of(self, node: MapOf, scope: Scope) -> Evaluate:
        entries = [
            (self.compile(key, scope), self.compile(value, scope), isinstance(value, OptionalItem))
            for key, value in node.entries
        ]

        def build(frame: Frame) -> CelMap:
            result = CelMap()
            for key, value, may_lack in entries:
                place = key(frame)
                for kept in there(value(frame), may_lack=may_lack):
                    result.add(place, kept)
            return result

        return build

    def optional_item(self, node: OptionalItem, scope: Scope) -> Evaluate:
        return self.compile(node.value, scope)

    def unary(self, node: Unary, scope: Scope) -> Evaluate:
        return dispatched(f"{node.operator}_", [self.compile(node.operand, scope)], is_method=False)

    def binary(self, node: Binary, scope: Scope) -> Evaluate:
        left, right = self.compile(node.left, scope), self.compile(node.right, scope)
        match node.operator:
            case "==":
                return lambda frame: equal(left(frame), right(frame), frame.spend)
            case "!=":
                return lambda frame: not equal(left(frame), right(frame), frame.spend)
            case "in":
                return membership(left, right)
        return dispatched(f"_{node.operator}_", [left, right], is_method=False)

    def logical(self, node: Logical, scope: Scope) -> Evaluate:
        operands = [self.compile(part, scope) for part in node.operands]
        return macros.absorbing(operands, decisive=node.operator == "||")

    def conditional(self, node: Conditional, scope: Scope) -> Evaluate:
        condition = self.compile(node.condition, scope)
        then, instead = self.compile(node.then, scope), self.compile(node.otherwise, scope)

        def choose(frame: Frame) -> Any:
            chosen = condition(frame)
            if chosen is True:
                return then(frame)
            if chosen is False:
                return instead(frame)
            raise no_overload("`? :` takes a bool")

        return choose

    def has(self, node: Has, scope: Scope) -> Evaluate:
        field = node.target  # the grammar lets has() take nothing else
        target, name = self.compile(field.target, scope), field.name  # type: ignore[attr-defined]
        return lambda frame: has(target(frame), name)

    def call(self, node: Call, scope: Scope) -> Evaluate:
        name = function_named(node.function, node.target, self.container, FUNCTIONS, scope)
        is_method = name is None and node.target is not None
        operands = node.operands if is_method else node.arguments
        parts = [self.compile(part, scope) for part in operands]
        if is_method and node.function in {"or", "orValue"} and len(parts) == 2:  # noqa: PLR2004
            return otherwise(parts[0], parts[1], whole=node.function == "or")
        if name in VARIADIC:
            compute = VARIADIC[name]
            return lambda frame: compute(*[part(frame) for part in parts])
        if node.function == "matches" and len(parts) == 2:  # noqa: PLR2004
            return matching(parts[0], parts[1])
        if is_method and node.function == "format":
            parts = [paying_for_all(part) for part in parts]
        if is_method and node.function.startswith("get"):
            parts = [parts[0], *map(paying_for_a_zone, parts[1:])]
        return dispatched(name or node.function, parts, is_method=is_method)

    def macro(self, node: Macro, scope: Scope) -> Evaluate:
        return macros.loop(self, node, scope)

    def pair_macro(self, node: PairMacro, scope: Scope) -> Evaluate:
        return macros.loop_over_pairs(self, node, scope)

    def bind(self, node: Bind, scope: Scope) -> Evaluate:
        value = self.compile(node.value, scope)
        inner = self.within(scope, node.variable, may_fail=True)
        slot, _ = inner[node.variable]
        body = self.compile(node.body, inner)

        def bound(frame: Frame) -> Any:
            try:
                frame.slots[slot] = value(frame)
            except EvaluationError as error:  # it counts only where the variable is read
                frame.slots[slot] = error
            return body(frame)

        return bound


def _path(ways: tuple[tuple[str, tuple[str, ...]], ...], written: str, container: str) -> Evaluate:
    def read(frame: Frame) -> Any:
        variables = frame.variables
        for name, fields in ways:
            if name in variables:
                value = variables[name]
            elif name in DENOTATIONS:
                value = DENOTATIONS[name]
            else:
                continue
            for field in fields:
                value = select(value, field)
            return value
        raise EvaluationError(f"undeclared reference to '{written}' (in container '{container}')")

    return read


_COMPILED: Final[dict[type[Node], Callable[[Compiler, Any, Scope], Evaluate]]] = {
    Literal: Compiler.literal,
    Name: Compiler.path,
    Field: Compiler.path,
    Index: Compiler.index,
    ListOf: Compiler.list_of,
    MapOf: Compiler.map_of,
    Unary: Compiler.unary,
    Binary: Compiler.binary,
    Logical: Compiler.logical,
    Conditional: Compiler.conditional,
    Has: Compiler.has,
    Call: Compiler.call,
    Macro: Compiler.macro,
    PairMacro: Compiler.pair_macro,
    Bind: Compiler.bind,
    OptionalField: Compiler.optional_field,
    OptionalIndex: Compiler.optional_index,
    OptionalItem: Compiler.optional_item,
}
