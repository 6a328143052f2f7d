"""
The static check of CEL: undeclared names, unknown functions, operands of types that no overload takes.

It knows the types of variables from the caller and everything else from the library's signatures. What this
cannot do: know what a dyn value holds; and where several overloads fit, the result is dyn.
"""

from collections import ChainMap
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from contexts.calculation.engine.errors import ExpressionError
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
from contexts.calculation.engine.schema import BOOL, DYN, INT, Type, list_of, map_of
from contexts.calculation.engine.suggestions import closest

from .library import FUNCTIONS, OVERLOADS, VARIADIC
from .names import function_named, path_of, readings
from .types import (
    STRING,
    TYPE,
    Bindings,
    bounded,
    fits,
    is_parameter,
    joined,
    read_type,
    resolved,
    settled,
)
from .values import DENOTATIONS

Scope = Mapping[str, Type]
_NUMBERS: Final = frozenset({"int", "uint", "double", "dyn"})


def check_cel(tree: Node, source: str, types: Mapping[str, str], container: str) -> Type:
    """
    Return the type of an expression.

    Raises:
        ExpressionError: a name is not declared, or nothing takes operands of these types.

    """
    declared = {name: read_type(text) for name, text in types.items()}
    checker = _Checker(source, declared, container)
    return settled(checker.check(tree, {}))


class _Checker:
    def __init__(self, source: str, declared: Scope, container: str) -> None:
        self.source = source
        self.declared = declared
        self.container = container
        self.bindings: Bindings = {}
        self.parameters = 0

    def error(self, message: str, node: Node, hint: str | None = None) -> ExpressionError:
        start, end = node.span
        return ExpressionError(
            message, source=self.source, position=start, length=end - start, suggestion=hint
        )

    def check(self, node: Node, scope: Scope) -> Type:
        return bounded(resolved(_RULES[type(node)](self, node, scope), self.bindings))

    def fresh(self) -> Type:
        self.parameters += 1
        return Type(f"?{self.parameters}")

    def expect(self, node: Node, wanted: Type, scope: Scope, what: str) -> Type:
        found = self.check(node, scope)
        if not fits(found, wanted, self.bindings):
            message = f"{what} takes {settled(wanted)}, found {settled(found)}"
            raise self.error(message, node)
        return resolved(wanted if is_parameter(wanted) else found, self.bindings)

    def literal(self, node: Literal, _scope: Scope) -> Type:
        return Type(node.kind)

    def path(self, node: Name | Field, scope: Scope) -> Type:
        path = path_of(node)
        if path is None or path[0] in scope:
            if isinstance(node, Name):
                return scope[node.name]
            return self.field(node, scope)
        for name, fields in readings(path, self.container):
            kind = self.declared.get(name, TYPE if name in DENOTATIONS else None)
            if kind is not None:
                for field in fields:
                    kind = self.selected(kind, field, node)
                return kind
        written = ".".join(path)
        hint = closest(written, [*self.declared, *scope])
        message = f"undeclared reference to '{written}' (in container '{self.container}')"
        raise self.error(message, node, hint)

    def field(self, node: Field, scope: Scope) -> Type:
        return self.selected(self.check(node.target, scope), node.name, node)

    def selected(self, kind: Type, name: str, node: Node) -> Type:
        kind = resolved(kind, self.bindings)
        if kind.name == "dyn" or is_parameter(kind):
            return DYN
        if kind.name == "map" and fits(STRING, kind.args[0], ChainMap({}, self.bindings)):
            return kind.args[1]
        if kind.name == "optional_type":
            return Type("optional_type", (self.selected(kind.args[0], name, node),))
        raise self.error(f"type '{settled(kind)}' does not support field selection", node)

    def optional_field(self, node: OptionalField, scope: Scope) -> Type:
        found = self.selected(self.check(node.target, scope), node.name, node)
        return found if found.name == "optional_type" else Type("optional_type", (found,))

    def index(self, node: Index, scope: Scope) -> Type:
        return self.applied("_[_]", (node.target, node.key), node, scope)

    def optional_index(self, node: OptionalIndex, scope: Scope) -> Type:
        return self.applied("_[?_]", (node.target, node.key), node, scope)

    def list_of(self, node: ListOf, scope: Scope) -> Type:
        return list_of(self.joined([self.check(item, scope) for item in node.items]))

    def map_of(self, node: MapOf, scope: Scope) -> Type:
        keys = [self.check(key, scope) for key, _ in node.entries]
        values = [self.check(value, scope) for _, value in node.entries]
        return map_of(self.joined(keys), self.joined(values))

    def joined(self, kinds: list[Type]) -> Type:
        """Return one type for these; of nothing it is open, and settled where it is used."""
        return joined(kinds, self.bindings) if kinds else self.fresh()

    def optional_item(self, node: OptionalItem, scope: Scope) -> Type:
        inner = self.fresh()
        self.expect(node.value, Type("optional_type", (inner,)), scope, "`?`")
        return resolved(inner, self.bindings)

    def unary(self, node: Unary, scope: Scope) -> Type:
        return self.applied(f"{node.operator}_", (node.operand,), node, scope)

    def binary(self, node: Binary, scope: Scope) -> Type:
        return self.applied(f"_{node.operator}_", (node.left, node.right), node, scope)

    def logical(self, node: Logical, scope: Scope) -> Type:
        for operand in node.operands:
            self.expect(operand, BOOL, scope, f"`{node.operator}`")
        return BOOL

    def conditional(self, node: Conditional, scope: Scope) -> Type:
        return self.applied("_?_:_", (node.condition, node.then, node.otherwise), node, scope)

    def has(self, node: Has, scope: Scope) -> Type:
        if isinstance(node.target, Field):
            self.selected(self.check(node.target.target, scope), node.target.name, node)
        return BOOL

    def call(self, node: Call, scope: Scope) -> Type:
        name = function_named(node.function, node.target, self.container, FUNCTIONS, scope)
        if name in VARIADIC:
            return self.extreme(node, name, scope)
        if name is not None or node.target is None:
            return self.applied(name or node.function, node.arguments, node, scope)
        return self.applied(node.function, node.operands, node, scope, is_method=True)

    def extreme(self, node: Call, name: str, scope: Scope) -> Type:
        kinds = [self.check(argument, scope) for argument in node.arguments]
        if len(kinds) == 1 and kinds[0].name == "list":
            kinds = [*kinds[0].args]
        if not kinds or not all(kind.name in _NUMBERS or is_parameter(kind) for kind in kinds):
            given = ", ".join(str(settled(kind)) for kind in kinds)
            raise self.error(f"{name}() takes numbers, found ({given})", node)
        return self.joined(kinds)

    def applied(
        self,
        name: str,
        operands: tuple[Node, ...],
        node: Node,
        scope: Scope,
        *,
        is_method: bool = False,
    ) -> Type:
        given = [self.check(operand, scope) for operand in operands]
        rows = OVERLOADS.get((name, is_method))
        if rows is None:
            known = [other for other, method in OVERLOADS if method == is_method]
            hint = closest(name, [*known, *VARIADIC])
            raise self.error(f"undeclared reference to '{name}'", node, hint)
        fitting: list[tuple[Type, Bindings]] = []
        for row in rows:
            names: dict[str, Type] = {}
            parameters = [self.instance(kind, names) for kind in row.parameters]
            trial: ChainMap[str, Type] = ChainMap({}, self.bindings)
            if len(parameters) == len(given) and _all_fit(given, parameters, trial):
                fitting.append((resolved(self.instance(row.result, names), trial), trial.maps[0]))
        if not fitting:
            shown = ", ".join(str(settled(kind)) for kind in given)
            raise self.error(f"no matching overload for '{name}' applied to '({shown})'", node)
        if len(fitting) == 1:
            self.bindings.update(fitting[0][1])
        results = {result for result, _ in fitting}
        return results.pop() if len(results) == 1 else DYN

    def instance(self, kind: Type, names: dict[str, Type]) -> Type:
        """Return a signature's type with this call's own parameters."""
        if is_parameter(kind):
            return names.setdefault(kind.name, self.fresh())
        if not kind.args:
            return kind
        return Type(kind.name, tuple(self.instance(arg, names) for arg in kind.args))

    def gone_over(self, node: Macro | PairMacro, scope: Scope) -> tuple[Type, Type, Type]:
        """Return the types of key and value of what a macro goes over, and of its only variable."""
        kind = self.check(node.target, scope)
        if kind.name == "dyn" or is_parameter(kind):
            return DYN, DYN, DYN
        if kind.name == "list":
            return INT, kind.args[0], kind.args[0]
        if kind.name == "map":
            return kind.args[0], kind.args[1], kind.args[0]
        message = f"{node.macro}() goes over a list or a map, found {kind}"
        raise self.error(message, node.target)

    def macro(self, node: Macro, scope: Scope) -> Type:
        if node.macro in {"optMap", "optFlatMap"}:
            return self.optional_macro(node, scope)
        _, _, item = self.gone_over(node, scope)
        inner = {**scope, node.variable: item}
        if node.macro == "map" and node.result is None:
            return list_of(self.check(node.body, inner))
        self.expect(node.body, BOOL, inner, f"{node.macro}()")
        if node.result is not None:
            return list_of(self.check(node.result, inner))
        return list_of(item) if node.macro == "filter" else BOOL

    def optional_macro(self, node: Macro, scope: Scope) -> Type:
        inside = self.fresh()
        self.expect(node.target, Type("optional_type", (inside,)), scope, f"{node.macro}()")
        inner = {**scope, node.variable: resolved(inside, self.bindings)}
        if node.macro == "optMap":
            return Type("optional_type", (self.check(node.body, inner),))
        wanted = Type("optional_type", (self.fresh(),))
        return self.expect(node.body, wanted, inner, "optFlatMap()'s body")

    def pair_macro(self, node: PairMacro, scope: Scope) -> Type:
        key, value, _ = self.gone_over(node, scope)
        inner = {**scope, node.key: key, node.value: value}
        if not node.macro.startswith("transform"):
            return self.expect(node.body, BOOL, inner, f"{node.macro}()") and BOOL
        transform = node.body
        if node.result is not None:
            self.expect(node.body, BOOL, inner, f"{node.macro}()'s condition")
            transform = node.result
        if node.macro == "transformMapEntry":
            wanted = map_of(self.fresh(), self.fresh())
            return self.expect(transform, wanted, inner, "transformMapEntry()")
        result = self.check(transform, inner)
        return list_of(result) if node.macro == "transformList" else map_of(key, result)

    def bind(self, node: Bind, scope: Scope) -> Type:
        return self.check(node.body, {**scope, node.variable: self.check(node.value, scope)})


def _all_fit(given: Iterable[Type], wanted: Iterable[Type], bindings: Bindings) -> bool:
    return all(fits(one, other, bindings) for one, other in zip(given, wanted, strict=True))


_RULES: Final[dict[type[Node], Callable[[_Checker, Any, Scope], Type]]] = {
    Literal: _Checker.literal,
    Name: _Checker.path,
    Field: _Checker.path,
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
    PairMacro: _Checker.pair_macro,
    Bind: _Checker.bind,
    OptionalField: _Checker.optional_field,
    OptionalIndex: _Checker.optional_index,
    OptionalItem: _Checker.optional_item,
}
