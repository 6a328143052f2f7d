"""
A decision table as written: inputs, rows of cells, outputs and a hit policy; its one text and hash; JSON in and out.

What this cannot do: know a fact from a typo; `tablerules.py` checks a table against its decision point and makes
its rows rules.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from typing import Any, Final

from . import limits
from .canonical import canonical, content_hash, quoted
from .cells import Cell, read_cell
from .errors import DefinitionError, ExpressionError, keyed, listed
from .parser import parse
from .resolver import HIT_POLICIES

AGGREGATING: Final = frozenset({"collect sum", "collect min", "collect max"})


@dataclass(frozen=True, slots=True)
class Input:
    """A column that rows test: an expression over the facts, and its type in the schema's notation."""

    expression: str
    type: str


@dataclass(frozen=True, slots=True)
class Output:
    """
    A column that rows fill in: a parameter of an effect.

    `values` are the expressions allowed in it, the most important first; with "priority" and "output order" they rank
    the rows, as in DMN.
    """

    effect: str
    param: str
    values: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.effect}.{self.param}"


@dataclass(frozen=True, slots=True)
class Row:
    """One cell for each input, and for each output an expression, or `-` to leave it out."""

    cells: tuple[str, ...]
    gives: tuple[str, ...]
    reason: str = ""


@dataclass(frozen=True)
class TableSource:
    """A decision table as written; `reason` is what a row without its own says."""

    id: str
    version: int
    name: str
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    rows: tuple[Row, ...] = ()
    hit_policy: str = "unique"
    reason: str = ""

    @cached_property
    def text(self) -> str:
        """
        One text for every spelling of the same table.

        Raises:
            ExpressionError: a cell, an input or an output cannot be read.

        """
        lines = [f"table {quoted(self.name)}", f"hit policy {self.hit_policy}"]
        lines += [f"reason {quoted(self.reason)}"] if self.reason else []
        for number, column in enumerate(self.inputs, 1):
            where = self.place(None, f"input {number}")
            lines.append(
                f"input {canonical_at(column.expression, where)}: {column.type.replace(' ', '')}"
            )
        for output in self.outputs:
            where = self.place(None, output.name)
            values = ", ".join(canonical_at(value, where) for value in output.values)
            lines.append(f"output {output.name}{f': {values}' if values else ''}")
        for number, row in enumerate(self.rows, 1):
            cells = [cell.text for cell in self.cells(number, row)]
            gives = [
                canonical_at(it, self.place(number, output.name)) if is_given(it) else "-"
                for output, it in zip(self.outputs, row.gives, strict=True)
            ]
            because = f" because {quoted(row.reason)}" if row.reason else ""
            lines.append(f"row {'; '.join(cells)} => {'; '.join(gives)}{because}")
        return "\n".join(lines)

    @property
    def content_hash(self) -> str:
        """The SHA-256 of what the table says; its id and version are not part of it."""
        return content_hash(self.text)

    def place(self, row: int | None, column: str) -> str:
        """Return words for a place in the table, rows counted from 1."""
        return f"table {quoted(self.name)}{f', row {row}' if row else ''}, column {column}"

    def cells(self, number: int, row: Row) -> list[Cell]:
        """Return a row's cells as read."""
        found: list[Cell] = []
        for column, text in zip(self.inputs, row.cells, strict=True):
            try:
                found.append(read_cell(text))
            except ExpressionError as error:
                raise error.at(self.place(number, column.expression)) from None
        return found

    def to_json(self) -> dict[str, Any]:
        """Return the table as values that JSON can hold."""
        document: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return document

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "TableSource":
        """
        Read a table from what `to_json` gave.

        Raises:
            DefinitionError: a key is missing, unknown, or its value is of another type.

        """
        keyed(document, "a table", [item.name for item in fields(cls)])
        try:
            read = {
                **document,
                "inputs": tuple(Input(**it) for it in listed(document.get("inputs", ()), "inputs")),
                "outputs": tuple(
                    Output(**{**it, "values": listed(it.get("values", ()), "values")})
                    for it in listed(document.get("outputs", ()), "outputs")
                ),
                "rows": tuple(_row(it) for it in listed(document.get("rows", ()), "rows")),
            }
            table = cls(**read)
        except DefinitionError:
            raise
        except (TypeError, KeyError, AttributeError, ValueError) as error:
            raise DefinitionError(f"this is not a table: {error}") from None
        check_shape(table)
        return table


def is_given(text: str) -> bool:
    """Say whether an output's cell gives anything."""
    return text.strip() not in {"", "-"}


def canonical_at(text: str, where: str) -> str:
    """Return an expression's canonical text; an error says where it stands."""
    try:
        return canonical(parse(text))
    except ExpressionError as error:
        raise error.at(where) from None


def _row(document: Mapping[str, Any]) -> Row:
    cells, gives = (listed(document[name], name) for name in ("cells", "gives"))
    return Row(**{**document, "cells": cells, "gives": gives})


def check_shape(table: TableSource) -> None:
    """Refuse a table whose fields are of other types, whose columns do not fit its policy or its rows not them."""
    if not all(isinstance(it, str) for it in (table.id, table.name, table.reason)) or not table.id:
        raise DefinitionError("a table's id, name and reason are strings, its id not empty")
    if type(table.version) is not int:
        raise DefinitionError("a table's version is an int")
    if table.hit_policy not in HIT_POLICIES:
        known = ", ".join(HIT_POLICIES)
        raise DefinitionError(f"no hit policy {table.hit_policy!r:.40}: use {known}")
    texts = [it for column in table.inputs for it in (column.expression, column.type)]
    texts += [it for out in table.outputs for it in (out.effect, out.param, *out.values)]
    texts += [it for row in table.rows for it in (*row.cells, *row.gives, row.reason)]
    if not all(isinstance(text, str) for text in texts):
        raise DefinitionError("cells, outputs, expressions, types and reasons are strings")
    _check_columns(table)
    _check_rows(table)


def _check_columns(table: TableSource) -> None:
    columns = len(table.inputs) + len(table.outputs)
    if not table.outputs or columns > limits.MAX_TABLE_COLUMNS:
        most = limits.MAX_TABLE_COLUMNS
        raise DefinitionError(f"a table has an output, and at most {most} columns")
    if table.hit_policy in AGGREGATING and len(table.outputs) > 1:
        raise DefinitionError(f'the hit policy "{table.hit_policy}" takes a table with one output')
    if len({output.name for output in table.outputs}) < len(table.outputs):
        raise DefinitionError("two outputs fill in the same parameter: keep one of them")


def _check_rows(table: TableSource) -> None:
    if len(table.rows) > limits.MAX_TABLE_ROWS:
        raise DefinitionError(f"a table has at most {limits.MAX_TABLE_ROWS} rows")
    wanted = (len(table.inputs), len(table.outputs))
    if len(table.rows) * sum(wanted) > limits.MAX_TABLE_CELLS:
        raise DefinitionError(f"a table has at most {limits.MAX_TABLE_CELLS} cells: split it")
    for number, row in enumerate(table.rows, 1):
        if (len(row.cells), len(row.gives)) != wanted:
            raise DefinitionError(
                f"table {quoted(table.name)}, row {number}: it has {len(row.cells)} cells and "
                f"{len(row.gives)} outputs, the table {wanted[0]} and {wanted[1]}"
            )
