"""Where a decision's time, a compilation's time and a rule's memory go: each part is what one more step adds."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

from contexts.calculation.engine import RuleSet, compile_rule, compile_set
from contexts.calculation.engine.checker import check_expression
from contexts.calculation.engine.keys import accesses
from contexts.calculation.engine.lexer import tokenize
from contexts.calculation.engine.parser import parse
from contexts.calculation.engine.python import compile_test
from contexts.calculation.engine.units import Steps
from tests.performance.workload import EFFECTS, SCHEMA, carts, source

ROUNDS = 5
Step = tuple[str, Callable[[Any], Any]]


def _seconds(step: Callable[[Any], Any], items: list[Any]) -> float:
    """The best of some rounds over all items, for each of them."""
    best = float("inf")
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        for it in items:
            step(it)
        best = min(best, time.perf_counter() - begun)
    return best / len(items)


def _rows(steps: list[Step], items: list[Any]) -> list[str]:
    """A row for each step: each does what the one before does, and more."""
    took = [0.0, *(_seconds(step, items) for _, step in steps)]
    parts = [max(0.0, now - before) for before, now in pairwise(took)]
    return [
        f"| {name} | {part * 1e6:,.1f} µs | {part / took[-1]:.0%} |"
        for (name, _), part in zip(steps, parts, strict=True)
    ]


def of_decisions(rules: RuleSet, size: int) -> list[str]:
    """What finding candidates, asking them, and resolving with its record take of a decision."""
    steps: list[Step] = [
        ("finding rules by their keys", lambda it: list(rules._candidates(it))),
        ("asking the conditions of those found", lambda it: rules._matching(it, Steps())),
        ("order, resolution, effects, record", rules.decide),
    ]
    return _rows(steps, carts(200, size))


def of_compiling(conditions: Iterable[str]) -> list[str]:
    """What each pass over a rule takes, but for the set that is made of all of them."""
    sources = [source(number, text) for number, text in enumerate(conditions)]
    steps: list[Step] = [
        ("tokens", lambda it: tokenize(it.condition)),
        ("syntax tree", lambda it: parse(it.condition)),
        ("types", lambda it: check_expression(it.condition, SCHEMA)),
        ("effects, canonical text, hash", lambda it: compile_rule(it, SCHEMA, EFFECTS)),
        (
            "keys",
            lambda it: accesses(compile_rule(it, SCHEMA, EFFECTS).condition.tree),
        ),
    ]
    trees = [check_expression(it.condition, SCHEMA).tree for it in sources[:200]]
    written = _seconds(compile_test, trees)
    at_first = (
        f"| generated code, when a decision first finds the rule | {written * 1e6:,.1f} µs | |"
    )
    return [*_rows(steps, sources), at_first]


def of_memory(conditions: list[str], size: int) -> tuple[list[str], float]:
    """What a rule holds, by what was made last; and all of it together, in bytes."""
    tracemalloc.start()
    held = [0]

    def note() -> None:
        held.append(tracemalloc.get_traced_memory()[0])

    sources = [source(number, f"{text} ") for number, text in enumerate(conditions)]
    note()
    rules = [compile_rule(it, SCHEMA, EFFECTS) for it in sources]
    note()
    together = compile_set(rules)
    note()
    for facts in carts(50, size):
        together.decide(facts)
    note()
    tracemalloc.stop()
    parts = [(now - before) / len(conditions) for before, now in pairwise(held)]
    names = ("as written", "checked tree and effects", "index and fingerprint", "generated code")
    rows = [f"| {name} | {part:,.0f} bytes |" for name, part in zip(names, parts, strict=True)]
    return rows, sum(parts)
