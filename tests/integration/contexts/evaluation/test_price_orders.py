"""An order file, priced: every line in is priced or reported, and the sums are those of the table."""

from __future__ import annotations

import gzip
import json
from decimal import Decimal

import pyarrow.parquet as pq
import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from contexts.evaluation.models import EvaluationRecord
from shared_kernel.tenancy.models import Tenant
from tests.integration.contexts.conftest import text

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
GOOD = [
    "1001,A,Lamp,12,2010-12-01 08:26:00,2.55,17850.0,United Kingdom",
    "1001,B,Chair,1,2010-12-01 08:26:00,10.00,17850.0,United Kingdom",
    '1002,C,"Table, round",2,2010-12-01 08:28:00,3.33,,EIRE',
]
BROKEN = {
    "C1003,A,Lamp,-1,2010-12-01 08:26:00,2.55,17850.0,France": "cancellation",
    "1004,A,Lamp,-1,2010-12-01 08:26:00,2.55,17850.0,France": "return",
    "1004,A,Lamp,x,2010-12-01 08:26:00,2.55,17850.0,France": "quantity is no whole number",
    "1004,A,Lamp,0,2010-12-01 08:26:00,2.55,17850.0,France": "quantity out of bounds",
    "1004,A,Lamp,1,2010-12-01 08:26:00,0,17850.0,France": "price is not above zero",
    "1004,A,Lamp,1,2010-12-01 08:26:00,1.005,17850.0,France": "price has too many decimals",
    "1004,A,Lamp,1,2010-12-01 08:26:00,NaN,17850.0,France": "price is no amount",
    "1004,A,Lamp,1,2010-12-01 08:26:00,dear,17850.0,France": "price is no number",
    "1004,A,Lamp,1,yesterday,2.55,17850.0,France": "date is not ISO 8601",
    ",A,Lamp,1,2010-12-01 08:26:00,2.55,17850.0,France": "no invoice number or stock code",
    "1004,A": "wrong number of columns",
}


@pytest.fixture
def priced(active, in_tenant, tmp_path):
    """`priced(bytes)` runs the command and gives its summary and its folder."""
    active("dozen", text("line.quantity >= 12", params={"percent": "3"}, name="Dozen"))
    slug = Tenant.objects.get(id=in_tenant).slug

    def run(content: bytes, *more: str):
        source, place = tmp_path / "orders.csv", tmp_path / "out"
        source.write_bytes(content)
        call_command("price_orders", str(source), "--tenant", slug, "--output", str(place), *more)
        return json.loads((place / "summary.json").read_text()), place

    return run


def file_of(*lines: str) -> bytes:
    return "\r\n".join([HEADER, *lines, ""]).encode()


@pytest.mark.parametrize(
    "pack", [bytes, gzip.compress, b"\xef\xbb\xbf".__add__], ids=["csv", "gz", "bom"]
)
def test_every_line_is_priced_or_reported(priced, pack):
    summary, place = priced(pack(file_of(*GOOD, *BROKEN)))
    assert (summary["carts"], summary["lines_priced"]) == (2, 3)
    assert summary["lines_in"] == 3 + len(BROKEN)
    assert summary["reported"] == dict.fromkeys(BROKEN.values(), 1)
    numbers = pq.read_table(place / "reported.parquet").column("line").to_pylist()
    assert numbers == list(range(5, 5 + len(BROKEN)))
    assert EvaluationRecord.objects.count() == 2


def test_the_summary_is_the_sum_of_the_table(priced):
    summary, place = priced(file_of(*GOOD))
    rows = pq.read_table(place / "lines.parquet").to_pylist()
    assert sum(row["total"] for row in rows) == Decimal(summary["revenue"])
    assert sum(row["discount"] for row in rows) == Decimal(summary["discount"]) == Decimal("0.92")
    per_rule = sum(rule["discount"] for row in rows for rule in row["rules"])
    assert per_rule == Decimal(summary["discount_per_rule"]["Dozen, version 1"])


def test_a_dry_run_keeps_no_records(priced):
    summary, _ = priced(file_of(*GOOD), "--dry-run")
    assert summary["carts"] == 2
    assert EvaluationRecord.objects.count() == 0


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "empty"),
        (b"InvoiceNo,StockCode\n", "no column Description"),
        (gzip.compress(file_of(*GOOD))[:-9], "damaged"),
    ],
)
def test_what_is_no_order_file_is_refused(priced, content, complaint):
    with pytest.raises(CommandError, match=complaint):
        priced(content)


def test_an_unknown_tenant_is_told_how_to_come_to_be(priced, tmp_path):
    with pytest.raises(CommandError, match="make demo"):
        call_command("price_orders", str(tmp_path / "x"), "--tenant", "nobody")
