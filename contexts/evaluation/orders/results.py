"""What came of an order file: exact Parquet tables, and a summary."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from contexts.evaluation.carts import PricedCart
from contexts.evaluation.orders.reading import Reported
from shared_kernel.currencies import currency_of

ROWS_AT_ONCE = 20_000


class Results:
    """Collects priced carts into `lines.parquet` and, at the end, `reported.parquet` and `summary.json`."""

    def __init__(self, place: Path, *, currency: str) -> None:
        place.mkdir(parents=True, exist_ok=True)
        self.place, self.currency = place, currency
        amount = pa.decimal128(24, currency_of(currency).digits)
        self.schema = pa.schema(
            [
                ("invoice", pa.string()), ("line", pa.int64()), ("sku", pa.string()),
                ("quantity", pa.int64()), ("unit_price", amount), ("subtotal", amount),
                ("discount", amount), ("total", amount), ("evaluation", pa.string()),
                ("rules", pa.list_(pa.struct([("rule", pa.string()), ("version", pa.int64()), ("discount", amount)]))),
            ]
        )  # fmt: skip
        self._rows: list[dict[str, Any]] = []
        self._writer = pq.ParquetWriter(place / "lines.parquet", self.schema)
        self.carts = self.lines = 0
        self.subtotal = self.discount = Decimal(0)
        self.per_rule: defaultdict[str, Decimal] = defaultdict(Decimal)

    def add(self, invoice: str, priced: PricedCart) -> None:
        self.carts += 1
        self.subtotal += priced.totals.subtotal.amount
        self.discount += priced.totals.discount.amount
        for line in priced.lines:
            self.lines += 1
            rules: list[dict[str, Any]] = [
                {"rule": it.rule, "version": it.rule_version, "discount": -it.amount.amount}
                for it in line.adjustments
            ]
            for it in rules:
                self.per_rule[f"{it['rule']}, version {it['version']}"] += it["discount"]
            self._rows.append(
                {
                    "invoice": invoice, "line": int(line.id), "sku": line.sku, "quantity": line.quantity,
                    "unit_price": line.unit_price.amount, "subtotal": line.subtotal.amount,
                    "discount": line.subtotal.amount - line.total.amount, "total": line.total.amount,
                    "evaluation": str(priced.id), "rules": rules,
                }
            )  # fmt: skip
        if len(self._rows) >= ROWS_AT_ONCE:
            self._flush()

    def _flush(self) -> None:
        if self._rows:
            self._writer.write_table(pa.Table.from_pylist(self._rows, schema=self.schema))
            self._rows.clear()

    def finish(self, reported: list[Reported], *, seconds: float) -> dict[str, Any]:
        """Close the tables and write the summary, which is also returned."""
        self._flush()
        self._writer.close()
        rows = [
            {"line": it.number, "invoice": it.invoice, "reason": it.reason, "detail": it.detail}
            for it in reported
        ]
        columns = [
            ("line", pa.int64()),
            *((name, pa.string()) for name in ("invoice", "reason", "detail")),
        ]
        pq.write_table(
            pa.Table.from_pylist(rows, schema=pa.schema(columns)), self.place / "reported.parquet"
        )
        summary = {
            "currency": self.currency,
            "carts": self.carts,
            "lines_in": self.lines + len(reported),
            "lines_priced": self.lines,
            "lines_reported": len(reported),
            "reported": dict(Counter(it.reason for it in reported).most_common()),
            "subtotal": str(self.subtotal),
            "discount": str(self.discount),
            "revenue": str(self.subtotal - self.discount),
            "discount_per_rule": {rule: str(off) for rule, off in sorted(self.per_rule.items())},
            "seconds": round(seconds, 3),
            "carts_per_second": round(self.carts / seconds, 1) if seconds else None,
        }
        (self.place / "summary.json").write_text(json.dumps(summary, indent=1) + "\n")
        return summary
