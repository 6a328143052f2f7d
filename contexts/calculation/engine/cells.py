"""
The cells of a decision table: what they say about their column's input, as a tree and as one canonical text.

    cell  = "" | "-" | "where" expression | "not(" tests ")" | tests
    tests = test {"," test}
    test  = expression | ("<" | "<=" | ">" | ">=" | "==" | "!=") expression | range
    range = ("[" | "(") expression ".." expression ("]" | ")")

A value means that the input equals it, of a list that the input holds it; `null` that the input is missing. What this
cannot do: DMN's reversed brackets `]1..5[`, or a test that names the input itself, which is a `where`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from .canonical import canonical
from .errors import ExpressionError
from .lexer import Token, tokenize
from .nodes import Binary, Has, ListOf, Literal, Logical, Node, Unary
from .parser import parse

_RELATIONS: Final = frozenset({"<", "<=", ">", ">=", "==", "!="})
_OPENING, _CLOSING = frozenset("([{"), frozenset(")]}")


@dataclass(frozen=True, slots=True)
class Test:
    """What an input is held against: `==` and the other relations with one value, `..` with two."""

    relation: str
    values: tuple[Node, ...]
    brackets: str = ""

    @property
    def text(self) -> str:
        """Its canonical text."""
        first, *second = map(canonical, self.values)
        if second:
            return f"{self.brackets[0]}{first}..{second[0]}{self.brackets[1]}"
        return first if self.relation == "==" else f"{self.relation} {first}"


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell as read: any of its tests, or none of them if `negated`; or a whole condition."""

    source: str
    tests: tuple[Test, ...] = ()
    negated: bool = False
    whole: Node | None = None

    @property
    def text(self) -> str:
        """One text for every spelling."""
        if self.whole is not None:
            return f"where {canonical(self.whole)}"
        if not self.tests:
            return "-"
        tests = ", ".join(test.text for test in self.tests)
        return f"not({tests})" if self.negated else tests

    def condition(self, read: Node, *, holds_many: bool) -> Node | None:
        """Return what it says of the input, None if nothing; `holds_many` is said of a list."""
        if self.whole is not None or not self.tests:
            return self.whole
        span = (0, len(self.source))
        values = [it.values[0] for it in self.tests if it.relation == "==" and not _is_null(it)]
        if 1 < len(values) == len(self.tests) and not holds_many:
            found: Node = Binary("in", read, ListOf(tuple(values), span=span), span=span)
        else:
            parts = [_tested(test, read, span, holds_many=holds_many) for test in self.tests]
            found = joined("||", parts)
        return _denied(found) if self.negated else found


def joined(operator: str, parts: Iterable[Node]) -> Node:
    """Return the parts with `&&` or `||` between them, flat as the parser makes it."""
    flat: list[Node] = []
    for part in parts:
        same = isinstance(part, Logical) and part.operator == operator
        flat += part.operands if same and isinstance(part, Logical) else [part]
    return flat[0] if len(flat) == 1 else Logical(operator, tuple(flat), span=flat[0].span)


def _is_null(test: Test) -> bool:
    value = test.values[0]
    return isinstance(value, Literal) and value.kind == "null"


def _tested(test: Test, read: Node, span: tuple[int, int], *, holds_many: bool) -> Node:
    first, *second = test.values
    if second:
        lower = Binary(">=" if test.brackets[0] == "[" else ">", read, first, span=span)
        upper = Binary("<=" if test.brackets[1] == "]" else "<", read, second[0], span=span)
        return Logical("&&", (lower, upper), span=span)
    if _is_null(test) and test.relation in {"==", "!="}:
        given = Has(read, span=span)
        return given if test.relation == "!=" else Unary("!", given, span=span)
    if holds_many and test.relation in {"==", "!="} and not isinstance(first, ListOf):
        held = Binary("in", first, read, span=span)
        return held if test.relation == "==" else Unary("!", held, span=span)
    return Binary(test.relation, read, first, span=span)


def _denied(node: Node) -> Node:
    match node:
        case Binary(operator="==", left=left, right=right):
            return Binary("!=", left, right, span=node.span)
        case Unary(operator="!", operand=operand):
            return operand
    return Unary("!", node, span=node.span)


def read_cell(source: str) -> Cell:
    """
    Read one cell.

    Raises:
        ExpressionError: it is not written as a cell is; the position is a place in it.

    """
    tokens = tokenize(source)
    if tokens[0].kind == "end" or (tokens[0].kind == "-" and tokens[1].kind == "end"):
        return Cell(source)
    if tokens[0].text == "where" and tokens[0].kind == "name":
        return Cell(source, whole=_parsed(source, tokens[0].end, len(source)))
    inner = tokens[:-1]
    negated = _is_negated(inner)
    pieces = _split(inner[2:-1] if negated else inner)
    tests = tuple(_test(source, piece) for piece in pieces)
    if len(tests) == 1 and tests[0].relation == "!=":  # != x and not(x) are one test
        tests, negated = (Test("==", tests[0].values),), not negated
    return Cell(source, tests, negated=negated)


def _is_negated(tokens: list[Token]) -> bool:
    if len(tokens) < 3 or tokens[0].text != "not" or tokens[1].kind != "(":  # noqa: PLR2004 - not ( )
        return False
    return _closing(tokens, 1) == len(tokens) - 1


def _closing(tokens: list[Token], opening: int) -> int:
    depth = 0
    for number, token in enumerate(tokens[opening:], opening):
        depth += (token.kind in _OPENING) - (token.kind in _CLOSING)
        if depth == 0:
            return number
    return len(tokens)


def _split(tokens: list[Token]) -> list[list[Token]]:
    """Split at commas that stand in no brackets; of a range, either kind closes either."""
    pieces: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += (token.kind in _OPENING) - (token.kind in _CLOSING)
        if token.kind == "," and depth == 0:
            pieces.append([])
        else:
            pieces[-1].append(token)
    return pieces


def _test(source: str, tokens: list[Token]) -> Test:
    if not tokens:
        message = "a cell has a test on each side of a comma, and `-` or nothing for any value"
        raise ExpressionError(message, source=source, position=0, length=len(source))
    first, last = tokens[0], tokens[-1]
    separator = _separator(tokens)
    if separator is not None:
        if first.kind not in {"[", "("} or last.kind not in {"]", ")"}:
            message = "a range stands in brackets: [1..5] with its ends, (1..5) without"
            raise ExpressionError(message, source=source, position=separator, length=2)
        ends = ((first.end, separator), (separator + 2, last.start))
        values = tuple(_parsed(source, *end) for end in ends)
        return Test("..", values, first.kind + last.kind)
    relation = "".join(token.kind for token in tokens[:1] if token.kind in _RELATIONS)
    if relation:
        return Test(relation, (_parsed(source, first.end, last.end),))
    return Test("==", (_parsed(source, first.start, last.end),))


def _separator(tokens: list[Token]) -> int | None:
    """Return where `..` stands; the lexer takes its second point for a number's, as in 1..5."""
    for one, other in pairwise(tokens):
        if one.kind == "." and one.end == other.start and other.text.startswith("."):
            return one.start
    return None


def _parsed(source: str, start: int, end: int) -> Node:
    """Parse a part of a cell where it stands, so that its spans are places in the cell."""
    try:
        return parse(" " * start + source[start:end])
    except ExpressionError as error:
        raise ExpressionError(
            error.message,
            source=source,
            position=min(error.position, len(source)),
            length=error.length,
            suggestion=error.suggestion,
        ) from None
