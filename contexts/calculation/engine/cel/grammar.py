"""
The rest of CEL's grammar, on top of what rules may say: optional values, `cel.bind`, pairs, leading dots.

Macros are known by their name and the number of their arguments, as in the specification; with
another number it is a function of that name, which may not exist. What this cannot do: protobuf
messages, `T{field: value}`; they are refused by name.
"""

from typing import Final

from contexts.calculation.engine.errors import ExpressionError
from contexts.calculation.engine.lexer import Token
from contexts.calculation.engine.nodes import (
    Bind,
    Call,
    Field,
    Has,
    Macro,
    Name,
    Node,
    OptionalField,
    OptionalIndex,
    OptionalItem,
    PairMacro,
)
from contexts.calculation.engine.parser import RESERVED, Parser

# The number of arguments that make a method call a macro: with one variable, and with two.
_ONE_VARIABLE: Final = {
    "all": {2},
    "exists": {2},
    "exists_one": {2},
    "existsOne": {2},
    "map": {2, 3},
    "filter": {2},
    "optMap": {2},
    "optFlatMap": {2},
}
_TWO_VARIABLES: Final = {
    "all": {3},
    "exists": {3},
    "exists_one": {3},
    "existsOne": {3},
    "transformList": {3, 4},
    "transformMap": {3, 4},
    "transformMapEntry": {3, 4},
}
_BIND_ARGUMENTS: Final = 3


def parse_cel(source: str) -> Node:
    """
    Read one expression of full CEL.

    Raises:
        ExpressionError: the text is not an expression, or is beyond a bound.

    """
    return _CelParser(source, full=True).whole()


class _CelParser(Parser):
    def unexpected(self, wanted: str) -> ExpressionError:
        token, before = self.token, self.tokens[self.position - 1]
        if token.kind == "{" and before.kind == "name":
            message = f"protobuf messages are not supported: {before.text}{{…}}"
            return self.error(message, before.start, token.end)
        found = "the end" if token.kind == "end" else repr(token.text[:40])
        return self.error(f"expected {wanted}, found {found}", token.start, token.end)

    def prefix(self) -> Node:
        if self.token.kind != ".":
            return super().prefix()
        dot = self.take()
        token = self.take("name")
        self.refuse_reserved(token, RESERVED)
        return self.name(token._replace(text=f".{token.text}", start=dot.start))

    def refuse_reserved(self, token: Token, words: frozenset[str] = frozenset()) -> None:
        if token.text == "in" or token.text in words:
            raise self.error(f"{token.text!r} is a reserved word", token.start, token.end)

    def name(self, token: Token) -> Node:
        node = super().name(token)
        if isinstance(node, Has) and not isinstance(node.target, Field):
            raise self.error("has() takes a field such as a.b", *node.target.span)
        return node

    def infix(self, operator: str, left: Node) -> Node:
        if operator != "[" or self.tokens[self.position + 1].kind != "?":
            return super().infix(operator, left)
        self.position += 2
        key = self.expression(0)
        self.take("]")
        return self.make(OptionalIndex, left.span[0], left, key)

    def member(self, target: Node) -> Node:
        start = target.span[0]
        optional = self.accept("?")
        name = self.take() if self.token.kind == "quoted" else self.take("name")
        self.refuse_reserved(name)
        field = name.value if isinstance(name.value, str) else name.text
        if optional:
            return self.make(OptionalField, start, target, field)
        if name.kind == "quoted" or not self.accept("("):
            return self.make(Field, start, target, field)
        arguments = self.items(")", self.argument)
        macro = self.macro(target, name, arguments)
        return macro or self.make(Call, start, name.text, target, arguments)

    def macro(self, target: Node, name: Token, arguments: tuple[Node, ...]) -> Node | None:  # type: ignore[override]
        start, count = target.span[0], len(arguments)
        if name.text == "bind" and count == _BIND_ARGUMENTS and target == Name("cel"):
            variable, value, body = arguments
            return self.make(Bind, start, self.variable(variable), value, body)
        if count in _ONE_VARIABLE.get(name.text, ()):
            variable, body, *result = arguments
            more = {"result": result[0]} if result else {}
            parts = (_one_name(name.text), target, self.variable(variable), body)
            return self.make(Macro, start, *parts, **more)
        if count in _TWO_VARIABLES.get(name.text, ()):
            first, second, body, *result = arguments
            key, value_name = self.variable(first), self.variable(second)
            if key == value_name:
                raise self.error("the two variables have two names", *second.span)
            more = {"result": result[0]} if result else {}
            names = (_one_name(name.text), target, key, value_name)
            return self.make(PairMacro, start, *names, body, **more)
        return None

    def variable(self, node: Node) -> str:
        if isinstance(node, Name) and not node.name.startswith("."):
            return node.name
        raise self.error("a macro's variable is a simple name", *node.span)

    def item(self) -> Node:
        start = self.token.start
        if not self.accept("?"):
            return self.expression(0)
        return self.make(OptionalItem, start, self.expression(0))

    def entry(self) -> tuple[Node, Node]:
        start = self.token.start
        optional = self.accept("?")
        key = self.expression(0)
        self.take(":")
        value = self.expression(0)
        return key, self.make(OptionalItem, start, value) if optional else value


def _one_name(macro: str) -> str:
    return "exists_one" if macro == "existsOne" else macro
