"""From order lines to carts: one an invoice."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from babel import Locale

from contexts.evaluation.carts import Cart, Customer, Line
from contexts.evaluation.orders.reading import OrderLine, Reported
from shared_kernel.money import Money

MAX_LINES = 2_000
# names of the file's own that no list of countries has
ALSO = {
    "EIRE": "IE",
    "USA": "US",
    "RSA": "ZA",
    "Channel Islands": "JE",
    "Czech Republic": "CZ",
    "Hong Kong": "HK",
}


def invoices_of(
    lines: Iterable[OrderLine | Reported],
) -> tuple[dict[str, list[OrderLine]], list[Reported]]:
    """The sale lines by invoice, in the order of the file, and whatever is reported."""
    invoices: dict[str, list[OrderLine]] = {}
    reported: list[Reported] = []
    for line in lines:
        if isinstance(line, Reported):
            reported.append(line)
            continue
        invoice = invoices.setdefault(line.invoice, [])
        if len(invoice) < MAX_LINES:
            invoice.append(line)
        else:
            reported.append(
                Reported(line.number, line.invoice, "invoice has too many lines", str(MAX_LINES))
            )
    return invoices, reported


def cart_of(lines: list[OrderLine], *, currency: str, channel: str) -> Cart:
    """
    The cart of one invoice, priced by the rules of now.

    A line's id is its line in the file; invoice number and date go along as attributes.
    """
    first = lines[0]
    return Cart(
        currency=currency,
        channel=channel,
        customer=Customer(id=first.customer, country=country_code(first.country)),
        lines=tuple(
            Line(
                id=str(line.number),
                sku=line.sku,
                quantity=line.quantity,
                unit_price=Money.parse(line.unit_price, currency),
                attributes={"invoice": line.invoice, "invoiced_at": line.invoiced_at.isoformat()},
            )
            for line in lines
        ),
    )


@lru_cache(maxsize=512)
def country_code(name: str) -> str | None:
    """ISO 3166-1 alpha-2 of an English country name, or nothing."""
    if name in ALSO:
        return ALSO[name]
    return _codes().get(name.casefold())


@lru_cache(maxsize=1)
def _codes() -> dict[str, str]:
    names = Locale("en").territories
    return {
        name.casefold(): code
        for code, name in names.items()
        if len(code) == len("GB") and code.isalpha()
    }
