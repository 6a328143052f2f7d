"""
Sheets as files: CSV and XLSX, to and from cells of text.

Of a workbook the first sheet is read: numbers and truth values as they are (a tenth shown as per cent is `10 %`), dates as timestamps, formulas as the value
that was saved with them. Whatever cannot be read is refused with its line and column. What this cannot do: compute a formula.
"""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, Final, Literal

from contexts.rules.errors import SheetUnreadable
from contexts.rules.policies.sheets import MOST_COLUMNS, MOST_ROWS, Grid, place
from contexts.rules.policies.workbooks import BLANK_ROWS, BROKEN, demand_small

Kind = Literal["csv", "xlsx"]
LARGEST: Final = 2_000_000  # bytes of a file
_LITERAL: Final = re.compile(r'"[^"]*"|\\.')  # of a format: what it shows as it stands
TYPES: Final[dict[Kind, str]] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def read_sheet(content: bytes) -> list[list[str]]:
    """
    The cells of a file, whichever of both it is.

    Raises:
        SheetUnreadable.

    """
    if len(content) > LARGEST:
        raise SheetUnreadable(
            fault=f"The file has more than {LARGEST // 1_000_000} MB: split the table."
        )
    return _read_xlsx(content) if content[:4] == b"PK\x03\x04" else _read_csv(content)


def write_sheet(grid: Grid, kind: Kind) -> bytes:
    """The cells as a file."""
    return _xlsx(grid) if kind == "xlsx" else _csv(grid)


def _csv(grid: Grid) -> bytes:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows(grid)
    return out.getvalue().encode("utf-8-sig")  # the mark tells spreadsheets that it is UTF-8


def _read_csv(content: bytes) -> list[list[str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise SheetUnreadable(
            fault=f"Line {line} is not UTF-8: save the sheet as CSV in UTF-8, or as XLSX."
        ) from error
    if "\0" in text:
        raise SheetUnreadable(fault="The file is no text: save the sheet as CSV or XLSX.")
    found: list[list[str]] = []
    line = 1
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
        for cells in reader:
            found.append(cells)
            line = reader.line_num + 1
            if len(found) > MOST_ROWS + BLANK_ROWS:
                raise SheetUnreadable(fault=f"A table has at most {MOST_ROWS} rows: split it.")
    except csv.Error as error:
        raise SheetUnreadable(fault=f"Line {line} is no CSV: {error}.") from error
    return found


def _delimiter(text: str) -> str:
    """What divides the header into most columns: spreadsheets write `;` where `,` is for decimals."""
    first = text.lstrip("\r\n").partition("\n")[0]
    return max(",;\t", key=lambda it: len(next(csv.reader([first], delimiter=it), [])))


def _xlsx(grid: Grid) -> bytes:
    from openpyxl import Workbook  # type: ignore[import-untyped]  # noqa: PLC0415
    from openpyxl.styles import Font  # type: ignore[import-untyped]  # noqa: PLC0415
    from openpyxl.utils import get_column_letter  # type: ignore[import-untyped]  # noqa: PLC0415

    book = Workbook()
    sheet: Any = book.active
    sheet.title = "Decision table"
    for number, line in enumerate(grid, 1):
        for at, text in enumerate(line, 1):
            cell = sheet.cell(row=number, column=at)
            cell.value, cell.data_type, cell.number_format = text, "s", "@"
            if number == 1:
                cell.font = Font(bold=True)
    for at in range(1, len(grid[0]) + 1):
        longest = max(len(line[at - 1]) for line in grid)
        sheet.column_dimensions[get_column_letter(at)].width = min(max(longest + 2, 8), 60)
    sheet.freeze_panes = "B2"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _read_xlsx(content: bytes) -> list[list[str]]:
    from openpyxl import load_workbook  # noqa: PLC0415 - loaded by who needs it

    demand_small(content)
    try:
        values, formulas = (
            load_workbook(io.BytesIO(content), read_only=True, data_only=it, keep_links=False)
            for it in (True, False)
        )
        lines = [
            [[_value(it) for it in line] for line in _lines(values.worksheets[0])],
            [[it.value for it in line] for line in _lines(formulas.worksheets[0])],
        ]
    except Exception as error:  # openpyxl raises whatever its parts do
        raise SheetUnreadable(fault=BROKEN) from error
    if len(lines[0]) > MOST_ROWS + BLANK_ROWS:
        raise SheetUnreadable(fault=f"A table has at most {MOST_ROWS} rows: split it.")
    return [
        [
            _text(value, formula, number, at)
            for at, (value, formula) in enumerate(zip(line, of, strict=False))
        ]
        for number, (line, of) in enumerate(zip(*lines, strict=False), 1)
    ]


def _lines(sheet: Any) -> Any:
    return sheet.iter_rows(max_row=MOST_ROWS + BLANK_ROWS + 1, max_col=MOST_COLUMNS + 1)


def _value(cell: Any) -> Any:
    """What a cell shows: of a tenth that is formatted as per cent, `10 %`."""
    value, shape = cell.value, _LITERAL.sub("", cell.number_format or "")
    if "%" not in shape or isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return f"{format((Decimal(repr(value)) * 100).normalize(), 'f')} %"


def _text(value: Any, formula: Any, line: int, at: int) -> str:
    """A cell as text; one that no cell of a table can be is refused."""
    if value is None:
        if isinstance(formula, str) and formula.startswith("="):
            fault = f"At {place(line, at)} stands a formula without a value: open the file, and save it again."
            raise SheetUnreadable(fault=fault)
        return ""
    if isinstance(value, str):
        if value.startswith("#") and isinstance(formula, str) and formula.startswith("="):
            raise SheetUnreadable(fault=f"At {place(line, at)} a formula gives {value}.")
        return value
    said = _said(value)
    if said is not None:
        return said
    raise SheetUnreadable(
        fault=f"At {place(line, at)} stands a {type(value).__name__}: write it as text."
    )


def _said(value: Any) -> str | None:
    """A value as a cell of ours has it."""
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return format(Decimal(repr(value)).normalize(), "f")
        case datetime():
            return f'timestamp("{value.replace(tzinfo=UTC).isoformat()}")'
        case date():
            return f'timestamp("{datetime.combine(value, time(), UTC).isoformat()}")'
    return None
