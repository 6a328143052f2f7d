"""Values as people write them: gold, “Spring sale”, 10 %, 100.00 EUR, 1 January 2026, 08:00 UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from contexts.calculation.engine.canonical import canonical, literal_text, quoted
from contexts.calculation.engine.nodes import Binary, Call, ListOf, Literal, Macro, Node
from contexts.calculation.policies.words.naming import Scope, named

# what needs no quotes: one word that is neither a number nor one of the words that sentences are made of
_WORD = re.compile(r"[^\W\d_][\w/-]*(\.[\w/-]+)*\Z")
_OURS = re.compile(
    r"(a|an|and|any|at|each|either|every|exactly|always|never|for|has|have|if|in|is"
    r"|it|its|known|lines|missing|neither|no|none|nor|not|of|one|or|otherwise|some|than|that|the|then|there|to|true|false|whose|yes)\Z"
)
_PLAIN_NUMBER = re.compile(r"-?\d+(\.\d+)?\Z")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)\Z")
_NUMBERS = frozenset({"int", "decimal"})
_SIGNS = {"*": "×", "/": "÷", "+": "+", "-": "-"}  # noqa: RUF001 - as people write it


def value(node: Node, scope: Scope, unit: str = "") -> str:  # noqa: PLR0911 - one case for each kind
    """What a value is, in words; text that only the language can write is shown as it is written."""
    match node:
        case Literal(kind="string", value=str(text)):
            return people_quote(text)
        case Literal(kind="int" | "decimal"):
            return in_unit(number(node), unit, scope)
        case Literal(kind="bool"):
            return literal_text(node)
        case Call(function="timestamp", target=None, arguments=(Literal(value=str(text)),)):
            return moment(text) or as_written(node)
        case Binary(operator=operator, left=left, right=right) if (
            operator in _SIGNS and node.type is not None and node.type.name in _NUMBERS
        ):
            return f"{_operand(left, scope)} {_SIGNS[operator]} {_operand(right, scope)}"
        case Call(function="size" | "sum") | Macro():
            return as_written(node)
    return named(node, scope) or as_written(node)


def choices(given: ListOf, scope: Scope, unit: str = "") -> str:
    """The items of a list that something is one of."""
    return ", ".join(value(item, scope, unit) for item in given.items)


def people_quote(text: str) -> str:
    """A text as people show it: bare if it is one word, in quotes that it does not hold itself otherwise."""
    return text if _WORD.match(text) and not _OURS.match(text) else in_quotes(text)


def in_quotes(text: str) -> str:
    """A text in quotes; escaped where it holds such quotes, or what cannot be seen."""
    if text and text.isprintable() and text == text.strip() and not set(text) & set("“”"):
        return f"“{text}”"
    return quoted(text)


def number(node: Literal) -> str:
    """A number by its own digits."""
    return node.spelling if _PLAIN_NUMBER.match(node.spelling) else literal_text(node)


def in_unit(digits: str, unit: str, scope: Scope) -> str:
    if unit == "%":
        return f"{digits} %"
    return f"{digits} {scope.currency}" if unit == "money" and scope.currency else digits


def moment(text: str) -> str:
    """A moment with its zone; nothing for one that is not written in full."""
    if not _MOMENT.match(text):
        return ""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return ""
    zone = "UTC" if text.endswith("Z") else f"UTC{text[-6:]}"
    seconds = f":{read.second:02}" if read.second else ""
    shown = read if read.tzinfo else read.replace(tzinfo=UTC)
    return f"{shown.day} {shown:%B %Y, %H:%M}{seconds} {zone}"


def as_written(node: Node) -> str:
    return f"`{canonical(node)}`"


def _operand(node: Node, scope: Scope) -> str:
    text = value(node, scope)
    return f"({text})" if isinstance(node, Binary) else text
