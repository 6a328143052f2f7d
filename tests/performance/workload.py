"""
Rules and carts for the engines' bench, each rule in CEL and in ZEN's language.

Carts have eight lines, a customer, a channel and a currency. Rules mix equality, ranges, membership, macros over
lines, OR and NOT, and facts that may be missing; twelve broad ones match nearly every cart, the others are as
selective as their number asks for, so that about seventeen match whatever the size of the set.
"""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any, NamedTuple

from contexts.calculation.engine import EffectSource, EffectType, RuleSource, Schema

SCHEMA = Schema(
    records={
        "customer": {
            "tier": "string?", "segments": "list(string)", "country": "string?", "age": "int?",
        },
        "line": {
            "sku": "string", "category": "string", "quantity": "int", "unit_price": "decimal",
        },
        "cart": {
            "subtotal": "decimal", "channel": "string", "currency": "string", "quantity": "int",
        },
    },
    variables={"customer": "customer?", "lines": "list(line)", "cart": "cart"},
)  # fmt: skip
EFFECTS = (EffectType("percent_off_order", {"percent": "decimal"}),)
TIERS, COUNTRIES = ("gold", "silver", "bronze", "none"), ("DE", "AT", "FR", "IT", "ES", "NL")
CHANNELS = ("web", "store", "app")
TOP = 100_000
BROAD = 12


class Written(NamedTuple):
    """One condition in both languages."""

    cel: str
    zen: str


def written(chance: random.Random, number: int, size: int) -> Written:
    """The condition of one of `size` rules."""
    if number < BROAD:
        cents = number * 3 + 1
        return _same(f"cart.quantity > {number} && cart.subtotal > {cents}.50")
    sku, other = (f"SKU-{chance.randrange(max(size, 50))}" for _ in range(2))
    segment = f"seg-{chance.randrange(max(size // 4, 20))}"
    tier, country = chance.choice(TIERS), chance.choice(COUNTRIES)
    channel, low = chance.choice(CHANNELS), chance.randrange(TOP)
    width = max(2, TOP // size)
    return (
        _some(f'SKU == "{sku}" && LINE.quantity >= {chance.randint(1, 3)}'),
        _both(_member(segment), _same(f'cart.channel == "{channel}"')),
        _both(
            _same(f'customer.tier == "{tier}" && customer.country == "{country}"'),
            _same(f"cart.subtotal >= {low} && cart.subtotal < {low + 2 * width}"),
        ),
        _both(
            _same(f'cart.channel == "{channel}"'),
            _some(f'(SKU == "{sku}" || SKU == "{other}") && !(LINE.category == "x")'),
        ),
        _both(_either(_some(f'SKU == "{sku}"'), _member(segment)), _same('cart.currency == "EUR"')),
        _both(_same(f'!(customer.tier == "{tier}")'), _some(f'SKU == "{sku}"')),
        _same(f"cart.subtotal >= {low} && cart.subtotal < {low + width}"),
        _both(
            Written(
                f"has(customer.age) && customer.age > {number % 60}",
                f"customer.age != null and customer.age > {number % 60}",
            ),
            _member(segment),
        ),
        _both(
            Written(
                f'size(lines.filter(l, l.sku == "{sku}")) >= 1',
                f'len(filter(lines, #.sku == "{sku}")) >= 1',
            ),
            _member(segment),
        ),
        _both(
            Written("lines.all(l, l.quantity > 0)", "all(lines, #.quantity > 0)"),
            _some(f'SKU == "{sku}" && LINE.unit_price > 5.50'),
        ),
    )[number % 10]


def _same(text: str) -> Written:
    zen = text.replace("&&", "and").replace("||", "or").replace("!(", "not (")
    return Written(text, zen)


def _some(text: str) -> Written:
    cel = text.replace("SKU ", "l.sku ").replace("LINE.", "l.")
    zen = _same(text.replace("SKU ", "#.sku ").replace("LINE.", "#.")).zen
    return Written(f"lines.exists(l, {cel})", f"some(lines, {zen})")


def _member(segment: str) -> Written:
    text = f'"{segment}" in customer.segments'
    return Written(text, text)


def _both(one: Written, other: Written) -> Written:
    return Written(f"{one.cel} && {other.cel}", f"{one.zen} and {other.zen}")


def _either(one: Written, other: Written) -> Written:
    return Written(f"({one.cel} || {other.cel})", f"({one.zen} or {other.zen})")


def adversarial(kind: str, chance: random.Random) -> str:
    """A condition that gives an index nothing, or next to nothing, to hold on to."""
    low, age = chance.randrange(TOP), chance.randint(1, 90)
    return {
        "ranges only": f"cart.subtotal >= {low} && cart.subtotal < {low + TOP // 20}"
        f" && cart.quantity >= {age % 9}",
        "OR only": f"cart.subtotal > {low} || customer.age < {age} || cart.quantity > {age}",
        "no selective term": f"lines.all(l, l.quantity < {age}) && cart.subtotal > {low}",
    }[kind]


ADVERSARIAL = ("ranges only", "OR only", "no selective term")


def source(number: int, condition: str) -> RuleSource:
    percent = str(number % 30 + 1)
    return RuleSource(
        id=f"r{number}", version=1, name=f"Rule {number}", reason=f"because of {number}",
        condition=condition, effects=(EffectSource("percent_off_order", {"percent": percent}),),
    )  # fmt: skip


def carts(count: int, size: int) -> list[dict[str, Any]]:
    chance = random.Random(11)
    return [_cart(chance, size) for _ in range(count)]


def _cart(chance: random.Random, size: int) -> dict[str, Any]:
    lines = [
        {
            "sku": f"SKU-{chance.randrange(max(size, 50))}",
            "category": chance.choice("abc"),
            "quantity": chance.randint(1, 5),
            "unit_price": Decimal(chance.randint(100, 9900)) / 100,
        }
        for _ in range(8)
    ]
    customer = {
        "tier": chance.choice(TIERS),
        "segments": [f"seg-{chance.randrange(max(size // 4, 20))}" for _ in range(3)],
        "country": chance.choice(COUNTRIES),
        **({"age": chance.randint(16, 90)} if chance.random() < 0.8 else {}),
    }
    cart = {
        "subtotal": Decimal(chance.randrange(TOP)), "channel": chance.choice(CHANNELS),
        "currency": "EUR", "quantity": sum(line["quantity"] for line in lines),
    }  # fmt: skip
    return {"customer": customer, "lines": lines, "cart": cart}


def in_floats(value: Any) -> Any:
    """Facts as the peers take them, who have no decimals."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {name: in_floats(it) for name, it in value.items()}
    return [in_floats(it) for it in value] if isinstance(value, list) else value
