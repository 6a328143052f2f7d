"""
The values of CEL in Python, kept apart where CEL keeps them apart: an int is no uint and no double.

null is None, bool and string are Python's, int is int within 64 bits, uint a subclass of it, double float,
bytes bytes, list list. What this cannot do: protobuf messages and enums.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from contexts.calculation.engine.errors import EvaluationError
from contexts.calculation.engine.limits import MAX_INT, MAX_UINT, MIN_INT


class Uint(int):
    """An unsigned int of 64 bits."""

    __slots__ = ()


class Timestamp(NamedTuple):
    """An instant in nanoseconds since 1970, from year 1 to 9999."""

    nanoseconds: int


class Duration(NamedTuple):
    """A signed length of time in nanoseconds, within 64 bits: some 292 years."""

    nanoseconds: int


class CelType(NamedTuple):
    """A type as a value, what `type(1)` gives."""

    name: str


class OptionalValue(NamedTuple):
    """What `optional.of(x)` gives: a value that may be there."""

    value: Any
    present: bool = True


NONE: Final = OptionalValue(None, present=False)

# A bool is a key of its own in Python's dict too: 1 and True would be one.
_TRUE: Final = ("bool", True)
_FALSE: Final = ("bool", False)
_NO_KEY: Final = ("no key",)


class CelMap:
    """A map in the order it was written; 1, 1u and 1.0 are one key."""

    __slots__ = ("entries",)

    def __init__(self, pairs: Iterable[tuple[Any, Any]] = ()) -> None:
        """
        Take pairs of key and value.

        Raises:
            EvaluationError: a key is there twice, or is not a string, int, uint or bool.

        """
        self.entries: dict[Any, tuple[Any, Any]] = {}
        for key, value in pairs:
            self.add(key, value)

    def add(self, key: Any, value: Any) -> None:
        if type(key) not in _KEY_TYPES:
            raise EvaluationError(f"unsupported key type: {type_name(key)}")
        place = _place(key)
        if place in self.entries:
            raise EvaluationError(f"repeated key: {key!s:.40}")
        self.entries[place] = (key, value)

    def find(self, key: Any) -> tuple[Any, Any] | None:
        """Return the key and value at this key, None if there is none."""
        return self.entries.get(_place(key))

    def pairs(self) -> Iterator[tuple[Any, Any]]:
        return iter(self.entries.values())

    def keys(self) -> list[Any]:
        return [key for key, _ in self.entries.values()]

    def __len__(self) -> int:
        return len(self.entries)


_KEY_TYPES: Final = frozenset({str, int, Uint, bool})


def _place(key: Any) -> Any:
    kind = type(key)
    if kind is bool:
        return _TRUE if key else _FALSE
    if kind in _KEY_TYPES or (kind is float and key.is_integer()):
        return key
    return _NO_KEY


TYPE_NAMES: Final[dict[type, str]] = {
    type(None): "null_type",
    bool: "bool",
    int: "int",
    Uint: "uint",
    float: "double",
    str: "string",
    bytes: "bytes",
    list: "list",
    CelMap: "map",
    Timestamp: "google.protobuf.Timestamp",
    Duration: "google.protobuf.Duration",
    CelType: "type",
    OptionalValue: "optional_type",
}
DENOTATIONS: Final = {name: CelType(name) for name in TYPE_NAMES.values()}


def type_name(value: Any) -> str:
    return TYPE_NAMES[type(value)]


def type_of(value: Any) -> CelType:
    """Return the type of a value, as a value."""
    return DENOTATIONS[TYPE_NAMES[type(value)]]


def checked_int(value: int) -> int:
    if MIN_INT <= value <= MAX_INT:
        return value
    raise EvaluationError("int overflow")


def checked_uint(value: int) -> Uint:
    if 0 <= value <= MAX_UINT:
        return Uint(value)
    raise EvaluationError("uint overflow")
