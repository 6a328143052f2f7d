"""
Equality, order and membership, as the specification has them between values of any two types.

Numbers compare by what they are worth, whatever their type; an int meets a double as a double. Other values of
different types are unequal and have no order. NaN equals nothing and is neither less nor greater.
"""

import operator
from collections.abc import Callable
from typing import Any, Final

from contexts.calculation.engine.errors import EvaluationError
from contexts.calculation.engine.limits import MAX_VALUE_NESTING

from .values import CelMap, CelType, Duration, OptionalValue, Timestamp, Uint

Spend = Callable[[int], None]

_WHOLE: Final = frozenset({int, Uint})
_NUMBERS: Final = frozenset({int, Uint, float})
_FLAT: Final = frozenset({bool, str, bytes, Timestamp, Duration, CelType, type(None)})


def equal(left: Any, right: Any, spend: Spend, nesting: int = 0) -> bool:  # noqa: PLR0911 - by type
    """Say whether two values are equal; `spend` is told how many parts were looked at."""
    kind, other = type(left), type(right)
    if kind in _NUMBERS and other in _NUMBERS:
        if kind is other or (kind in _WHOLE and other in _WHOLE):
            return bool(left == right)
        return float(left) == float(right)
    if kind is not other:
        return False
    if kind in _FLAT:
        return bool(left == right)
    if nesting > MAX_VALUE_NESTING:
        raise EvaluationError(f"values nest deeper than {MAX_VALUE_NESTING}")
    if kind is OptionalValue:
        if not (left.present and right.present):
            return bool(left.present == right.present)
        return equal(left.value, right.value, spend, nesting + 1)
    if len(left) != len(right):
        return False
    spend(len(left))
    if kind is CelMap:
        return _equal_maps(left, right, spend, nesting)
    pairs = zip(left, right, strict=True)
    return all(equal(one, two, spend, nesting + 1) for one, two in pairs)


def _equal_maps(left: CelMap, right: CelMap, spend: Spend, nesting: int) -> bool:
    for key, value in left.pairs():
        found = right.find(key)
        if found is None or not equal(value, found[1], spend, nesting + 1):
            return False
    return True


def contains(container: Any, item: Any, spend: Spend) -> bool:
    """Say whether `item in container`: an item of a list, or a key of a map."""
    if type(container) is CelMap:
        return container.find(item) is not None
    spend(len(container))
    return any(equal(item, other, spend) for other in container)


def _lossy(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def between_number_types(left: Any, right: Any) -> bool:
        return compare(float(left), float(right))

    return between_number_types


def _orders(symbol: str, compare: Callable[[Any, Any], bool]) -> list[tuple[str, Any]]:
    names = ("bool", "string", "bytes", "timestamp", "duration", "int", "uint", "double")
    rows = [(f"_{symbol}_({name}, {name}) -> bool", compare) for name in names]
    rows += [
        (f"_{symbol}_({a}, {b}) -> bool", compare) for a, b in (("int", "uint"), ("uint", "int"))
    ]
    mixed = (("int", "double"), ("double", "int"), ("uint", "double"), ("double", "uint"))
    rows += [(f"_{symbol}_({a}, {b}) -> bool", _lossy(compare)) for a, b in mixed]
    return rows


ROWS: Final = (
    *_orders("<", operator.lt),
    *_orders("<=", operator.le),
    *_orders(">", operator.gt),
    *_orders(">=", operator.ge),
)
