"""
One text for every spelling of the same tree, and its hash.

Spaces, comments, superfluous parentheses, quotes, escapes and trailing zeros do not count. What this
cannot do: see that `a && b` means `b && a`, or that a loop variable has another name.
"""

from decimal import Decimal
from hashlib import sha256
from typing import Final

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
from .parser import PRECEDENCE, UNARY

_ATOM: Final = 100
_ATOMS: Final = frozenset({Name, Field, Index, ListOf, MapOf, Has, Call, Macro})
_ESCAPES: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def canonical(node: Node) -> str:  # noqa: PLR0911 - one case for each kind of node
    """Return the canonical text of a tree; parsed again it gives an equal tree."""
    match node:
        case Literal():
            return literal_text(node)
        case Name(name=name):
            return name
        case Field(target=target, name=name):
            return f"{_inside(target, PRECEDENCE['.'])}.{name}"
        case Index(target=target, key=key):
            return f"{_inside(target, PRECEDENCE['.'])}[{canonical(key)}]"
        case ListOf(items=items):
            return f"[{', '.join(map(canonical, items))}]"
        case MapOf(entries=entries):
            return f"{{{', '.join(f'{canonical(k)}: {canonical(v)}' for k, v in entries)}}}"
        case Has(target=target):
            return f"has({canonical(target)})"
        case Call() | Macro():
            return _call(node)
    return _operation(node)


def _call(node: Call | Macro) -> str:
    if isinstance(node, Macro):
        parts = [node.variable, canonical(node.body)]
        parts += [] if node.result is None else [canonical(node.result)]
        return f"{_inside(node.target, PRECEDENCE['.'])}.{node.macro}({', '.join(parts)})"
    arguments = ", ".join(map(canonical, node.arguments))
    target = "" if node.target is None else f"{_inside(node.target, PRECEDENCE['.'])}."
    return f"{target}{node.function}({arguments})"


def _operation(node: Node) -> str:
    tightness = _tightness(node)
    match node:
        case Unary(operator=operator, operand=operand):
            text = _inside(operand, tightness)
            number = operator == "-" and text[0].isdigit()  # -(5) is no literal: keep it apart
            return f"{operator}({text})" if number else operator + text
        case Binary(operator=operator, left=left, right=right):
            return f"{_inside(left, tightness)} {operator} {_inside(right, tightness + 1)}"
        case Logical(operator=operator, operands=operands):
            return f" {operator} ".join(_inside(part, tightness + 1) for part in operands)
        case Conditional(condition=condition, then=then, otherwise=otherwise):
            return (
                f"{_inside(condition, tightness + 1)} ? {_inside(then, tightness + 1)}"
                f" : {canonical(otherwise)}"
            )
    raise AssertionError(f"no text for {type(node).__name__}")


def _tightness(node: Node) -> int:
    if type(node) in _ATOMS:  # most of them
        return _ATOM
    match node:
        case Binary(operator=operator) | Logical(operator=operator):
            return PRECEDENCE[operator]
        case Conditional():
            return PRECEDENCE["?"]
        case Unary():
            return UNARY
        case Literal(kind="int" | "decimal", value=value):
            # 5.abs() would read as a number: it needs its parentheses
            return UNARY if str(value)[0] == "-" else PRECEDENCE["."]
    return _ATOM


def _inside(node: Node, tightness: int) -> str:
    text = canonical(node)
    loose = _tightness(node) < tightness
    numeral = tightness == PRECEDENCE["."] and isinstance(node, Literal) and node.kind == "int"
    return f"({text})" if loose or numeral else text


def literal_text(node: Literal) -> str:
    """Return a literal as CEL writes it."""
    value = node.value
    if node.kind == "decimal" and isinstance(value, Decimal):
        text = format(value, "f")
        return text if "." in text else f"{text}.0"
    if isinstance(value, str):
        return quoted(value)
    return {"null": "null", "bool": str(value).lower()}.get(node.kind, str(value))


def quoted(text: str) -> str:
    """Return a string literal that reads back as this text."""
    if text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    return '"' + "".join(_ESCAPES.get(c) or _printable(c) for c in text) + '"'


def _printable(character: str) -> str:
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004


def content_hash(text: str) -> str:
    """Return the SHA-256 of a text, in hexadecimal."""
    return sha256(text.encode()).hexdigest()
