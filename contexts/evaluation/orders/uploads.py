"""An uploaded order file: bounded, read, and kept as orders; what is wrong is told by line."""

from __future__ import annotations

import hashlib
import io
from datetime import UTC

from contexts.evaluation import services
from contexts.evaluation.carts import Order
from contexts.evaluation.errors import OrderFileUnreadable
from contexts.evaluation.messages import LineReported
from contexts.evaluation.models import OrderFile
from contexts.evaluation.orders.carts import cart_of, invoices_of
from contexts.evaluation.orders.reading import NotAnOrderFile, OrderLine, Reported, read_stream
from shared_kernel.api.bodies import BodyTooLarge
from shared_kernel.currencies import UnknownCurrency, currency_of

BYTES_AT_MOST = 10_000_000
UNPACKED_AT_MOST = 100_000_000
LINES_AT_MOST = 250_000


def keep_upload(
    *, name: str, content: bytes, currency: str, channel: str, uploaded_by: str
) -> OrderFile:
    """
    Keep an upload (CSV or gzip, in the Online Retail columns) for back-tests.

    Raises:
        BodyTooLarge: more than 10 MB. OrderFilesFull: as many files are kept as may be.
        OrderFileUnreadable: no order lines, no sale among them, too many, or an unknown currency.

    """
    if len(content) > BYTES_AT_MOST:
        raise BodyTooLarge(limit=BYTES_AT_MOST)
    try:
        currency_of(currency)
        lines = _lines(content, currency)
    except (NotAnOrderFile, UnknownCurrency) as fault:
        raise OrderFileUnreadable(reason=str(fault)) from fault
    invoices, reported = invoices_of(lines)
    if not invoices:
        first = f"; line {reported[0].number}: {reported[0].reason}" if reported else ""
        raise OrderFileUnreadable(reason=f"The file holds no sale that can be priced{first}.")
    return services.keep_order_file(
        name=name.replace("\0", "")[:200] or "orders",
        sha256=hashlib.sha256(content).hexdigest(),
        orders=[
            _order(invoice, some, currency=currency, channel=channel)
            for invoice, some in invoices.items()
        ],
        reported=[LineReported(it.number, it.invoice, it.reason, it.detail) for it in reported],
        currency=currency,
        channel=channel,
        uploaded_by=uploaded_by,
    )


def _lines(content: bytes, currency: str) -> list[OrderLine | Reported]:
    lines: list[OrderLine | Reported] = []
    source = io.BufferedReader(io.BytesIO(content))
    for line in read_stream(source, currency=currency, at_most=UNPACKED_AT_MOST):
        if len(lines) >= LINES_AT_MOST:
            reason = f"The file has more than {LINES_AT_MOST:,} lines; upload it in parts."
            raise OrderFileUnreadable(reason=reason)
        lines.append(line)
    return lines


def _order(invoice: str, lines: list[OrderLine], *, currency: str, channel: str) -> Order:
    """The order, at the moment of its invoice, which is taken to be UTC if it names no zone."""
    at = lines[0].invoiced_at
    at = at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    return Order(invoice, at, cart_of(lines, currency=currency, channel=channel))
