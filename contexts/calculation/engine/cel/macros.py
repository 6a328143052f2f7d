"""
The macros as loops, and `&&` and `||`, which `all` and `exists` are over a list: errors count only in the end.

Each turn costs as many steps as the body has nodes, so that loops in loops end within the budget. A map is gone
through by its keys, or with two variables by key and value; a list by its items, or by place and item.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from contexts.calculation.engine.errors import EvaluationError
from contexts.calculation.engine.nodes import Macro, Node, PairMacro, walk

from .frames import Evaluate, Frame, no_overload
from .values import NONE, CelMap, OptionalValue, type_name

if TYPE_CHECKING:
    from .evaluator import Compiler, Scope

# Puts the next item into the frame; the loops below know nothing else of what they go over.
Turns = Callable[[Frame], Iterable[Any]]


def absorbing(operands: Sequence[Evaluate], *, decisive: bool) -> Evaluate:
    """Return the evaluation of `||` (True decides) or `&&` (False decides)."""

    def decide(frame: Frame) -> bool:
        fault: EvaluationError | None = None
        for operand in operands:
            try:
                value: Any = operand(frame)
            except EvaluationError as error:
                fault = fault or error
                continue
            if value is decisive:
                return bool(value)
            if type(value) is not bool:
                fault = fault or no_overload(f"a logical operand is {type_name(value)}")
        if fault is not None:
            raise fault
        return not decisive

    return decide


def loop(compiler: "Compiler", node: Macro, scope: "Scope") -> Evaluate:
    target = compiler.compile(node.target, scope)
    inner = compiler.within(scope, node.variable)
    slot, _ = inner[node.variable]
    body = compiler.compile(node.body, inner)
    result = None if node.result is None else compiler.compile(node.result, inner)
    if node.macro in {"optMap", "optFlatMap"}:
        return _optional(target, slot, body, flat=node.macro == "optFlatMap")
    cost = _weight(node.body, node.result)

    def turns(frame: Frame) -> Iterable[Any]:
        over = target(frame)
        items = over.keys() if type(over) is CelMap else over
        if type(items) is not list:
            raise no_overload(f"{node.macro}() goes over a list or a map, found {type_name(over)}")
        for item in items:
            frame.spend(cost)
            frame.slots[slot] = item
            yield item

    if node.macro == "filter":
        return _transformed(turns, body, None)
    if node.macro == "map":
        return _transformed(turns, body if result else None, result or body)
    return _QUANTIFIERS[node.macro](turns, body)


def loop_over_pairs(compiler: "Compiler", node: PairMacro, scope: "Scope") -> Evaluate:
    target = compiler.compile(node.target, scope)
    inner = compiler.within(scope, node.key, node.value)
    (key_slot, _), (value_slot, _) = inner[node.key], inner[node.value]
    body = compiler.compile(node.body, inner)
    result = None if node.result is None else compiler.compile(node.result, inner)
    cost = _weight(node.body, node.result)

    def turns(frame: Frame) -> Iterable[Any]:
        over = target(frame)
        if type(over) is not list and type(over) is not CelMap:
            raise no_overload(f"{node.macro}() goes over a list or a map, found {type_name(over)}")
        pairs: Iterable[Any] = over.pairs() if isinstance(over, CelMap) else enumerate(over)
        for key, value in pairs:
            frame.spend(cost)
            frame.slots[key_slot], frame.slots[value_slot] = key, value
            yield key

    if node.macro in _QUANTIFIERS:
        return _QUANTIFIERS[node.macro](turns, body)
    condition, transform = (body, result) if result else (None, body)
    if node.macro == "transformList":
        return _transformed(turns, condition, transform)
    return _transformed_map(turns, condition, transform, entries=node.macro == "transformMapEntry")


def _weight(*bodies: Node | None) -> int:
    return 1 + sum(1 for body in bodies if body is not None for _ in walk(body))


def _quantifier(*, decisive: bool) -> Callable[[Turns, Evaluate], Evaluate]:
    def quantified(turns: Turns, body: Evaluate) -> Evaluate:
        once = absorbing([body], decisive=decisive)

        def decide(frame: Frame) -> Any:
            fault: EvaluationError | None = None
            for _ in turns(frame):
                try:
                    if once(frame) is decisive:
                        return decisive
                except EvaluationError as error:
                    fault = fault or error
            if fault is not None:
                raise fault
            return not decisive

        return decide

    return quantified


def _exists_one(turns: Turns, body: Evaluate) -> Evaluate:
    return lambda frame: sum(_holds(body(frame)) for _ in turns(frame)) == 1


_QUANTIFIERS: Final = {
    "all": _quantifier(decisive=False),
    "exists": _quantifier(decisive=True),
    "exists_one": _exists_one,
}


def _holds(value: Any) -> bool:
    if type(value) is bool:
        return value
    raise no_overload(f"a condition is {type_name(value)}")


def _transformed(turns: Turns, condition: Evaluate | None, transform: Evaluate | None) -> Evaluate:
    """Return the list of what each turn gives, the item itself without a transformation."""

    def transformed(frame: Frame) -> list[Any]:
        return [
            item if transform is None else transform(frame)
            for item in turns(frame)
            if condition is None or _holds(condition(frame))
        ]

    return transformed


def _transformed_map(
    turns: Turns, condition: Evaluate | None, transform: Evaluate | None, *, entries: bool
) -> Evaluate:
    def transformed(frame: Frame) -> CelMap:
        result = CelMap()
        for key in turns(frame):
            if transform is None or (condition is not None and not _holds(condition(frame))):
                continue
            value = transform(frame)
            if not entries:
                result.add(key, value)
            elif type(value) is CelMap:
                frame.spend_for(value)
                for place, entry in value.pairs():
                    result.add(place, entry)
            else:
                raise no_overload(f"transformMapEntry() takes a map, found {type_name(value)}")
        return result

    return transformed


def _optional(target: Evaluate, slot: int, body: Evaluate, *, flat: bool) -> Evaluate:
    """Return `optMap` or, where the body gives an optional itself, `optFlatMap`."""

    def mapped(frame: Frame) -> OptionalValue:
        given = target(frame)
        if type(given) is not OptionalValue:
            raise no_overload(f"optMap() takes an optional, found {type_name(given)}")
        if not given.present:
            return NONE
        frame.slots[slot] = given.value
        value = body(frame)
        if not flat:
            return OptionalValue(value)
        if type(value) is OptionalValue:
            return value
        raise no_overload(f"optFlatMap() gives an optional, found {type_name(value)}")

    return mapped
