"""
Values that may be there: `optional.of`, `a.?b`, `a[?b]` and what can be asked of them.

`or` and `orValue` look at their argument only when there is no value; the evaluator sees to that.
"""

from typing import Any, Final

from contexts.calculation.engine.errors import EvaluationError

from .values import NONE, CelMap, Duration, OptionalValue, Timestamp, Uint, type_name

_ZEROS: Final = {
    type(None): None,
    bool: False,
    int: 0,
    Uint: 0,
    float: 0.0,
    str: "",
    bytes: b"",
    Timestamp: Timestamp(0),
    Duration: Duration(0),
    OptionalValue: NONE,
}
_CONTAINERS: Final = frozenset({list, CelMap})


def of(value: Any) -> OptionalValue:
    return OptionalValue(value)


def of_non_zero(value: Any) -> OptionalValue:
    """Return the value as an optional, none for null, false, 0, what is empty and the epoch."""
    kind = type(value)
    zero = len(value) == 0 if kind in _CONTAINERS else kind in _ZEROS and value == _ZEROS[kind]
    return NONE if zero else OptionalValue(value)


def none() -> OptionalValue:
    return NONE


def has_value(optional: OptionalValue) -> bool:
    return optional.present


def value_of(optional: OptionalValue) -> Any:
    if not optional.present:
        raise EvaluationError("optional.none() dereference")
    return optional.value


def first(items: list[Any]) -> OptionalValue:
    return OptionalValue(items[0]) if items else NONE


def last(items: list[Any]) -> OptionalValue:
    return OptionalValue(items[-1]) if items else NONE


def unwrap(items: list[Any]) -> list[Any]:
    """Return the values that are there."""
    if not all(type(item) is OptionalValue for item in items):
        raise EvaluationError("unwrap takes a list of optionals")
    return [item.value for item in items if item.present]


def select(target: Any, key: Any) -> OptionalValue:
    """Return `target.?key` or `target[?key]`; what a none leads to is none."""
    if type(target) is OptionalValue:
        return select(target.value, key) if target.present else NONE
    if type(target) is CelMap:
        found = target.find(key)
        return NONE if found is None else OptionalValue(found[1])
    if type(target) is list:
        place = whole_index(key)
        return OptionalValue(target[place]) if 0 <= place < len(target) else NONE
    raise EvaluationError(f"no such overload: {type_name(target)} has no entries")


def whole_index(key: Any) -> int:
    """Return the place in a list that a number stands for."""
    if type(key) in {int, Uint} or (type(key) is float and key.is_integer()):
        return int(key)
    raise EvaluationError(f"no such overload: a list is not indexed by {type_name(key)}")


ROWS: Final = (
    ("optional.of(A) -> optional_type(A)", of),
    ("optional.ofNonZeroValue(A) -> optional_type(A)", of_non_zero),
    ("optional.none() -> optional_type(A)", none),
    ("optional.unwrap(list(optional_type(A))) -> list(A)", unwrap),
    ("list(optional_type(A)).unwrapOpt() -> list(A)", unwrap),
    ("list(A).first() -> optional_type(A)", first),
    ("list(A).last() -> optional_type(A)", last),
    ("optional_type(A).hasValue() -> bool", has_value),
    ("optional_type(A).value() -> A", value_of),
)
