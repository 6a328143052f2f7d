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
from .comparison import contains, equal
from .frames import Evaluate, Frame, no_overload
from .library import FUNCTIONS, VARIADIC, dispatch_table, find_computation
from .names import function_named, path_of, readings
from .values import DENOTATIONS, CelMap, OptionalValue, Uint, type_name

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
            return [kept for value, may_lack in values for kept in _there(value, may_lack=may_lack)]

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
                for kept in _there(value(frame), may_lack=may_lack):
                    result.add(place, kept)
            return result

        return build

    def optional_item(self, node: OptionalItem, scope: Scope) -> Evaluate:
        return self.compile(node.value, scope)

    def unary(self, node: Unary, scope: Scope) -> Evaluate:
        return _call(f"{node.operator}_", [self.compile(node.operand, scope)], is_method=False)

    def binary(self, node: Binary, scope: Scope) -> Evaluate:
        left, right = self.compile(node.left, scope), self.compile(node.right, scope)
        match node.operator:
            case "==":
                return lambda frame: equal(left(frame), right(frame), frame.spend)
            case "!=":
                return lambda frame: not equal(left(frame), right(frame), frame.spend)
            case "in":
                return _membership(left, right)
        return _call(f"_{node.operator}_", [left, right], is_method=False)

    def logical(self, node: Logical, scope: Scope) -> Evaluate:
        operands = [self.compile(part, scope) for part in node.operands]
        return macros.absorbing(operands, decisive=node.operator == "||")

    def conditional(self, node: Conditional, scope: Scope) -> Evaluate:
        condition = self.compile(node.condition, scope)
        then, otherwise = self.compile(node.then, scope), self.compile(node.otherwise, scope)

        def choose(frame: Frame) -> Any:
            chosen = condition(frame)
            if chosen is True:
                return then(frame)
            if chosen is False:
                return otherwise(frame)
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
            return _otherwise(parts[0], parts[1], whole=node.function == "or")
        if name in VARIADIC:
            compute = VARIADIC[name]
            return lambda frame: compute(*[part(frame) for part in parts])
        if node.function == "matches" and len(parts) == 2:  # noqa: PLR2004
            return _matching(parts[0], parts[1])
        if is_method and node.function == "format":
            parts = [_paying_for_all(part) for part in parts]
        if is_method and node.function.startswith("get"):
            parts = [parts[0], *map(_paying_for_a_zone, parts[1:])]
        return _call(name or node.function, parts, is_method=is_method)

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


def _there(value: Any, *, may_lack: bool) -> tuple[Any, ...]:
    """Return what an entry adds: itself, or, with `?`, the value of an optional if there is one."""
    if not may_lack:
        return (value,)
    if type(value) is not OptionalValue:
        raise no_overload(f"`?` takes an optional, found {type_name(value)}")
    return (value.value,) if value.present else ()


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


def select(target: Any, name: str) -> Any:
    """Return the value of a field, which is a map's entry at a string."""
    if type(target) is CelMap:
        try:
            return target.entries[name][1]
        except KeyError:
            raise EvaluationError(f"no such key: {name}") from None
    if type(target) is OptionalValue:
        return optionals.select(target, name)
    raise no_overload(f"{type_name(target)} has no fields")


def index(target: Any, key: Any) -> Any:
    if type(target) is list:
        place = optionals.whole_index(key)
        if 0 <= place < len(target):
            return target[place]
        raise EvaluationError(f"index out of bounds: {place}")
    if type(target) is CelMap:
        found = target.find(key)
        if found is None:
            raise EvaluationError(f"no such key: {key!s:.40}")
        return found[1]
    if type(target) is OptionalValue:
        return optionals.select(target, key)
    raise no_overload(f"{type_name(target)} has no entries")


def has(target: Any, name: str) -> bool:
    if type(target) is CelMap:
        return name in target.entries
    if type(target) is OptionalValue:
        return target.present and has(target.value, name)
    raise no_overload(f"{type_name(target)} has no fields")


def _membership(item: Evaluate, container: Evaluate) -> Evaluate:
    def is_in(frame: Frame) -> bool:
        wanted, within = item(frame), container(frame)
        if type(within) is not list and type(within) is not CelMap:
            raise no_overload(f"`in` takes a list or a map, found {type_name(within)}")
        return contains(within, wanted, frame.spend)

    return is_in


def _otherwise(target: Evaluate, other: Evaluate, *, whole: bool) -> Evaluate:
    def either(frame: Frame) -> Any:
        found = target(frame)
        if type(found) is not OptionalValue:
            raise no_overload(f"or takes optionals, found {type_name(found)}")
        if found.present:
            return found if whole else found.value
        instead = other(frame)
        if whole and type(instead) is not OptionalValue:
            raise no_overload(f"or takes optionals, found {type_name(instead)}")
        return instead

    return either


def _call(name: str, parts: list[Evaluate], *, is_method: bool) -> Evaluate:
    table = dispatch_table(name, is_method=is_method)

    def computation(kinds: tuple[type, ...], values: list[Any]) -> Callable[..., Any]:
        found = find_computation(name, kinds, is_method=is_method)
        if found is None:
            raise no_overload(f"{name}({', '.join(map(type_name, values))})")
        return found

    def call(frame: Frame) -> Any:
        values = [part(frame) for part in parts]
        kinds = tuple(map(type, values))
        compute = table.get(kinds) or computation(kinds, values)
        for value in values:
            frame.spend_for(value)
        result = compute(*values)
        frame.spend_for(result)
        return result

    return call


def _paying_for_all(part: Evaluate) -> Evaluate:
    def read(frame: Frame) -> Any:
        value = part(frame)
        frame.spend_for_all(value)
        return value

    return read


def _paying_for_a_zone(part: Evaluate) -> Evaluate:
    def read(frame: Frame) -> Any:
        value = part(frame)
        frame.spend_for_zone(value)
        return value

    return read


def _matching(text: Evaluate, regex: Evaluate) -> Evaluate:
    def matches(frame: Frame) -> bool:
        read, written = text(frame), regex(frame)
        if type(read) is not str or type(written) is not str:
            raise no_overload(f"matches({type_name(read)}, {type_name(written)})")
        return frame.matches(read, written)

    return matches


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
