"""
`make prove-warehouse`: what ClickHouse answers to our SQL is what the rules say, in its own engine in this process.

Drawn conditions about drawn facts, as in `make prove-engine`. A condition that ClickHouse stops with an error is counted
beside those that are refused by name: neither says anything wrong.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from chdb.session import Session  # type: ignore[import-not-found,unused-ignore]  # of requirements/bench
from hypothesis import HealthCheck, Phase, given, seed, settings
from pyarrow import parquet

from contexts.calculation.engine import check_expression
from contexts.calculation.engine.python import compile_outcomes
from contexts.calculation.engine.sql import NotInSql, to_sql
from contexts.calculation.engine.units import Steps
from tests.proofs.harness import Report
from tests.unit.contexts.calculation.engine.columns import table_of
from tests.unit.contexts.calculation.engine.expressions import expressions, facts
from tests.unit.contexts.calculation.engine.shop import GOLD, GUEST, SCHEMA
from tests.unit.contexts.calculation.engine.test_sql import SAID

ROWS, QUICK, LONG = 40, 200, 3000


def _drawn(strategy: Any, count: int, chosen: int) -> list[Any]:
    found: list[Any] = []

    @seed(chosen)
    @settings(
        max_examples=count, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(strategy)
    def draw(one: Any) -> None:
        found.append(one)

    draw()
    return found


class Warehouse:
    """Facts as a table of ClickHouse."""

    def __init__(self, many: list[dict[str, Any]]) -> None:
        self.session = Session()
        self.session.query("CREATE DATABASE shop")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "facts.parquet"
            parquet.write_table(table_of(many, SCHEMA), path)
            self.session.query(
                f"CREATE TABLE shop.facts ENGINE = Memory AS SELECT * FROM file('{path}', Parquet)"
            )

    def rows_where(self, condition: str) -> list[bool]:
        asked = f"SELECT ifNull(({condition}), false) FROM shop.facts"
        return [it in {"1", "true"} for it in str(self.session.query(asked, "TSV")).split()]


def prove(*, chosen: int, trials: int) -> Report:
    report = Report("warehouse", chosen)
    many = [GOLD, GUEST, *_drawn(facts, ROWS, chosen)]
    warehouse = Warehouse(many)
    refused, stopped = 0, 0
    for source in [*SAID, *_drawn(expressions(), trials, chosen)]:
        tree = check_expression(source, SCHEMA).tree
        try:
            sql = to_sql(tree, "clickhouse")
        except NotInSql:
            refused += 1
            continue
        begun = time.perf_counter()
        decide = compile_outcomes([tree])[0]
        try:
            found = warehouse.rows_where(sql)
        except RuntimeError as fault:  # whatever the database stops with
            stopped += 1
            report.demand("Code: " in str(fault), f"{source!r}: {fault!s:.200}")
            continue
        report.seconds.append(time.perf_counter() - begun)
        wanted = [decide(it, Steps()) is True for it in many]
        report.demand(found == wanted, f"{source!r}: {sql}")
    asked = len(report.seconds)
    print(f"  {asked} asked of {len(many)} rows, {refused} refused by name, {stopped} stopped")
    report.witnessed(asked - 10 * stopped, "many more answers than errors")
    return report


def main() -> int:
    chosen = int(os.environ.get("SEED") or random.randrange(10**6))
    trials = int(os.environ.get("TRIALS") or (QUICK if os.environ.get("QUICK") else LONG))
    report = prove(chosen=chosen, trials=trials)
    report.show()
    return 0 if report.holds else 1


if __name__ == "__main__":
    sys.exit(main())
