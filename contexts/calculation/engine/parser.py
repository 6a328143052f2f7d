"""
Tokens to the syntax tree: a Pratt parser whose operator table is the grammar.

What this cannot do: know a name from a typo, or a type; that is the checker's. It never recurses
deeper than the bound, whatever the text. It reads what rules may say; `cel.grammar` adds the rest.
"""

from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

from . import limits
from .errors import ExpressionError
from .lexer import Token, tokenize
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

# How tightly each operator binds, from CEL's grammar; operators of one line associate to the left.
PRECEDENCE: Final = {
    "?": 10,
    "||": 20,
    "&&": 30,
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">=", "in"), 40),
    **dict.fromkeys(("+", "-"), 50),
    **dict.fromkeys(("*", "/", "%"), 60),
    **dict.fromkeys((".", "[", "("), 80),
}
UNARY: Final = 70  # ! and - bind tighter than * and looser than a field
MACROS: Final = frozenset({"all", "exists", "exists_one", "map", "filter"})
RESERVED: Final = frozenset(
    [
        "as",
        "break",
        "const",
        "continue",
        "else",
        "for",
        "function",
        "if",
        "import",
        "let",
        "loop",
        "package",
        "namespace",
        "return",
        "var",
        "void",
        "while",
    ]
)
_WORD_OPERATORS: Final = {"and": "&&", "or": "||", "not": "!", "AND": "&&", "OR": "||", "NOT": "!"}
# What of CEL stands at this place, by the tokens that show it.
_NOT_IN_RULES: Final = {
    **dict.fromkeys(((".", "?"), ("[", "?"), (",", "?"), ("{", "?")), "optional values: use has()"),
    ("name", "{"): "protobuf messages: facts are records and maps",
}


def parse(source: str) -> Node:
    """
    Read one expression.

    Raises:
        ExpressionError: the text is not an expression, or is beyond a bound.

    """
    return Parser(source).whole()


class Parser:
    def __init__(self, source: str, *, full: bool = False) -> None:
        self.source = source
        self.tokens = tokenize(source, full=full)
        self.position = 0
        self.nesting = 0

    def whole(self) -> Node:
        tree = self.expression(0)
        if self.token.kind != "end":
            raise self.unexpected("the end of the expression")
        return tree

    @property
    def token(self) -> Token:
        return self.tokens[self.position]

    def take(self, kind: str = "") -> Token:
        token = self.tokens[self.position]
        if kind and token.kind != kind:
            raise self.unexpected(repr(kind) if kind != "name" else "a name")
        self.position += 1
        return token

    def accept(self, kind: str) -> bool:
        found = self.tokens[self.position].kind == kind
        self.position += found
        return found

    def error(self, message: str, start: int, end: int, hint: str | None = None) -> ExpressionError:
        return ExpressionError(
            message, source=self.source, position=start, length=end - start, suggestion=hint
        )

    def unexpected(self, wanted: str) -> ExpressionError:
        token = self.token
        found = "the end" if token.kind == "end" else repr(token.text[:40])
        hint = _WORD_OPERATORS.get(token.text)
        before = self.tokens[self.position - 1].kind
        if refused := _NOT_IN_RULES.get((before, token.kind)):
            return self.error(f"rules have no {refused}", token.start, token.end)
        return self.error(f"expected {wanted}, found {found}", token.start, token.end, hint)

    def make(self, cls: Callable[..., Node], start: int, *parts: Any, **more: Any) -> Node:
        """Build a node that ends at the last token taken, within the bound on depth."""
        depth = 0
        for part in (*parts, *more.values()) if more else parts:
            if isinstance(part, Node):
                deep = part.depth
            elif type(part) is tuple and part:
                deep = _deepest(part)
            else:
                continue
            if deep > depth:  # noqa: PLR1730 - hot: a call costs more
                depth = deep
        depth += 1
        end = self.tokens[self.position - 1].end
        if depth > limits.MAX_DEPTH:
            raise self.error(f"nested deeper than {limits.MAX_DEPTH} levels", start, end)
        return cls(*parts, **more, span=_span(start, end), depth=depth)

    def expression(self, tightness: int) -> Node:
        self.nesting += 1
        if self.nesting > limits.MAX_DEPTH:
            token = self.token
            raise self.error(
                f"nested deeper than {limits.MAX_DEPTH} levels", token.start, token.end
            )
        left = self.prefix()
        while True:
            token = self.tokens[self.position]
            operator = "in" if token.text == "in" else token.kind
            if PRECEDENCE.get(operator, 0) <= tightness:
                break
            left = self.infix(operator, left)
        self.nesting -= 1
        return left

    def prefix(self) -> Node:
        token = self.take()
        match token.kind:
            case "literal":
                return self.literal(token)
            case "name":
                return self.name(token)
            case "(":
                inner = self.expression(0)
                self.take(")")
                return inner
            case "[":
                items = self.items("]", self.item)
                return self.make(ListOf, token.start, items)
            case "{":
                entries = self.items("}", self.entry)
                return self.make(MapOf, token.start, entries)
            case "!" | "-":
                return self.unary(token)
        self.position -= 1
        raise self.unexpected("a value")

    def literal(self, token: Token, sign: str = "") -> Node:
        value = token.value
        if token.type == "int" and value == limits.MAX_INT + 1 and not sign:
            raise self.error("an int has at most 64 bits", token.start, token.end)
        return self.make(Literal, token.start, token.type, value, spelling=token.text)

    def unary(self, token: Token) -> Node:
        following = self.token
        if token.kind == "-" and following.type in {"int", "decimal", "double"}:
            after = self.tokens[self.position + 1].kind
            if after not in {".", "["}:
                self.take()
                return self.negative(token, following)
        operand = self.expression(UNARY)
        return self.make(Unary, token.start, token.kind, operand)

    def negative(self, minus: Token, number: Token) -> Node:
        value = number.value
        if isinstance(value, Decimal):  # a minus would round to the thread's context
            value = value.copy_negate() if value else value
        elif isinstance(value, int | float):
            value = -value
        spelling = "-" + number.text
        return self.make(Literal, minus.start, number.type, value, spelling=spelling)

    def name(self, token: Token) -> Node:
        if token.text in RESERVED or token.text == "in":
            raise self.error(f"{token.text!r} is a reserved word", token.start, token.end)
        if self.token.kind != "(":
            return self.make(Name, token.start, token.text)
        self.take("(")
        arguments = self.items(")", self.argument)
        if token.text != "has":
            return self.make(Call, token.start, token.text, None, arguments)
        if len(arguments) != 1:
            raise self.error("has() takes one fact", token.start, token.end)
        return self.make(Has, token.start, arguments[0])

    def infix(self, operator: str, left: Node) -> Node:
        start = left.span[0]
        operator_token = self.take()
        match operator:
            case ".":
                return self.member(left)
            case "[":
                key = self.expression(0)
                self.take("]")
                return self.make(Index, start, left, key)
            case "(":
                self.position -= 1
                raise self.unexpected("an operator")
            case "?":
                then = self.expression(PRECEDENCE["?"])
                self.take(":")
                otherwise = self.expression(0)
                return self.make(Conditional, start, left, then, otherwise)
        right = self.expression(PRECEDENCE[operator])
        if operator in {"&&", "||"}:
            operands = [*_operands(operator, left), *_operands(operator, right)]
            while self.accept(operator):
                operands += _operands(operator, self.expression(PRECEDENCE[operator]))
            return self.make(Logical, start, operator, tuple(operands))
        return self.make(Binary, start, operator_token.text, left, right)

    def member(self, target: Node) -> Node:
        name = self.take("name")
        start = target.span[0]
        if not self.accept("("):
            return self.make(Field, start, target, name.text)
        arguments = self.items(")", self.argument)
        if name.text in MACROS:
            return self.macro(target, name, arguments)
        return self.make(Call, start, name.text, target, arguments)

    def macro(self, target: Node, name: Token, arguments: tuple[Node, ...]) -> Node:
        allowed = {2, 3} if name.text == "map" else {2}
        if len(arguments) not in allowed or not isinstance(arguments[0], Name):
            message = f"{name.text}() takes a variable and an expression"
            hint = f"{name.text}(item, …)"
            raise self.error(message, name.start, name.end, hint)
        start = target.span[0]
        body, *result = arguments[1:]
        variable = arguments[0].name
        more = {"result": result[0]} if result else {}
        return self.make(Macro, start, name.text, target, variable, body, **more)

    def items(self, closing: str, item: Callable[[], Any]) -> tuple[Any, ...]:
        found: list[Any] = []
        start = self.tokens[self.position - 1].start
        while not self.accept(closing):
            if found:
                self.take(",")
                if closing != ")" and self.accept(closing):  # a trailing comma
                    break
            found.append(item())
            if len(found) > limits.MAX_LITERAL_ITEMS:
                message = f"more than {limits.MAX_LITERAL_ITEMS} entries"
                raise self.error(message, start, start + 1)
        return tuple(found)

    def argument(self) -> Node:
        return self.expression(0)

    def item(self) -> Node:
        return self.expression(0)

    def entry(self) -> tuple[Node, Node]:
        key = self.expression(0)
        self.take(":")
        return key, self.expression(0)


@lru_cache(maxsize=65_536)
def _span(start: int, end: int) -> tuple[int, int]:
    """Return a span, one for all nodes of all rules that stand at the same place."""
    return start, end


def _deepest(parts: tuple[Any, ...]) -> int:
    """Return the depth of the deepest node in a list's items or a map's entries."""
    return max(
        (_deepest(part) if isinstance(part, tuple) else part.depth for part in parts), default=0
    )


def _operands(operator: str, node: Node) -> tuple[Node, ...]:
    if isinstance(node, Logical) and node.operator == operator:
        return node.operands
    return (node,)
