"""
What order discounts take off, as SQL over many carts at once: the same cents as `pricing.taken_off`.

For DuckDB, where the rules that apply are rows. What this cannot do: parameters that are computed from facts,
discounts on lines or shipping, and the allocation to lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from contexts.promotions.policies.pricing import HUNDRED

_SHARE = Decimal("1e-8")
_CENT = Decimal("0.01")


class NotInSql(Exception):
    """This effect cannot be folded in SQL; price the cart online instead."""


def order_discounts_sql(
    applying: str, effects: Mapping[int, Iterable[tuple[str, Mapping[str, Any]]]], table: str
) -> str:
    """
    The `#row` and `discount` of every cart that rules apply to, in a currency of two digits.

    `applying` gives `#row` and `#place`; a place's effects, each a kind and its parameters, take off what remains
    one after the other. The table holds `#row` and the fact `cart`.
    """
    rows = [
        f"({place}, {number}, {share}, {amount})"
        for place, taken in effects.items()
        for number, (share, amount) in enumerate(_folded(*it) for it in taken)
    ]
    if not rows:
        return f'SELECT "#row", 0.00 AS discount FROM "{table}" WHERE FALSE'
    taken = (
        "SELECT place, number, CAST(share AS DECIMAL(9, 8)) AS share, CAST(amount AS DECIMAL(18, 2)) AS amount"
        f" FROM (VALUES {', '.join(rows)}) AS v(place, number, share, amount)"
    )
    left = (
        "list_reduce(steps, lambda remains, step: CAST(remains - least(remains, CAST(round(CAST(remains AS DECIMAL(29, 2))"
        " * step.share, 2) AS DECIMAL(18, 2)) + step.amount) AS DECIMAL(18, 2)), before)"
    )
    return (
        f"""SELECT "#row", before - {left} AS discount FROM (SELECT "#row", list("""
        "{'share': share, 'amount': amount} ORDER BY place, number) AS steps"
        f""" FROM ({applying}) JOIN ({taken}) ON place = "#place" GROUP BY "#row")"""
        f""" JOIN (SELECT "#row", CAST(cart.subtotal AS DECIMAL(18, 2)) AS before FROM "{table}") USING ("#row")"""
    )


def _folded(kind: str, params: Mapping[str, Any]) -> tuple[Decimal, Decimal]:
    """The share and the amount that an effect takes off what remains; one of the two is 0."""
    if kind == "percent_off_order":
        share = min(max(Decimal(params["percent"]), Decimal(0)), HUNDRED) / HUNDRED
        if share != share.quantize(_SHARE):
            raise NotInSql(f"{params['percent']} percent, which has more than six digits")
        return share.quantize(_SHARE), Decimal(0)
    if kind == "amount_off_order":
        amount = max(Decimal(params["amount"]), Decimal(0))
        if amount != amount.quantize(_CENT):
            raise NotInSql(f"an amount of {amount}, which is rounded")
        return Decimal(0), amount.quantize(_CENT)
    raise NotInSql(f"the effect {kind}")
