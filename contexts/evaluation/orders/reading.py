"""Reading order lines in the Online Retail column format, from CSV or gzipped CSV."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import IO, Any, cast

from shared_kernel.currencies import currency_of

COLUMNS = (
    "InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country",
)  # fmt: skip
MAX_QUANTITY = 1_000_000
MAX_DIGITS = 12
GZIP = b"\x1f\x8b"


class NotAnOrderFile(ValueError):
    """The file cannot be read as order lines at all."""


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One line of a sale; `number` is its line in the file."""

    number: int
    invoice: str
    sku: str
    quantity: int
    unit_price: Decimal
    invoiced_at: datetime
    customer: str | None
    country: str


@dataclass(frozen=True, slots=True)
class Reported:
    """A line that is not priced, and why."""

    number: int
    invoice: str
    reason: str
    detail: str


class _Broken(Exception):
    def __init__(self, reason: str, detail: str = "") -> None:
        self.reason, self.detail = reason, detail
        super().__init__(reason)


def read_lines(path: Path, *, currency: str) -> Iterator[OrderLine | Reported]:
    """
    Every line of the file, as a sale's line or as a report.

    Raises:
        NotAnOrderFile: it is empty, or a column is missing; no gzip although it says so.
        FileNotFoundError: there is no such file.

    """
    with path.open("rb") as raw:
        yield from read_stream(raw, currency=currency, name=path.name)


def read_stream(
    raw: io.BufferedReader[Any],
    *,
    currency: str,
    name: str = "the file",
    at_most: int | None = None,
) -> Iterator[OrderLine | Reported]:
    """
    Every line of an open file, of which so many bytes are read at most once they are unpacked.

    Raises:
        NotAnOrderFile: as `read_lines`, or it has more bytes.

    """
    digits = currency_of(currency).digits
    packed = raw.peek(2)[:2] == GZIP
    source = _unpacked(raw, packed=packed)
    if at_most is not None:
        source = cast("IO[bytes]", io.BufferedReader(_Bounded(source, at_most)))
    with io.TextIOWrapper(source, encoding="utf-8-sig", errors="replace", newline="") as text:
        try:
            yield from _rows(text, digits)
        except (EOFError, gzip.BadGzipFile, zlib.error, csv.Error) as fault:
            raise NotAnOrderFile(f"{name} breaks off or is damaged: {fault}") from fault


def _unpacked(raw: IO[bytes], *, packed: bool) -> IO[bytes]:
    return cast("IO[bytes]", gzip.GzipFile(fileobj=raw)) if packed else raw


class _Bounded(io.RawIOBase):
    """The bytes of a source, up to a number of them: a small file may unpack to a very large one."""

    def __init__(self, source: IO[bytes], at_most: int) -> None:
        self._source, self._left, self._at_most = source, at_most, at_most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        found = self._source.read(len(buffer))
        self._left -= len(found)
        if self._left < 0:
            raise NotAnOrderFile(f"the file has more than {self._at_most:,} bytes when unpacked")
        buffer[: len(found)] = found
        return len(found)


def _rows(text: IO[str], digits: int) -> Iterator[OrderLine | Reported]:
    rows = csv.reader(text)
    header = next(rows, None)
    if not header:
        raise NotAnOrderFile("the file is empty; its first line should name the columns")
    missing = [name for name in COLUMNS if name not in header]
    if missing:
        raise NotAnOrderFile(f"no column {', '.join(missing)}; wanted are {', '.join(COLUMNS)}")
    places = {name: header.index(name) for name in COLUMNS}
    for row in rows:
        if not row:
            continue
        number = rows.line_num
        if len(row) != len(header):
            yield Reported(
                number,
                row[0].replace("\0", ""),
                "wrong number of columns",
                f"{len(row)}, not {len(header)}",
            )
            continue
        # a NUL is no text, and no database keeps one
        cells = {name: row[place].replace("\0", "").strip() for name, place in places.items()}
        try:
            yield _sale(number, cells, digits)
        except _Broken as broken:
            yield Reported(number, cells["InvoiceNo"], broken.reason, broken.detail)


def _sale(number: int, cells: dict[str, str], digits: int) -> OrderLine:
    invoice, sku = cells["InvoiceNo"], cells["StockCode"]
    if not invoice or not sku:
        raise _Broken("no invoice number or stock code")
    if invoice[0] in "Cc":
        raise _Broken("cancellation")
    quantity = _quantity(cells["Quantity"])
    return OrderLine(
        number=number,
        invoice=invoice[:200],
        sku=sku[:200],
        quantity=quantity,
        unit_price=_price(cells["UnitPrice"], digits),
        invoiced_at=_moment(cells["InvoiceDate"]),
        customer=cells["CustomerID"].removesuffix(".0")[:200] or None,
        country=cells["Country"],
    )


def _quantity(text: str) -> int:
    try:
        quantity = int(text)
    except ValueError:
        raise _Broken("quantity is no whole number", text[:80]) from None
    if quantity < 0:
        raise _Broken("return", text)
    if quantity == 0 or quantity > MAX_QUANTITY:
        raise _Broken("quantity out of bounds", text[:80])
    return quantity


def _price(text: str, digits: int) -> Decimal:
    try:
        price = Decimal(text)
    except InvalidOperation:
        raise _Broken("price is no number", text[:80]) from None
    if (
        not price.is_finite()
        or len(price.as_tuple().digits) > MAX_DIGITS
        or price.adjusted() > MAX_DIGITS
    ):
        raise _Broken("price is no amount", text[:80])
    if price <= 0:
        raise _Broken("price is not above zero", text)
    if price != round(price, digits):
        raise _Broken("price has too many decimals", text)
    return round(price, digits)


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise _Broken("date is not ISO 8601", text[:80]) from None
