"""
Calls as closures: the function is found by the types of the values, and what it reads and writes is paid for.

Some need more than their values and stand here for themselves: `in`, `matches`, the lazy `or` and `orValue`.
"""

from collections.abc import Callable
from typing import Any

from .comparison import contains
from .frames import Evaluate, Frame, no_overload
from .library import dispatch_table, find_computation
from .values import CelMap, OptionalValue, type_name


def membership(item: Evaluate, container: Evaluate) -> Evaluate:
    def is_in(frame: Frame) -> bool:
        wanted, within = item(frame), container(frame)
        if type(within) is not list and type(within) is not CelMap:
            raise no_overload(f"`in` takes a list or a map, found {type_name(within)}")
        return contains(within, wanted, frame.spend)

    return is_in


def otherwise(target: Evaluate, other: Evaluate, *, whole: bool) -> Evaluate:
    def either(frame: Frame) -> Any:
        found = target(frame)
        if type(found) is not OptionalValue:
            raise no_overload(f"or takes optionals, found {type_name(found)}")
        if found.present:
            return found if whole else found.value
        instead = other(frame)
        if whole and type(instead) is not OptionalValue:
            raise no_overload(f"or takes optionals, found {type_name(instead)}")
        return instead

    return either


def dispatched(name: str, parts: list[Evaluate], *, is_method: bool) -> Evaluate:
    table = dispatch_table(name, is_method=is_method)

    def computation(kinds: tuple[type, ...], values: list[Any]) -> Callable[..., Any]:
        found = find_computation(name, kinds, is_method=is_method)
        if found is None:
            raise no_overload(f"{name}({', '.join(map(type_name, values))})")
        return found

    def call(frame: Frame) -> Any:
        values = [part(frame) for part in parts]
        kinds = tuple(map(type, values))
        compute = table.get(kinds) or computation(kinds, values)
        for value in values:
            frame.spend_for(value)
        result = compute(*values)
        frame.spend_for(result)
        return result

    return call


def paying_for_all(part: Evaluate) -> Evaluate:
    def read(frame: Frame) -> Any:
        value = part(frame)
        frame.spend_for_all(value)
        return value

    return read


def paying_for_a_zone(part: Evaluate) -> Evaluate:
    def read(frame: Frame) -> Any:
        value = part(frame)
        frame.spend_for_zone(value)
        return value

    return read


def matching(text: Evaluate, regex: Evaluate) -> Evaluate:
    def matches(frame: Frame) -> bool:
        read, written = text(frame), regex(frame)
        if type(read) is not str or type(written) is not str:
            raise no_overload(f"matches({type_name(read)}, {type_name(written)})")
        return frame.matches(read, written)

    return matches
