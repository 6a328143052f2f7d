"""
Numbers as people and spreadsheets write them, in columns that give numbers: `10 %`, `12,5 %`, `12,5`.

None of these is an expression, so that no sound one changes its meaning. What this cannot do: guess. `1,000` may be one
or a thousand and stays as it is, as `10 %` does where money is given; whoever checks rules says what to write.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import structs

from shared_kernel.decisions import DecisionPoint, Fact, TableText

NUMBERS: Final = frozenset({"int", "decimal"})
_WRITTEN = re.compile(r"(-?)([0-9]+)(?:([.,])([0-9]+))? ?(%?)")
_SPACES = re.compile(r"\s+")
THOUSAND: Final = 3  # digits behind a comma that may divide thousands


def gives_number(fact: Fact) -> bool:
    """Whether a parameter is a number."""
    return fact.type.rstrip("?") in NUMBERS


def takes_percent(fact: Fact) -> bool:
    """Whether a number may be written with `%` behind it: never one of money, of which 10 % is not 10."""
    return gives_number(fact) and fact.unit != "money"


def plain_number(written: str, fact: Fact) -> str:
    """A number as an expression has it, or what was written."""
    found = _WRITTEN.fullmatch(_SPACES.sub(" ", written.strip()))
    if found is None or not gives_number(fact):
        return written
    sign, whole, mark, part, percent = found.groups()
    if percent and not takes_percent(fact):
        return written
    if mark == "," and len(part) == THOUSAND and whole != "0":
        return written
    return f"{sign}{whole}.{part}" if part else f"{sign}{whole}"


def with_plain_numbers(point: DecisionPoint, table: TableText) -> TableText:
    """The table with the numbers that it gives as expressions have them."""
    params: Mapping[tuple[str, str], Fact] = {
        (effect.kind, name): fact
        for effect in point.effects
        for name, fact in effect.params.items()
    }
    columns: Sequence[Fact | None] = [params.get((it.effect, it.param)) for it in table.outputs]
    rows = []
    if any(len(row.gives) != len(columns) for row in table.rows):
        return table  # whoever checks rules says so
    for row in table.rows:
        gives = (
            plain_number(cell, fact) if fact is not None else cell
            for cell, fact in zip(row.gives, columns, strict=True)
        )
        rows.append(structs.replace(row, gives=tuple(gives)))
    return structs.replace(table, rows=tuple(rows))
