"""
Decision tables as sheets: a header, a line for each row, and back without loss.

    first | line.quantity | gives percent_off_line.percent | receipt
    1     | >= 10         | 12                              | Volume discount

The corner names the hit policy, and the first column counts the rows; either may be missing. `as int` behind an input is
its type, a JSON list behind an output the values that it takes. What a spreadsheet would take for a formula (`= + @`,
and `-` before anything but a number), at the start of a cell or behind a `;`, a tab or a line end where a program that
divides by those would begin one, is written with an apostrophe before it, and read without.
What this cannot do: know a fact from a typo; whoever checks rules does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from contexts.rules.errors import SheetUnreadable
from shared_kernel.decisions import TableInput, TableOutput, TableRow, TableText

POLICIES: Final = {"F": "first", "U": "unique", "A": "any", "C": "collect"}
RECEIPT: Final = "receipt"
MOST_ROWS, MOST_COLUMNS, LONGEST = 1_000, 52, 2_000
LONGEST_RECEIPT: Final = 200
_GIVES = re.compile(r"gives\s+([^\s.]+)\.([^\s.:]+)\s*(?::\s*(.*))?", re.DOTALL)
_TYPED = re.compile(r"(.+)\s+as\s+([a-z][a-zA-Z]*(?:\([a-zA-Z(), ]*\))?\??)", re.DOTALL)
_HARMLESS = re.compile(r"-|-?[0-9]+(\.[0-9]+)?")
# where a cell begins: its start, and what others divide lines and cells by, with the quotes that they then drop
_BEGINS = r'((?:^\s*|[;\t\r\n][\s"]*))'
_SIGN = re.compile(rf"{_BEGINS}('*[-=+@])")
_GUARDED = re.compile(rf"{_BEGINS}'('*[-=+@])")
Grid = Sequence[Sequence[str]]


def grid_of(table: TableText) -> list[list[str]]:
    """The table as lines of cells, the header first."""
    head = [
        table.hit_policy,
        *(f"{it.expression} as {it.type}" if it.type else it.expression for it in table.inputs),
        *(_headed(it) for it in table.outputs),
        RECEIPT,
    ]
    rows = (
        [str(number), *row.cells, *row.gives, row.reason]
        for number, row in enumerate(table.rows, 1)
    )
    return [[guarded(cell) for cell in line] for line in (head, *rows)]


def table_of(grid: Grid) -> TableText:
    """
    The table that lines of cells say, the header first.

    Raises:
        SheetUnreadable: with the line and the column.

    """
    lines = [(number, [freed(it.strip()) for it in line]) for number, line in enumerate(grid, 1)]
    lines = [(number, line) for number, line in lines if any(line)]
    if not lines:
        raise SheetUnreadable(fault="The file is empty: the first line names the columns.")
    header_line, head = lines[0]
    while head and not head[-1]:
        head.pop()
    policy, columns = _columns(head, header_line)
    body = lines[1:]
    if len(body) > MOST_ROWS:
        raise SheetUnreadable(fault=f"A table has at most {MOST_ROWS} rows: split it.")
    inputs = [(at, it) for at, it in columns if isinstance(it, TableInput)]
    outputs = [(at, it) for at, it in columns if isinstance(it, TableOutput)]
    receipt = next((at for at, it in columns if it == RECEIPT), None)
    rows = []
    for number, line in body:
        _demand_width(line, len(head), number)
        if receipt is not None and len(_cell(line, receipt, "")) > LONGEST_RECEIPT:
            fault = f"At {place(number, receipt)} the words on the receipt have more than {LONGEST_RECEIPT} characters: shorten them."
            raise SheetUnreadable(fault=fault)
        rows.append(
            TableRow(
                cells=tuple(_cell(line, at) for at, _ in inputs),
                gives=tuple(_cell(line, at) for at, _ in outputs),
                reason="" if receipt is None else _cell(line, receipt, ""),
            )
        )
    return TableText(
        tuple(it for _, it in inputs), tuple(it for _, it in outputs), tuple(rows), policy
    )


def guarded(cell: str) -> str:
    """A cell that no spreadsheet computes, however it divides the line."""
    return cell if _HARMLESS.fullmatch(cell) else _SIGN.sub(r"\1'\2", cell)


def freed(cell: str) -> str:
    """The cell that was guarded, as it was."""
    return _GUARDED.sub(r"\1\2", cell)


def lines_of(table: TableText | msgspec.UnsetType) -> list[str]:
    """A table as lines of text, so that two can be compared line by line; nothing of what is none."""
    if not table:
        return []
    head = (
        [it.expression for it in table.inputs],
        [f"{it.effect}.{it.param}" for it in table.outputs],
    )
    return [
        f"{table.hit_policy}: {' | '.join(head[0])} → {' | '.join(head[1])}",
        *(
            f"{' | '.join(it.cells)} → {' | '.join(it.gives)}{f' ({it.reason})' if it.reason else ''}"
            for it in table.rows
        ),
    ]


def place(line: int, column: int) -> str:
    """Where a cell stands, as spreadsheets call it: line 3, column B."""
    name, rest = "", column + 1
    while rest:
        rest, letter = divmod(rest - 1, 26)
        name = chr(65 + letter) + name
    return f"line {line}, column {name}"


def _headed(output: TableOutput) -> str:
    values = f": {json.dumps(output.values, ensure_ascii=False)}" if output.values else ""
    return f"gives {output.effect}.{output.param}{values}"


def _columns(
    head: Sequence[str], line: int
) -> tuple[str, list[tuple[int, TableInput | TableOutput | str]]]:
    if len(head) > MOST_COLUMNS:
        raise SheetUnreadable(fault=f"A table has at most {MOST_COLUMNS - 2} columns: split it.")
    corner = POLICIES.get(head[0].upper(), head[0].lower())
    has_corner = corner in POLICIES.values()
    found = [(at, _column(text, at, line)) for at, text in enumerate(head) if at or not has_corner]
    if sum(it == RECEIPT for _, it in found) > 1:
        raise SheetUnreadable(fault=f"Line {line}: two columns are called {RECEIPT}; keep one.")
    return corner if has_corner else "first", found


def _column(text: str, at: int, line: int) -> TableInput | TableOutput | str:
    if not text:
        fault = f"At {place(line, at)} the column has no name: write a fact such as line.quantity."
        raise SheetUnreadable(fault=fault)
    if text.lower() == RECEIPT:
        return RECEIPT
    gives = _GIVES.fullmatch(text)
    if gives:
        return TableOutput(gives[1], gives[2], _values(gives[3], at, line))
    if text.lower().startswith("gives "):
        fault = (
            f"At {place(line, at)} write what the column gives as gives percent_off_line.percent."
        )
        raise SheetUnreadable(fault=fault)
    typed = _TYPED.fullmatch(text)
    return TableInput(typed[1].strip(), typed[2]) if typed else TableInput(text)


def _values(written: str | None, at: int, line: int) -> tuple[str, ...]:
    try:
        return msgspec.json.decode(written or "[]", type=tuple[str, ...])
    except msgspec.DecodeError as error:
        fault = f'At {place(line, at)} the values are no list such as ["5", "10"].'
        raise SheetUnreadable(fault=fault) from error


def _demand_width(line: Sequence[str], wide: int, number: int) -> None:
    beyond: Iterator[int] = (at for at, cell in enumerate(line) if at >= wide and cell)
    at = next(beyond, None)
    if at is not None:
        fault = f"At {place(number, at)} stands something under no column: name the column, or remove it."
        raise SheetUnreadable(fault=fault)
    long = next((at for at, cell in enumerate(line) if len(cell) > LONGEST), None)
    if long is not None:
        fault = f"At {place(number, long)} stand more than {LONGEST} characters."
        raise SheetUnreadable(fault=fault)


def _cell(line: Sequence[str], at: int, otherwise: str = "-") -> str:
    return (line[at] if at < len(line) else "") or otherwise
