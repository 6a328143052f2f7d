"""
`make prove-engine`: one meaning of a condition, whoever evaluates it.

Drawn conditions about drawn facts, some of them missing: the generated code says what the specification says,
SQL is TRUE for the same rows, Z3 excludes nothing that matches, and rules that are looked up decide as rules
that are all asked.
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from contexts.calculation.engine import check_expression, compile_set, rulesets
from contexts.calculation.engine.proofs import facts_where
from contexts.calculation.engine.python import compile_outcomes
from contexts.calculation.engine.sql import NotInSql, to_sql
from contexts.calculation.engine.units import Steps
from tests.proofs.harness import Report
from tests.unit.contexts.calculation.engine.columns import rows_where, table_of
from tests.unit.contexts.calculation.engine.expressions import expressions, facts
from tests.unit.contexts.calculation.engine.reference import Fault, evaluate
from tests.unit.contexts.calculation.engine.shop import SCHEMA, rule
from tests.unit.contexts.calculation.engine.test_index import conditions, in_blocks

QUICK, LONG = 300, 5000
Facts = dict[str, Any]


def matches(tree: Any, given_facts: Facts) -> bool:
    return compile_outcomes([tree])[0](given_facts, Steps()) is True


def specified(source: str, many: list[Facts]) -> bool:
    tree = check_expression(source, SCHEMA).tree
    return all(_specification(tree, it) == matches(tree, it) for it in many)


def _specification(tree: Any, given_facts: Facts) -> bool:
    try:
        return evaluate(tree, given_facts) is True
    except Fault:
        return False


def same_in_sql(source: str, many: list[Facts]) -> bool | None:
    tree = check_expression(source, SCHEMA).tree
    try:
        sql = to_sql(tree)
    except NotInSql:
        return None
    return rows_where(sql, table_of(many, SCHEMA)) == [matches(tree, it) for it in many]


def never_excluded(source: str, many: list[Facts]) -> bool | None:
    tree = check_expression(source, SCHEMA).tree
    found = facts_where(SCHEMA, hold=[tree], milliseconds=500)
    if found.exists is None:
        return None if "does not hold" not in found.reason else False
    return found.exists or not any(matches(tree, it) for it in many)


def looked_up(sources: list[str], many: list[Facts]) -> bool:
    rules = [rule(f"r{number}", source) for number, source in enumerate(sources)]
    found, asked = compile_set(rules), in_blocks(rules)
    return all(found.decide(it) == asked.decide(it) for it in many)


PROPERTIES: tuple[tuple[Callable[..., bool | None], Any], ...] = (
    (specified, expressions()),
    (same_in_sql, expressions()),
    (never_excluded, expressions()),
    (looked_up, st.lists(conditions, min_size=1, max_size=12)),
)


def prove(*, chosen: int, trials: int) -> Report:
    """Each property on so many drawn conditions; what an evaluator refuses by name is no trial."""
    report = Report("engine", chosen)
    rulesets.SMALL = 0  # type: ignore[misc]  # small sets are looked up too
    for holds, drawn in PROPERTIES:
        before = len(report.seconds)
        _drawing(holds, drawn, report, chosen=chosen, trials=trials)()
        asked = len(report.seconds) - before
        report.witnessed(asked, f"a condition that {holds.__name__} could be asked of")
        print(f"  {holds.__name__}: {asked} of {trials} drawn")
    return report


def _drawing(
    holds: Callable[..., bool | None], drawn: Any, report: Report, *, chosen: int, trials: int
) -> Callable[[], None]:
    @seed(chosen)
    @settings(
        max_examples=trials, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(drawn, st.lists(facts, min_size=1, max_size=4))
    def draw(source: Any, many: list[Facts]) -> None:
        begun = time.perf_counter()
        held = holds(source, many)
        if held is not None:
            report.seconds.append(time.perf_counter() - begun)
            report.demand(held, f"{holds.__name__}: {source!r} about {many!r}")

    return draw


def main() -> int:
    chosen = int(os.environ.get("SEED") or random.randrange(10**6))
    trials = int(os.environ.get("TRIALS") or (QUICK if os.environ.get("QUICK") else LONG))
    report = prove(chosen=chosen, trials=trials)
    report.show()
    return 0 if report.holds else 1


if __name__ == "__main__":
    sys.exit(main())
