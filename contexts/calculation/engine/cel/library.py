"""
Every function and operator as rows, each a signature and what computes it: the checker and the evaluator read the same.

The checker resolves a call by static types, the evaluator by the types of the values. `==`, `!=`, `in`, indexes,
`matches` and the lazy `or` and `orValue` need more than their values and live in the evaluator; here are their signatures.
"""

import re
from collections import defaultdict
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from contexts.calculation.engine.schema import Type

from . import (
    arithmetic,
    comparison,
    conversions,
    encoders,
    formatting,
    mathematics,
    optionals,
    strings,
    times,
)
from .types import is_parameter, read_type
from .values import TYPE_NAMES

_ROWS: Final = (
    *arithmetic.ROWS,
    *comparison.ROWS,
    *conversions.ROWS,
    *encoders.ROWS,
    *formatting.ROWS,
    *mathematics.ROWS,
    *optionals.ROWS,
    *strings.ROWS,
    *times.ROWS,
)
_SIGNATURES_ONLY: Final = (
    "_==_(A, A) -> bool",
    "_!=_(A, A) -> bool",
    "_in_(A, list(A)) -> bool",
    "_in_(A, map(A, B)) -> bool",
    "_[_](list(A), int) -> A",
    "_[_](map(A, B), A) -> B",
    "_[_](optional_type(list(A)), int) -> optional_type(A)",
    "_[_](optional_type(map(A, B)), A) -> optional_type(B)",
    "_[?_](list(A), int) -> optional_type(A)",
    "_[?_](map(A, B), A) -> optional_type(B)",
    "_[?_](optional_type(list(A)), int) -> optional_type(A)",
    "_[?_](optional_type(map(A, B)), A) -> optional_type(B)",
    "_?_:_(bool, A, A) -> A",
    "matches(string, string) -> bool",
    "string.matches(string) -> bool",
    "optional_type(A).or(optional_type(A)) -> optional_type(A)",
    "optional_type(A).orValue(A) -> A",
)
_SIGNATURE: Final = re.compile(r"(?:(.+)\.)?([^.()]+)\((.*)\) -> (.+)")
_NAMESPACES: Final = ("base64", "math", "optional", "strings")
_PARAMETER: Final = re.compile(r"[\w.]+(?:\((?:[^()]|\([^()]*\))*\))?")


class Overload(NamedTuple):
    """One way to call a function; a method's first parameter is what stands before the point."""

    name: str
    is_method: bool
    parameters: tuple[Type, ...]
    result: Type
    compute: Callable[..., Any] | None


def _overload(signature: str, compute: Callable[..., Any] | None) -> Overload:
    found = _SIGNATURE.fullmatch(signature)
    if not found:
        raise AssertionError(f"not a signature: {signature}")
    before, name, parameters, result = found.groups()
    kinds = tuple(map(read_type, _PARAMETER.findall(parameters)))
    if before in _NAMESPACES:
        name, before = f"{before}.{name}", None
    if before:
        kinds = (read_type(before), *kinds)
    return Overload(name, bool(before), kinds, read_type(result), compute)


OVERLOADS: Final[dict[tuple[str, bool], list[Overload]]] = defaultdict(list)
for _signature, _compute in (*_ROWS, *((text, None) for text in _SIGNATURES_ONLY)):
    _row = _overload(_signature, _compute)
    OVERLOADS[_row.name, _row.is_method].append(_row)

VARIADIC: Final = mathematics.VARIADIC
FUNCTIONS: Final = (
    frozenset(name for name, is_method in OVERLOADS if not is_method) | VARIADIC.keys()
)

_STATIC_NAMES: Final = {
    "google.protobuf.Timestamp": "timestamp",
    "google.protobuf.Duration": "duration",
    "null_type": "null",
}
Dispatch = dict[tuple[type, ...], Callable[..., Any]]
_DISPATCH: Final[dict[tuple[str, bool], Dispatch]] = {}


def dispatch_table(name: str, *, is_method: bool) -> Dispatch:
    """Return what computes a function by the types of its arguments, as far as it was asked before."""
    return _DISPATCH.setdefault((name, is_method), {})


def find_computation(
    name: str, kinds: tuple[type, ...], *, is_method: bool
) -> Callable[..., Any] | None:
    """Return what computes a function for values of these types and remember it, None if nothing does."""
    names = [_STATIC_NAMES.get(TYPE_NAMES[kind], TYPE_NAMES[kind]) for kind in kinds]
    for row in OVERLOADS.get((name, is_method), ()):
        if row.compute is not None and _takes(row, names):
            dispatch_table(name, is_method=is_method)[kinds] = row.compute
            return row.compute
    return None


def _takes(row: Overload, names: list[str]) -> bool:
    return len(names) == len(row.parameters) and all(
        is_parameter(wanted) or wanted.name in {"dyn", name}
        for wanted, name in zip(row.parameters, names, strict=True)
    )
