"""A condition with many parts as an indented list: "all of these", and beneath it each part."""

from __future__ import annotations

from collections.abc import Iterator

from contexts.calculation.engine.nodes import Logical, Node, Unary
from contexts.calculation.policies.words.clauses import clause
from contexts.calculation.policies.words.naming import Scope

Lines = tuple[tuple[int, str], ...]  # depth, words
FEW = 3
_HEADS = {
    ("&&", True): "all of these:",
    ("||", True): "at least one of these:",
    ("&&", False): "not all of these:",
    ("||", False): "none of these:",
}


def outline(tree: Node, scope: Scope) -> Lines:
    """The parts of a condition, line by line; nothing when a sentence can be followed without."""
    lines = tuple(_lines(tree, scope, 0))
    nested = any(depth > 1 for depth, _ in lines)
    return lines if nested or len(lines) > FEW + 1 else ()


def _lines(node: Node, scope: Scope, depth: int) -> Iterator[tuple[int, str]]:
    match node:
        case Logical(operator=operator, operands=operands):
            holds = True
        case Unary(operator="!", operand=Logical(operator=operator, operands=operands)):
            holds = False
        case _:
            yield depth, clause(node, scope)
            return
    yield depth, _HEADS[operator, holds]
    for part in operands:
        yield from _lines(part, scope, depth + 1)
