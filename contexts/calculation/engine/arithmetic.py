"""
Operators on values at run time: exact decimals, 64-bit ints, times, and the checks that dyn values need.

A bool is never a number here, and a float is never anything: money is exact or refused.
"""

import operator
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import (
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DivisionByZero,
    Inexact,
    InvalidOperation,
    Overflow,
)
from typing import Any, Final

from . import limits
from .errors import EvaluationError

_DIGITS: Final = limits.MAX_DECIMAL_DIGITS
_TRAPS: Final = [InvalidOperation, DivisionByZero, Overflow]
EXACT: Final = Context(prec=_DIGITS, Emax=_DIGITS, Emin=-_DIGITS, traps=[*_TRAPS, Inexact])
QUOTIENT: Final = Context(
    prec=limits.QUOTIENT_DIGITS, rounding=ROUND_HALF_EVEN, Emax=_DIGITS, Emin=-_DIGITS, traps=_TRAPS
)
ROUNDING: Final = Context(prec=_DIGITS, Emax=_DIGITS, Emin=-_DIGITS, traps=_TRAPS)

add_decimals: Final = EXACT.add
subtract_decimals: Final = EXACT.subtract
multiply_decimals: Final = EXACT.multiply

KINDS: Final[dict[str, type]] = {
    "string": str,
    "int": int,
    "decimal": Decimal,
    "bool": bool,
    "timestamp": datetime,
    "duration": timedelta,
    "list": list,
    "map": dict,
}
_NAMES: Final = {kind: name for name, kind in KINDS.items()} | {type(None): "null"}


def kind_of(value: Any) -> str:
    """Return the type's name of a value, as a rule's author calls it."""
    return _NAMES.get(type(value), "value that no rule can use")


def expect(kind: str, value: Any) -> Any:
    """Return a value that has this type, of decimals also an int."""
    if type(value) is KINDS.get(kind):
        return value
    if kind == "decimal" and type(value) is int:
        return Decimal(value)
    raise EvaluationError(f"expected {kind}, found {kind_of(value)}")


def is_number(value: Any) -> bool:
    kind = type(value)
    return kind is int or (kind is Decimal and value.is_finite())


def bounded_int(value: int) -> int:
    if limits.MIN_INT <= value <= limits.MAX_INT:
        return value
    raise EvaluationError("an int has at most 64 bits")


def as_decimal(value: Any) -> Decimal:
    """Return a finite decimal within the bound on digits."""
    number = value if type(value) is Decimal else Decimal(expect("int", value))
    if not number.is_finite() or abs(number.adjusted()) > _DIGITS:
        raise EvaluationError(f"a decimal is finite and has at most {_DIGITS} digits")
    return number


def divide_decimals(left: Any, right: Any) -> Decimal:
    """Return the quotient, rounded half even to 34 digits."""
    if not right:
        raise EvaluationError("division by zero")
    return QUOTIENT.divide(left, right)


def divide_ints(left: int, right: int) -> int:
    """Return the quotient towards zero, as CEL does."""
    if not right:
        raise EvaluationError("division by zero")
    quotient = abs(left) // abs(right)
    return bounded_int(quotient if (left < 0) == (right < 0) else -quotient)


def modulo(left: int, right: int) -> int:
    """Return the remainder with the dividend's sign, as CEL does."""
    if not right:
        raise EvaluationError("modulo by zero")
    rest = abs(left) % abs(right)
    return -rest if left < 0 else rest


def join_texts(left: str, right: str) -> str:
    if len(left) + len(right) > limits.MAX_TEXT_RESULT:
        raise EvaluationError(f"a string has at most {limits.MAX_TEXT_RESULT} characters")
    return left + right


def join_lists(left: list[Any], right: list[Any]) -> list[Any]:
    if len(left) + len(right) > limits.MAX_LIST_RESULT:
        raise EvaluationError(f"a list has at most {limits.MAX_LIST_RESULT} entries")
    return left + right


def decimal_sum(values: list[Any]) -> Any:
    """Return an int for ints alone, an exact decimal otherwise."""
    if not all(map(is_number, values)):
        raise EvaluationError("sum() takes a list of numbers")
    if all(type(value) is int for value in values):
        return bounded_int(sum(values))
    total = Decimal(0)
    for value in values:
        total = EXACT.add(total, value)
    return total


def equal(left: Any, right: Any) -> bool:
    """Compare any two values as CEL does: numbers by value, other types never equal to each other."""
    if is_number(left) and is_number(right):
        return bool(left == right)
    if type(left) is not type(right):
        return False
    if type(left) is list:
        return len(left) == len(right) and all(map(equal, left, right))
    if type(left) is dict:
        return left.keys() == right.keys() and all(equal(left[key], right[key]) for key in left)
    if type(left) is float:
        raise EvaluationError("a float is no value of a rule")
    return bool(left == right)


_COMPARE: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def compare(symbol: str, left: Any, right: Any) -> bool:
    """Order two values of which one or both are dyn."""
    numbers = is_number(left) and is_number(right)
    alike = type(left) is type(right) and type(left) in {str, datetime, timedelta}
    if not numbers and not alike:
        raise EvaluationError(f"cannot compare {kind_of(left)} with {kind_of(right)}")
    return bool(_COMPARE[symbol](left, right))


_INTS: Final[dict[str, Callable[[int, int], int]]] = {
    "+": lambda left, right: bounded_int(left + right),
    "-": lambda left, right: bounded_int(left - right),
    "*": lambda left, right: bounded_int(left * right),
    "/": divide_ints,
    "%": modulo,
}
_DECIMALS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "+": add_decimals,
    "-": subtract_decimals,
    "*": multiply_decimals,
    "/": divide_decimals,
}


def calculate(symbol: str, left: Any, right: Any) -> Any:
    """Compute `left symbol right` when one or both are dyn."""
    kinds = (kind_of(left), kind_of(right))
    if kinds == ("int", "int"):
        return _INTS[symbol](left, right)
    if is_number(left) and is_number(right) and symbol in _DECIMALS:
        return _DECIMALS[symbol](left, right)
    if symbol == "+" and kinds == ("string", "string"):
        return join_texts(left, right)
    if symbol == "+" and kinds == ("list", "list"):
        return join_lists(left, right)
    if symbol in {"+", "-"} and set(kinds) <= {"timestamp", "duration"}:
        return operator.add(left, right) if symbol == "+" else operator.sub(left, right)
    raise EvaluationError(f"cannot compute {kinds[0]} {symbol} {kinds[1]}")


def negate(value: Any) -> Any:
    if type(value) is int:
        return bounded_int(-value)
    if is_number(value):
        return EXACT.minus(value)
    raise EvaluationError(f"cannot negate {kind_of(value)}")


def member(value: Any, key: Any) -> Any:
    """Return `value[key]` of a list or a map."""
    if type(value) is list:
        if type(key) is not int or not 0 <= key < len(value):
            raise EvaluationError(f"index {key!s:.20} is outside a list of {len(value)}")
        return value[key]
    if type(value) is dict:
        if not _has_key(value, key):
            raise EvaluationError(f"no entry {key!s:.40}", missing=f"{key!s:.40}")
        return value[key]
    raise EvaluationError(f"{kind_of(value)} has no entries")


def _has_key(container: dict[Any, Any], key: Any) -> bool:
    """Say whether a map has a key; to Python 1 and true are one, to CEL they are two."""
    kind = type(key)
    if kind is str or key not in container:
        return kind is str and key in container
    return any(type(it) is kind and it == key for it in container)


def within(value: Any, container: Any) -> bool:
    """Say whether a list holds a value, or a map a key."""
    if type(container) is list:
        return any(equal(value, item) for item in container)
    if type(container) is dict:
        return _has_key(container, value)
    raise EvaluationError(f"`in` takes a list or a map, found {kind_of(container)}")


def present(value: Any, name: str) -> bool:
    """Say whether a map has an entry, or a record a field that is not null."""
    if type(value) is not dict:
        raise EvaluationError(f"{kind_of(value)} has no entries")
    return name in value
