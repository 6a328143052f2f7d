"""A decision table as a file says it: bounded, and with no name that nobody reads."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from shared_kernel.decisions import TableText

Cell = Annotated[str, Meta(max_length=2_000)]
Named = Annotated[str, Meta(max_length=80)]
MOST_ROWS, MOST_COLUMNS = 1_000, 50


class WrittenInput(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A column that rows test."""

    expression: Cell
    type: Named = ""


class WrittenOutput(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A column that rows fill in."""

    effect: Named
    param: Named
    values: Annotated[tuple[Cell, ...], Meta(max_length=100)] = ()


class WrittenRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A cell for each input, an expression for each output."""

    cells: Annotated[tuple[Cell, ...], Meta(max_length=MOST_COLUMNS)]
    gives: Annotated[tuple[Cell, ...], Meta(max_length=MOST_COLUMNS)]
    reason: Annotated[str, Meta(max_length=200)] = ""


class WrittenTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table as people and programs write it."""

    inputs: Annotated[tuple[WrittenInput, ...], Meta(max_length=MOST_COLUMNS)]
    outputs: Annotated[tuple[WrittenOutput, ...], Meta(max_length=MOST_COLUMNS)]
    rows: Annotated[tuple[WrittenRow, ...], Meta(max_length=MOST_ROWS)]
    hit_policy: Annotated[str, Meta(max_length=20)] = "first"

    @property
    def text(self) -> TableText:
        """The table as every context speaks of it."""
        return msgspec.convert(msgspec.to_builtins(self), TableText)
