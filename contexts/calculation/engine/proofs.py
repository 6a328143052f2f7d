"""
What is proved about conditions before anybody relies on them, or a counterexample that shows otherwise.

Each claim is asked of Z3 with a time limit. A counterexample is decided by the real evaluator before it is
shown: one that does not hold there is no answer. "Unknown" is said with its reason, and never taken
for a proof.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final

import z3  # type: ignore[import-untyped]  # ships no stubs
from cachetools import LRUCache

from .alone import alone
from .nodes import Node
from .python import compile_outcomes
from .schema import Schema
from .solver import NotInSolver, Scene, scene_of, solver_of, truth
from .symbols import USUAL
from .units import Steps

MILLISECONDS: Final = 2000
_REMEMBERED: Final = 10_000  # answers, some kilobytes each at most
_Asked = tuple[Schema, tuple[Node, ...], tuple[Node, ...]]


@dataclass(frozen=True)
class Answer:
    """
    Whether facts exist that make some conditions true and others not.

    `exists` is True with `facts` that were decided for real, False when it is proved that there are
    none, None when it is unknown; then `reason` says why.
    """

    exists: bool | None
    facts: dict[str, Any] | None = None
    reason: str = ""


_settled: LRUCache[_Asked, Answer] = LRUCache(_REMEMBERED)
_reaching: Final = Lock()


def facts_where(
    schema: Schema,
    *,
    hold: Sequence[Node] = (),
    fail: Sequence[Node] = (),
    milliseconds: int = MILLISECONDS,
) -> Answer:
    """
    Look for facts that make each condition of `hold` true and none of `fail`, errors being not true.

    What was settled is remembered: the same question of the same facts has one answer, however long it took.
    """
    asked = (schema, tuple(hold), tuple(fail))
    with _reaching:
        known = _settled.get(asked)
    if known is not None:
        return known
    with alone():
        answer = _facts_where(schema, hold, fail, milliseconds)
    if answer.exists is not None:
        with _reaching:
            _settled[asked] = answer
    return answer


def _facts_where(
    schema: Schema, hold: Sequence[Node], fail: Sequence[Node], milliseconds: int
) -> Answer:
    scene = scene_of((*hold, *fail), schema)
    try:
        wanted = [truth(scene, tree) for tree in hold]
        wanted += [z3.Not(truth(scene, tree)) for tree in fail]
    except NotInSolver as refusal:
        return Answer(None, reason=f"the solver cannot be told: {refusal}")
    wanted += scene.symbols.assumptions
    late = Answer(None, reason=f"no answer within {milliseconds} ms")
    usual = solver_of([*wanted, *scene.symbols.usual], milliseconds)
    answer = usual.check()
    if answer == z3.sat:
        return _decided(scene.symbols.read(usual.model()), hold, fail)
    if answer != z3.unsat:
        return late
    any_at_all = solver_of(wanted, milliseconds) if scene.symbols.usual else usual
    answer = any_at_all.check()
    if answer == z3.unsat:
        return _none(scene)
    if answer != z3.sat:
        return late
    found = _decided(scene.symbols.read(any_at_all.model()), hold, fail)
    return found if found.exists else Answer(None, reason=f"none with {USUAL}; there may be others")


def _none(scene: Scene) -> Answer:
    if scene.bounded:
        what, most = " and ".join(sorted(scene.bounded)), scene.symbols.items
        return Answer(
            None, reason=f"none with lists of at most {most}; {what} may need longer ones"
        )
    return Answer(exists=False)


def _decided(facts: dict[str, Any], hold: Sequence[Node], fail: Sequence[Node]) -> Answer:
    outcomes = compile_outcomes([*hold, *fail])
    found = [decide(facts, Steps()) is True for decide in outcomes]
    if found == [True] * len(hold) + [False] * len(fail):
        return Answer(exists=True, facts=facts)
    return Answer(None, reason="the solver's example does not hold when it is decided")


def unreachable(tree: Node, schema: Schema) -> Answer:
    """Look for facts that make the condition true: none exist for one that can never match."""
    return facts_where(schema, hold=[tree])


def always_true(tree: Node, schema: Schema) -> Answer:
    """Look for facts that do not make the condition true: none exist for one that always matches."""
    return facts_where(schema, fail=[tree])


def overlap(one: Node, other: Node, schema: Schema) -> Answer:
    """Look for facts that both match, which a hit policy such as unique forbids."""
    return facts_where(schema, hold=[one, other])


def outside(tree: Node, before: Sequence[Node], schema: Schema) -> Answer:
    """Look for facts that this matches and none of those before it: without any it is shadowed."""
    return facts_where(schema, hold=[tree], fail=before)


def gap(rows: Sequence[Node], schema: Schema) -> Answer:
    """Look for facts that no row of a table matches."""
    return facts_where(schema, fail=rows)


def difference(one: Node, other: Node, schema: Schema) -> Answer:
    """Look for facts that one matches and the other does not: without any they are duplicates."""
    first = facts_where(schema, hold=[one], fail=[other])
    if first.exists is not False:
        return first
    return facts_where(schema, hold=[other], fail=[one])
