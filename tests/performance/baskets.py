"""
Baskets for the back-test, and a thousand rules that speak about what is in them.

Read from an order file in the Online Retail columns, or drawn: products by a long-tailed law, as shops sell them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from contexts.calculation.engine import EffectSource, RuleSource
from contexts.evaluation.orders.carts import country_code, invoices_of
from contexts.evaluation.orders.reading import read_lines
from contexts.promotions.messages import DiscountableCart, DiscountableLine

COUNTRIES = ("GB", "GB", "GB", "GB", "GB", "GB", "DE", "FR", "IE", "NL", "ES")
DRAWN = 2645


def read_baskets(path: Path) -> list[DiscountableCart]:
    """Every sale invoice of an order file."""
    invoices, _ = invoices_of(list(read_lines(path, currency="GBP")))
    return [
        DiscountableCart(
            currency="GBP", channel="wholesale", at=lines[0].invoiced_at.replace(tzinfo=UTC),
            customer=_customer(lines[0].customer, country_code(lines[0].country)),
            lines=tuple(
                DiscountableLine(
                    id=str(it.number), sku=it.sku, quantity=it.quantity, unit_price=it.unit_price,
                    category=it.sku[:3],
                )
                for it in lines
            ),
        )
        for lines in invoices.values()
    ]  # fmt: skip


def drawn_baskets(chance: random.Random, count: int = DRAWN) -> list[DiscountableCart]:
    """So many baskets of about 29 lines, out of 3,000 products."""
    return [_drawn(chance) for _ in range(count)]


def _drawn(chance: random.Random) -> DiscountableCart:
    products = [
        int(3000 * chance.random() ** 2.2) for _ in range(1 + int(chance.expovariate(1 / 28)))
    ]
    return DiscountableCart(
        currency="GBP", channel="wholesale", at=datetime(2011, 1, 4, 10, tzinfo=UTC),
        customer=_customer(str(chance.randrange(12000, 13000)), chance.choice(COUNTRIES)),
        lines=tuple(
            DiscountableLine(
                id=str(number), sku=f"{20000 + product}", quantity=chance.choice((1, 2, 4, 6, 12, 24)),
                unit_price=Decimal(chance.randrange(29, 1295)) / 100, category=f"{20000 + product}"[:3],
            )
            for number, product in enumerate(products)
        ),
    )  # fmt: skip


def _customer(number: str | None, country: str | None) -> dict[str, str]:
    return {name: it for name, it in (("id", number), ("country", country)) if it is not None}


def rules_about(baskets: list[DiscountableCart], count: int) -> Iterator[RuleSource]:
    """Rules of the kinds that shops write, each with an effect, some in groups, a few that stop."""
    chance = random.Random(7)
    skus = [line.sku for basket in baskets for line in basket.lines]
    customers = [basket.customer or {} for basket in baskets]
    countries = sorted({it.get("country", "FI") for it in customers})
    for number in range(count):
        percent = number % 3
        yield RuleSource(
            id=f"r{number}", version=1, name=f"Rule {number}",
            condition=_condition(number, chance, skus, customers, countries),
            effects=(
                EffectSource("percent_off_order", {"percent": f"{chance.randrange(1, 60) / 20}"})
                if percent
                else EffectSource("amount_off_order", {"amount": f"{chance.randrange(5, 300) / 100}"}),
            ),
            priority=chance.randrange(5), order=number,
            group=f"group {number % 40}" if number % 4 == 0 else None, stop=number % 97 == 0,
        )  # fmt: skip


def _condition(
    number: int,
    chance: random.Random,
    skus: list[str],
    customers: list[dict[str, str]],
    countries: list[str],
) -> str:
    def sku() -> str:
        return f'"{chance.choice(skus)}"'

    def country() -> str:
        return f'"{chance.choice(countries)}"'

    def some() -> str:
        return ", ".join(sku() for _ in range(5))

    low, pieces = chance.randrange(10, 3000), chance.randrange(1, 25)
    kinds = (
        lambda: f"lines.exists(l, l.sku == {sku()} && l.quantity >= {pieces})",
        lambda: f"lines.exists(l, l.sku == {sku()}) && lines.exists(l, l.sku == {sku()})",
        lambda: f"sum(lines.filter(l, l.sku in [{some()}]).map(l, l.total)) >= {low / 20}",
        lambda: (
            f'sum(lines.filter(l, l.sku == {sku()}).map(l, l.quantity)) >= {pieces} && cart.channel == "wholesale"'
        ),
        lambda: f'size(lines.filter(l, l.category == {sku()[:4]}")) >= {pieces % 5 + 2}',
        lambda: f"customer.country == {country()} && cart.subtotal >= {low}",
        lambda: f"cart.subtotal >= {low} && cart.subtotal < {low + 60}.50",
        lambda: f"customer.country in [{country()}, {country()}] || cart.subtotal > {low + 3000}",
        lambda: f'customer.country != "GB" && lines.all(l, l.quantity >= {pieces % 9})',
        lambda: f'has(customer.id) && customer.id == "{chance.choice(customers).get("id", "")}"',
    )
    if number % 100 == 99:
        return f'lines.exists(l, l.sku.startsWith({sku()[:4]}")) && !(cart.quantity > {low})'
    return kinds[number % len(kinds)]()
