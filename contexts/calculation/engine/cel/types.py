"""
Static types with type parameters, and what fits what.

`A` and `B` in a signature stand for any type, the same in each place. dyn fits everything, and null wherever a value
may be absent: a timestamp, a duration, an optional. What this cannot do: protobuf types, and types of
more than 200 parts; they are dyn.
"""

import re
from collections.abc import Iterable, MutableMapping
from functools import reduce
from typing import Final

from contexts.calculation.engine.schema import BOOL, DYN, INT, NULL, Type

UINT: Final = Type("uint")
DOUBLE: Final = Type("double")
STRING: Final = Type("string")
BYTES: Final = Type("bytes")
TYPE: Final = Type("type")

_SCALARS: Final = {
    kind.name: kind for kind in (BOOL, INT, UINT, DOUBLE, STRING, BYTES, TYPE, DYN, NULL)
} | {
    "null_type": NULL,
    "timestamp": Type("timestamp"),
    "duration": Type("duration"),
    "google.protobuf.Timestamp": Type("timestamp"),
    "google.protobuf.Duration": Type("duration"),
}
_GENERIC: Final = {"list": 1, "map": 2, "optional_type": 1, "optional": 1, "type": 1}
_TOKEN: Final = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_.]*|[(),?])\s*")
_NULLABLE: Final = frozenset({"timestamp", "duration", "optional_type", "null"})
_MAX_TYPE_LENGTH: Final = 500
_MAX_TYPE_NESTING: Final = 20
_MAX_TYPE_SIZE: Final = 200

Bindings = MutableMapping[str, Type]


def is_parameter(kind: Type) -> bool:
    """Say whether a type stands for another: `A` in a signature, `?1` once it is used."""
    return len(kind.name) == 1 or kind.name.startswith("?")


def is_type(text: str) -> bool:
    """Say whether a text is the notation of a type; a name with a point in it may be one of protobuf's."""
    tokens = _TOKEN.findall(text)
    if "".join(tokens) != "".join(text.split()) or len(text) > _MAX_TYPE_LENGTH:
        return False
    tokens.reverse()
    return _is_type(tokens, 0) and not tokens


def _is_type(tokens: list[str], nesting: int) -> bool:
    name = tokens.pop() if tokens else ""
    known = (
        name in _GENERIC or name in _SCALARS or "." in name or (len(name) == 1 and name.isupper())
    )
    if not known or not tokens or tokens[-1] != "(":
        return known
    if name not in _GENERIC or nesting >= _MAX_TYPE_NESTING:
        return False
    for before in ("(", ",")[: _GENERIC[name]]:
        if not tokens or tokens.pop() != before or not _is_type(tokens, nesting + 1):
            return False
    return bool(tokens) and tokens.pop() == ")"


def read_type(text: str) -> Type:
    """Return the type of a notation such as `map(string, dyn)`; what is not known is dyn."""
    tokens = _TOKEN.findall(text) if len(text) <= _MAX_TYPE_LENGTH else []
    tokens.reverse()
    return _read(tokens, 0)


def _read(tokens: list[str], nesting: int) -> Type:
    name = tokens.pop() if tokens else ""
    args: list[Type] = []
    if tokens and tokens[-1] == "(" and nesting < _MAX_TYPE_NESTING:
        tokens.pop()
        while tokens and tokens[-1] != ")":
            args.append(_read(tokens, nesting + 1))
            if tokens and tokens[-1] == ",":
                tokens.pop()
        tokens[-1:] = []
    if len(name) == 1:
        return Type(name)
    if name == "type" or name not in _GENERIC:
        return _SCALARS.get(name, DYN)
    args += [DYN] * (_GENERIC[name] - len(args))
    return Type("optional_type" if name == "optional" else name, tuple(args[: _GENERIC[name]]))


def resolved(kind: Type, bindings: Bindings) -> Type:
    """Return a type with the parameters that are known replaced."""
    while kind.name in bindings:
        kind = bindings[kind.name]
    if not kind.args:
        return kind
    return Type(kind.name, tuple(resolved(arg, bindings) for arg in kind.args))


def settled(kind: Type) -> Type:
    """Return a type with what is still open as dyn."""
    return DYN if is_parameter(kind) else Type(kind.name, tuple(map(settled, kind.args)))


def bounded(kind: Type) -> Type:
    """Return the type itself, dyn if it has so many parts that following it would take too long."""
    return kind if _size(kind) <= _MAX_TYPE_SIZE else DYN


def _size(kind: Type) -> int:
    return 1 + sum(map(_size, kind.args))


def fits(given: Type, wanted: Type, bindings: Bindings) -> bool:  # noqa: PLR0911 - rule by rule
    """Say whether a value of one type may stand where another is wanted, binding parameters on the way."""
    given, wanted = resolved(given, bindings), resolved(wanted, bindings)
    if given == wanted:
        return True
    for one, other in ((wanted, given), (given, wanted)):
        if is_parameter(one):
            if _mentions(other, one.name):
                return False
            bindings[one.name] = other
            return True
    if "dyn" in (given.name, wanted.name):
        return True
    if "null" in (given.name, wanted.name):
        return {given.name, wanted.name} <= _NULLABLE
    if given.name != wanted.name or len(given.args) != len(wanted.args):
        return False
    return all(
        fits(one, other, bindings) for one, other in zip(given.args, wanted.args, strict=True)
    )


def _mentions(kind: Type, name: str) -> bool:
    return kind.name == name or any(_mentions(arg, name) for arg in kind.args)


def joined(kinds: Iterable[Type], bindings: Bindings) -> Type:
    """Return one type for the items of a literal, at least one: theirs if it is one, dyn if they differ."""
    return resolved(reduce(lambda left, right: _joined(left, right, bindings), kinds), bindings)


def _joined(left: Type, right: Type, bindings: Bindings) -> Type:
    left, right = resolved(left, bindings), resolved(right, bindings)
    if left == right:
        return left
    if is_parameter(left) or is_parameter(right):
        return right if fits(left, right, bindings) else DYN
    if "null" in (left.name, right.name) and {left.name, right.name} <= _NULLABLE:
        return right if left.name == "null" else left
    if left.name != right.name or len(left.args) != len(right.args):
        return DYN
    pairs = zip(left.args, right.args, strict=True)
    return Type(left.name, tuple(_joined(one, other, bindings) for one, other in pairs))
