"""Small order files in the Online Retail columns, drawn or written."""

from __future__ import annotations

import random
from decimal import Decimal

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
COUNTRIES = ("United Kingdom", "France", "EIRE", "Germany")


def file_of(*lines: str) -> bytes:
    return "\r\n".join([HEADER, *lines, ""]).encode()


def drawn(chance: random.Random, invoices: int, most_lines: int = 12) -> list[tuple[str, ...]]:
    """Rows of `(invoice, sku, quantity, date, price, customer, country)`."""
    rows: list[tuple[str, ...]] = []
    for number in range(invoices):
        buyer = (str(17000 + chance.randrange(30)), chance.choice(COUNTRIES))
        head = (str(536000 + number), f"2011-01-{1 + number % 28:02d} 10:{number % 60:02d}:00")
        rows += [_line(chance, *head, *buyer) for _ in range(chance.randrange(1, most_lines))]
    return rows


def _line(
    chance: random.Random, invoice: str, at: str, customer: str, country: str
) -> tuple[str, ...]:
    quantity = str(chance.choice((1, 2, 3, 6, 12, 24)))
    price = str(Decimal(chance.randrange(29, 1995)) / 100)
    return invoice, f"S{chance.randrange(40)}", quantity, at, price, customer, country


def written(rows: list[tuple[str, ...]]) -> bytes:
    return file_of(
        *(f"{i},{s},Thing,{q},{at},{p},{c},{where}" for i, s, q, at, p, c, where in rows)
    )
