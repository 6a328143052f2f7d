"""
What stands at a field or an index, as the evaluator finds it: the value, or an error that says what is missing.

Maps have fields and entries, lists have places; through an optional either leads to an optional again.
"""

from typing import Any

from contexts.calculation.engine.errors import EvaluationError

from . import optionals
from .conversions import string_of_bool
from .frames import no_overload
from .values import CelMap, OptionalValue, type_name


def there(value: Any, *, may_lack: bool) -> tuple[Any, ...]:
    """Return what an entry adds: itself, or, with `?`, the value of an optional if there is one."""
    if not may_lack:
        return (value,)
    if type(value) is not OptionalValue:
        raise no_overload(f"`?` takes an optional, found {type_name(value)}")
    return (value.value,) if value.present else ()


def select(target: Any, name: str) -> Any:
    """Return the value of a field, which is a map's entry at a string."""
    if type(target) is CelMap:
        try:
            return target.entries[name][1]
        except KeyError:
            raise EvaluationError(f"no such key: {name}") from None
    if type(target) is OptionalValue:
        return optionals.select(target, name)
    raise no_overload(f"{type_name(target)} has no fields")


def index(target: Any, key: Any) -> Any:
    if type(target) is list:
        place = optionals.whole_index(key)
        if 0 <= place < len(target):
            return target[place]
        raise EvaluationError(f"index out of bounds: {place}")
    if type(target) is CelMap:
        found = target.find(key)
        if found is None:
            written = string_of_bool(key) if type(key) is bool else str(key)
            raise EvaluationError(f"no such key: {written:.40}")
        return found[1]
    if type(target) is OptionalValue:
        return optionals.select(target, key)
    raise no_overload(f"{type_name(target)} has no entries")


def has(target: Any, name: str) -> bool:
    if type(target) is CelMap:
        return name in target.entries
    if type(target) is OptionalValue:
        return target.present and has(target.value, name)
    raise no_overload(f"{type_name(target)} has no fields")
