"""
Currencies: the codes, numbers and minor units of ISO 4217.

`currencies.csv` holds the active list one (and those withdrawn since 2023, so that older documents can be read).
Gold, drawing rights and test codes have no minor unit and are no currencies here.
"""

from __future__ import annotations

import csv
from decimal import Decimal
from difflib import get_close_matches
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple

from shared_kernel.errors import DomainError


class Currency(NamedTuple):
    """One currency; `digits` is the number of fraction digits (0, 2, 3 or 4), so 10**digits minor units are one."""

    code: str
    number: str
    digits: int
    name: str
    withdrawn: str
    """The month (YYYY-MM) it ceased to be legal tender, or empty."""

    @property
    def quantum(self) -> Decimal:
        """The smallest amount: 0.01 for the euro, 1 for the yen."""
        return Decimal((0, (1,), -self.digits))


class UnknownCurrency(DomainError, ValueError):
    """There is no such currency in ISO 4217."""

    code = "kernel.unknown-currency"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    sentence = "{currency} is not a currency of ISO 4217; {advice}."


def _read(path: Path) -> dict[str, Currency]:
    with path.open(encoding="utf-8", newline="") as lines:
        rows = csv.reader(lines)
        next(rows)
        return {
            code: Currency(code, number, int(digits), name, withdrawn)
            for code, number, digits, name, withdrawn in rows
        }


CURRENCIES: dict[str, Currency] = _read(Path(__file__).with_name("currencies.csv"))


def currency_of(code: str) -> Currency:
    """
    Look a currency up by its three capital letters.

    Raises:
        UnknownCurrency: with the likeliest code meant.

    """
    try:
        return CURRENCIES[code]
    except (KeyError, TypeError):
        raise unknown_currency(code) from None


def unknown_currency(code: object) -> UnknownCurrency:
    """The refusal of a code, naming the one that was probably meant."""
    text = str(code)[:40]
    guess = _likeliest(text.strip())
    advice = f"did you mean {guess}" if guess else "use a three-letter code such as EUR"
    return UnknownCurrency(currency=repr(text), advice=advice)


def _likeliest(text: str) -> str | None:
    if text.upper() in CURRENCIES:
        return text.upper()
    names = {currency.name.casefold(): code for code, currency in CURRENCIES.items()}
    if by_name := get_close_matches(text.casefold(), names, n=1, cutoff=0.8):
        return names[by_name[0]]
    active = [code for code, currency in CURRENCIES.items() if not currency.withdrawn]
    letters = sorted(text.upper())
    swapped = [code for code in active if sorted(code) == letters]
    by_code = swapped or get_close_matches(text.upper(), active, n=1)
    return by_code[0] if by_code else None
