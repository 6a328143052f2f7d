"""
What the fuzzer draws: typed expressions, facts, and texts mutated from those that the tests and the docs have.

Everything follows from a `random.Random`, so that a seed gives the same input again.
"""

from __future__ import annotations

import ast
import re
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Final

from tests.unit.contexts.calculation.engine.expressions import (
    ATTRIBUTES,
    FORMS,
    LINE,
    MARKS,
    OPERATORS,
    ROOTS,
)
from tests.unit.contexts.calculation.engine.shop import GOLD
from tests.unit.contexts.calculation.engine.test_cel_hostile import CALLS, SHAPES, VALUES
from tests.unit.contexts.calculation.engine.test_index import KEYED

Facts = dict[str, Any]
_ROOT: Final = Path(__file__).resolve().parents[2]
_READ: Final = (
    "tests/unit/contexts/calculation/engine/*.py",
    "docs/guides/*.md",
    "contexts/calculation/engine/README.md",
)
_TOKEN: Final = re.compile(r'\w+|"[^"\n]*"|\'[^\'\n]*\'|&&|\|\||[=!<>]=|\s+|.', re.DOTALL)
_ODD: Final = "()[]{}.,:?!&|=<>+-*/%'\"\\`@#$^~;0159axeE_u \n\r\t\0\x1f\u00a0\u0301\u0456\u2028\u202e\ud800\udfff\U0001f600"
_PIECES: Final = (
    "&&", "||", "!", "==", " in ", "?", ":", "(", ")", "[", "]", "{", "}", ".", ",", "-", "1e", "0x", '"', "'", '"""',
    "//", "null", "true", "9223372036854775808", "-9223372036854775808", "1e38", ".5", "5u", "b''", "r'\\'", "has(",
    ".all(x, ", ".map(l, ", ".exists_one(customer, ", "size(", "sum(", "customer", "lines", "note", "_", "in", "for",
)  # fmt: skip
_TEXTS: Final = ("gold", "silver", "red", "", "a\\b", "é", "s1", "\x00")
_AMOUNTS: Final = (
    Decimal("82.00"), Decimal("0.1"), Decimal(0), Decimal("-7.125"), 3, Decimal("1E+30"),
    Decimal("99999999999999.999999"), -(2**63), 2**63 - 1,
)  # fmt: skip
_WRONG: Final = (
    None, True, 0, 1.5, "x", [], {}, [1], {"a": 1}, Decimal("NaN"), Decimal("sNaN"), Decimal("-Infinity"), float("nan"),
    10**40, Decimal("1E+500"), b"x", (1,), datetime(2025, 1, 1), datetime.max.replace(tzinfo=UTC), "\ud800",  # noqa: DTZ001
)  # fmt: skip


@cache
def corpus() -> tuple[str, ...]:
    """The short strings of the engine's tests, and what its docs write as code."""
    found: set[str] = set()
    for pattern in _READ:
        for path in sorted(_ROOT.glob(pattern)):
            text = path.read_text()
            if path.suffix == ".py":
                nodes = ast.walk(ast.parse(text))
                found |= {it.value for it in nodes if isinstance(it, ast.Constant) and isinstance(it.value, str)}  # fmt: skip
            else:
                found |= set(re.findall(r"`([^`\n]+)`", text)) | set(text.split("\n"))
    return tuple(sorted(it for it in found if 3 < len(it) < 300))


def mutated(draw: Random, texts: tuple[str, ...] | None = None) -> str:
    """Return a text with a few characters or tokens changed, taken out, doubled or put in."""
    known = texts or corpus()
    text = draw.choice(known)
    for _ in range(draw.choice((0, 1, 1, 2, 3, 6))):
        text = (_of_characters if draw.random() < 0.4 else _of_tokens)(draw, text, known)
    return text[:12_000]


def _of_characters(draw: Random, text: str, _known: tuple[str, ...]) -> str:
    at = draw.randrange(len(text) + 1)
    to = min(len(text), at + draw.choice((1, 1, 1, 3, 20)))
    match draw.randrange(4):
        case 0:
            return text[:at] + text[to:]
        case 1:
            return text[:at] + draw.choice(_ODD) * draw.choice((1, 1, 1, 70)) + text[at:]
        case 2:
            return text[:at] + text[at:to] * draw.choice((2, 2, 40)) + text[to:]
    return text[:at] + draw.choice(_ODD) + text[to:]


def _of_tokens(draw: Random, text: str, known: tuple[str, ...]) -> str:
    tokens = _TOKEN.findall(text) or [""]
    at, other = draw.randrange(len(tokens)), draw.randrange(len(tokens))
    match draw.randrange(7):
        case 0:
            del tokens[at]
        case 1:
            tokens.insert(at, draw.choice(_PIECES))
        case 2:
            tokens[at], tokens[other] = tokens[other], tokens[at]
        case 3:
            tokens[at] = draw.choice(_TOKEN.findall(draw.choice(known)) or [""])
        case 4:
            low, high = sorted((at, other))
            tokens[low:high] = tokens[low:high] * draw.choice((2, 3, 30))
        case 5:
            tokens = [draw.choice(("(", "!(", "-(", "[")), *tokens, draw.choice((")", ")", "]"))]
        case 6:
            tokens = [
                *tokens[:at],
                draw.choice((" && ", " || ", " == ", " + ")),
                draw.choice(known),
            ]
    return "".join(tokens)


def expression(draw: Random, kind: str = "bool", depth: int | None = None, loops: tuple[str, ...] = ()) -> str:  # fmt: skip
    """Return the text of an expression of that type that the checker takes, of any depth up to five."""
    depth = draw.randint(0, 5) if depth is None else depth
    fields = [f"{loop}.{field}" for loop in loops for field in LINE[kind]]
    roots = ROOTS[kind] + fields * 3
    form = draw.choice(FORMS[kind])
    if depth <= 0 or ("LOOP" in form and len(loops) >= 2):
        return draw.choice(roots)
    loop = f"l{len(loops)}"
    text = form.replace("LOOP", loop).replace("LEAF", draw.choice(roots))
    text = text.replace("ATTRIBUTE", draw.choice(ATTRIBUTES))
    for mark, other in MARKS.items():
        while f"<{mark}>" in text:
            text = text.replace(f"<{mark}>", f"({expression(draw, other, depth - 1, loops)})", 1)
        while f"[{mark}]" in text:
            inner = expression(draw, other, depth - 2, (*loops, loop))
            text = text.replace(f"[{mark}]", inner, 1)
    for operator, choices in OPERATORS.items():
        text = text.replace(operator, draw.choice(choices))
    return text


def condition(draw: Random) -> str:
    """Return a condition, every other one with a key that an index may use."""
    match draw.randrange(6):
        case 0:
            return " && ".join(draw.choice(KEYED) for _ in range(draw.randint(1, 3)))
        case 1:
            return f"({draw.choice(KEYED)}) && ({expression(draw)})"
        case 2:
            return f"({draw.choice(KEYED)}) || ({expression(draw)})"
    return expression(draw)


def facts(draw: Random) -> Facts:
    """Return facts that fit the schema, with what is optional left out now and then."""
    return {
        "lines": [_line(draw) for _ in range(draw.randint(0, 3))],
        "cart": {"subtotal": draw.choice(_AMOUNTS[:5]), "currency": draw.choice(_TEXTS)},
        "at": datetime(2025, draw.randint(1, 12), 2, tzinfo=UTC),
        **_perhaps(draw, customer=_customer(draw), note=draw.choice(_TEXTS)),
    }


def _perhaps(draw: Random, **found: Any) -> Facts:
    """Leave some out, and let some be null."""
    kept = {name: it for name, it in found.items() if draw.random() < 0.8}
    return {name: None if draw.random() < 0.1 else it for name, it in kept.items()}


def _line(draw: Random) -> Facts:
    amount = draw.choice(_AMOUNTS[:5])
    return {
        "sku": draw.choice(_TEXTS), "quantity": draw.randint(0, 3), "unit_price": amount,
        **_perhaps(draw, category=draw.choice(_TEXTS)),
    }  # fmt: skip


def _customer(draw: Random) -> Facts:
    values = (*_TEXTS, *_AMOUNTS, True, False, None, [1], {"a": 1})
    names = ("team", "level", "x y")
    return {
        "country": draw.choice(_TEXTS),
        "tags": [draw.choice(_TEXTS) for _ in range(draw.randint(0, 3))],
        "attributes": {it: draw.choice(values) for it in names if draw.random() < 0.6},
        "scores": {draw.choice(_TEXTS): draw.randint(0, 3) for _ in range(draw.randint(0, 3))},
        **_perhaps(
            draw, tier=draw.choice(_TEXTS), age=draw.randint(-3, 90), vip=draw.random() < 0.5
        ),
    }


def wrong_facts(draw: Random) -> Any:
    """Return facts with a few values of any shape in any place."""
    found: Any = {**GOLD, **facts(draw)}
    for _ in range(draw.randint(1, 3)):
        found = _spoilt(draw, found)
    return found


def _spoilt(draw: Random, value: Any) -> Any:
    if draw.random() < 0.2 or not value or type(value) not in {dict, list}:
        return draw.choice(_WRONG)
    if isinstance(value, list):
        at = draw.randrange(len(value))
        return [*value[:at], _spoilt(draw, value[at]), *value[at + 1 :]]
    name = draw.choice(sorted(value, key=repr))
    return {**value, name: _spoilt(draw, value[name])}


def in_double(draw: Random, depth: int = 3) -> str:
    """Return an expression of all of CEL, which need not have a type."""
    if depth <= 0 or draw.random() < 0.2:
        return draw.choice(VALUES)
    parts = [f"({in_double(draw, depth - 1)})" for _ in range(4)]
    if draw.random() < 0.5:
        return draw.choice(SHAPES.split("|")).strip().format(*parts)
    name, is_method, kinds = draw.choice(CALLS)
    given = [parts[number % 4] for number in range(len(kinds))]
    if is_method:
        return f"{given[0]}.{name}({', '.join(given[1:])})"
    return f"{name}({', '.join(given)})"
