"""Months of real invoices (ORDERS names the file): the totals are those of a few lines of SQL over the file itself."""

from __future__ import annotations

import os
import time
from pathlib import Path

import duckdb
import pytest

from tests.integration.contexts.conftest import text
from tests.integration.contexts.evaluation.back_tests import (
    LINES,
    ORDER,
    ask,
    changed,
    keep,
    result,
    run,
)

pytestmark = pytest.mark.skipif("ORDERS" not in os.environ, reason="ORDERS names no order file")
# in whole pence: a hundredth of so many per cent, half up
SALES = """
WITH sales AS (
  SELECT InvoiceNo AS invoice, TRY_CAST(Quantity AS BIGINT) AS quantity,
    TRY_CAST(UnitPrice AS DECIMAL(18, 6)) * 100 AS price
  FROM read_csv(?, all_varchar = true, header = true) WHERE upper(InvoiceNo[1]) <> 'C'
), lines AS (
  SELECT invoice, listed, CASE WHEN quantity >= ? THEN (listed * 3 + 50) // 100 ELSE 0 END AS off
  FROM (SELECT invoice, quantity, CAST(price AS BIGINT) * quantity AS listed FROM sales
    WHERE quantity BETWEEN 1 AND 1000000 AND price > 0 AND price = round(price, 0))
), orders AS (
  SELECT invoice, CAST(sum(listed) AS BIGINT) AS listed, CAST(sum(off) AS BIGINT) AS off
  FROM lines GROUP BY invoice
)
SELECT invoice, listed, CASE WHEN listed - off >= 50000 THEN off + ((listed - off) * 2 + 50) // 100 ELSE off END
FROM orders
"""


def by_sql(path: str, pieces: int) -> dict[str, tuple[int, int]]:
    """Each invoice's price before discounts, and what is taken off, in pence."""
    rows = duckdb.connect().execute(SALES, [path, pieces]).fetchall()
    return {invoice: (listed, off) for invoice, listed, off in rows}


def test_the_totals_are_those_of_sql(active):
    path = os.environ["ORDERS"]
    dozen = active("dozen", text("line.quantity >= 12", params={"percent": "3"}, name="Dozen"))
    big = text("cart.remaining >= 500", "percent_off_order", params={"percent": "2"}, name="Big")
    active("big", big, ORDER)
    orders = keep(Path(path).read_bytes(), name=Path(path).name)
    begun = time.perf_counter()
    found = result(run(ask(changed(dozen, LINES, condition="line.quantity >= 6"), file=orders)))
    print(f"\n{found.carts:,} orders, {orders.lines:,} lines: {time.perf_counter() - begun:.1f} s")
    before, after = by_sql(path, 12), by_sql(path, 6)
    sums = found.currencies[0].sums
    assert found.carts == len(before)
    assert sums.discount_before.minor == sum(off for _, off in before.values())
    assert sums.discount_after.minor == sum(off for _, off in after.values())
    assert sums.revenue_after.minor == sum(listed - off for listed, off in after.values())
    differ = {it for it in before if before[it][1] != after[it][1]}
    assert {it.reference for it in found.currencies[0].carts} <= differ
    assert found.touched >= len(differ)  # of an order whose total stays, lines may still move
