"""
`make bench-backtest`: 1,000 rules over 25,000 baskets in SQL, whose discounts equal those priced online.

`ORDERS=file` takes the sale invoices of an order file in the Online Retail columns; without it baskets are drawn.
Nothing is timed before every discount was the same to the cent.
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import django
import duckdb
import pyarrow as pa

BASKETS, RULES, ROUNDS = 25_000, 1_000, 5


def main() -> int:
    from contexts.calculation.engine import compile_rule, compile_set
    from contexts.calculation.policies import effect_types_of, schema_of
    from contexts.promotions.decisions import ORDER_DISCOUNTS
    from tests.performance.baskets import drawn_baskets, read_baskets, rules_about

    path = os.environ.get("ORDERS")
    baskets = read_baskets(Path(path)) if path else drawn_baskets(random.Random(1))
    point = ORDER_DISCOUNTS.name
    schema, effects = schema_of(point), effect_types_of(point)
    rules = compile_set(compile_rule(it, schema, effects) for it in rules_about(baskets, RULES))
    print(
        f"{len(baskets):,} baskets of {_lines(baskets):.1f} lines, {len(rules):,} rules", flush=True
    )
    begun = time.perf_counter()
    online = [_online(rules, basket) for basket in baskets]
    seconds_online = time.perf_counter() - begun
    table = _table(baskets, schema)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'UTC'")
        _load(connection, table, len(baskets))
        differing = _differing(connection, rules, online)
        if differing:
            print(f"{len(differing)} discounts differ, such as {differing[:3]}: nothing is timed")
            return 1
        print(
            f"the same discounts, to the cent: {len(online):,} baskets,"
            f" {sum(bool(it) for it in online):,} discounted, {sum(online)} off",
            flush=True,
        )
        _load(connection, table, BASKETS)
        took = [_timed(lambda: _discounts(connection, rules)) for _ in range(ROUNDS)]
        floor = [_timed(lambda: connection.execute(FLOOR).fetchall()) for _ in range(ROUNDS)]
    _report(path, baskets, took, floor, seconds_online)
    return 0


FLOOR = "SELECT sum(list_sum(list_transform(lines, lambda l: l.total))) FROM facts"


def _online(rules: Any, basket: Any) -> Decimal:
    """What the order discounts take off a basket, priced as promotions price it."""
    from contexts.calculation.messages import AppliedEffect, AppliedRule
    from contexts.promotions import policies
    from shared_kernel.money import Money

    totals = policies.line_totals(basket)
    before = left = Money.sum(totals, basket.currency)
    for match in rules.decide(policies.common_facts(basket, totals)).matches:
        effects = tuple(AppliedEffect(kind=kind, params=params) for kind, params in match.effects)
        applied = AppliedRule(match.rule_id, match.version, match.name, match.reason, effects)
        left -= policies.taken_off(applied, left)
    return (before - left).amount


def _discounts(connection: Any, rules: Any) -> dict[int, Decimal]:
    """Each discounted basket's row and discount: translated, asked and fetched."""
    from contexts.calculation.engine.sqlsets import applying_sql, set_to_sql
    from contexts.promotions.policies.sql import order_discounts_sql

    said = set_to_sql(rules)
    if said.left_out:
        raise SystemExit(f"SQL cannot say {said.left_out[0]}")
    effects = {
        place: [(it.kind, it.constants) for it in rule.effects]
        for place, rule in enumerate(rules.rules)
    }
    statement = order_discounts_sql(applying_sql(rules, said.matching), effects, "facts")
    return dict(connection.execute(statement).fetchall())


def _differing(connection: Any, rules: Any, online: list[Decimal]) -> list[tuple[int, Any, Any]]:
    found = _discounts(connection, rules)
    return [
        (row, found.get(row, Decimal(0)), one)
        for row, one in enumerate(online)
        if found.get(row, Decimal(0)) != one
    ]


def _lines(baskets: list[Any]) -> float:
    return sum(len(it.lines) for it in baskets) / len(baskets)


def _table(baskets: list[Any], schema: Any) -> pa.Table:
    from contexts.promotions import policies
    from tests.unit.contexts.calculation.engine.columns import table_of

    facts = []
    for basket in baskets:
        totals = policies.line_totals(basket)
        facts.append(policies.common_facts(basket, totals))
    return table_of(facts, schema)


def _load(connection: Any, table: pa.Table, rows: int) -> None:
    """Hold so many rows, the same ones repeated."""
    repeated = pa.concat_tables([table] * (rows // len(table) + 1)).slice(0, rows)
    connection.register("given", repeated)
    # small row groups, so that a table of this size is shared out among the cores
    connection.execute("ATTACH IF NOT EXISTS ':memory:' AS baskets (ROW_GROUP_SIZE 4096)")
    connection.execute("USE baskets")
    connection.execute(
        'CREATE OR REPLACE TABLE facts AS SELECT row_number() OVER () - 1 AS "#row", * FROM given'
    )


def _timed(run: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    run()
    return time.perf_counter() - begun


def _report(
    path: str | None, baskets: list[Any], took: list[float], floor: list[float], online: float
) -> None:
    from tests.performance.page import write_section

    per_online = online / len(baskets) * BASKETS
    what = "the sale invoices of the Online Retail data" if path else "drawn baskets"
    ratios = sorted(one / other for one, other in zip(took, floor, strict=True))
    text = [
        "## A back-test", "",
        (f"`make bench-backtest`: {RULES:,} rules with groups and stops over {BASKETS:,} baskets of {_lines(baskets):.0f} "
        f"lines ({what}, repeated), in DuckDB; every discount was the same as online first, to the cent."), "",
        "| | seconds, best of rounds | beside |", "|---|---|---|",
        f"| translated, asked, discounts fetched | {min(took):.2f} (most {max(took):.2f}) | 1 |",
        f"| going over every line once (floor) | {min(floor):.3f} | {ratios[0]:.0f} to {ratios[-1]:.0f} times |",
        f"| decided and priced online, one after the other | {per_online:.1f} | {per_online / min(took):.1f} times |",
    ]  # fmt: skip
    write_section("back-test", "\n".join(text))
    print("\n".join(text))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    sys.exit(main())
