"""
Demands of an XLSX file that it is no more work than a table can be, before anything is built of it.

A few kilobytes can hold hundreds of thousands of elements, each of which costs a library of spreadsheets some
microseconds and hundreds of bytes. They are counted here in a stream, whatever they are prefixed with or encoded in.
What this cannot do: say what a workbook holds, or whether it can be read.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections import Counter
from typing import IO, Any, Final
from xml.parsers import expat

from contexts.rules.errors import SheetUnreadable
from contexts.rules.policies.sheets import MOST_COLUMNS, MOST_ROWS

BROKEN: Final = "The file is no workbook that can be read: save it as XLSX or CSV anew."
BLANK_ROWS: Final = 1_000  # that spreadsheets leave behind what is written
MOST_MEMBERS: Final = 200
LARGEST_MEMBER: Final = 3_000_000  # bytes of a sheet, or of the texts of all
LARGEST_OTHER: Final = 200_000  # bytes of styles, themes, pictures, names
MOST_PACKED: Final = 100  # bytes out of one; a sheet of equal cells comes to some thirty
SMALL: Final = 50_000  # bytes that may be packed as tightly as they like
MOST_CELLS: Final = (MOST_ROWS + 1) * (MOST_COLUMNS + 1)
MOST_OTHER: Final = 10_000  # fonts, merged cells, columns, formats: whatever is no cell
CELLS: Final = frozenset({"c", "v", "f", "is", "t", "si"})
CHUNK: Final = 65_536


def demand_small(content: bytes) -> None:
    """
    Refuse a workbook that would be more work than the largest table.

    Raises:
        SheetUnreadable: with what to leave out.

    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            members = packed.infolist()
            if len(members) > MOST_MEMBERS:
                raise SheetUnreadable(
                    fault=f"The workbook is made of more than {MOST_MEMBERS} parts: keep one sheet."
                )
            for member in members:
                _demand_unpackable(member)
            counted: Counter[str] = Counter()
            for member in members:
                with packed.open(member) as stream:
                    _count(stream, counted)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, OSError, ValueError) as error:
        raise SheetUnreadable(fault=BROKEN) from error


def _demand_unpackable(member: zipfile.ZipInfo) -> None:
    name = member.filename
    sheet = name.startswith("xl/worksheets/") or name == "xl/sharedStrings.xml"
    if member.file_size > (LARGEST_MEMBER if sheet else LARGEST_OTHER):
        raise SheetUnreadable(
            fault=f"{name!r:.80} of the workbook is too large: copy the cells alone into a new one."
        )
    if member.file_size > max(SMALL, MOST_PACKED * member.compress_size):
        raise SheetUnreadable(
            fault=f"{name!r:.80} of the workbook unpacks to over {MOST_PACKED} times its size:"
            " copy the cells alone into a new one."
        )


def _count(stream: IO[bytes], counted: Counter[str]) -> None:
    """Count the elements of one part; what is no XML ends where it stops being some."""
    parser = expat.ParserCreate()

    def opened(name: str, _attributes: Any) -> None:
        name = name.rpartition(":")[2]
        kind = name if name in CELLS or name == "row" else "other"
        counted[kind] += 1
        if counted[kind] > _most(kind):
            raise SheetUnreadable(fault=_too_many(kind))

    def declared(*_facts: Any) -> None:
        raise SheetUnreadable(fault=BROKEN)  # no spreadsheet declares types; who does expands them

    parser.StartElementHandler = opened
    parser.StartDoctypeDeclHandler = declared
    try:
        while chunk := stream.read(CHUNK):
            parser.Parse(chunk, False)
    except (expat.ExpatError, ValueError, LookupError):
        return  # a picture, or what openpyxl stops at too


def _most(kind: str) -> int:
    if kind == "row":
        return MOST_ROWS + 1 + BLANK_ROWS
    return MOST_CELLS if kind in CELLS else MOST_OTHER


def _too_many(kind: str) -> str:
    if kind == "row":
        return f"A table has at most {MOST_ROWS} rows: split it."
    if kind in CELLS:
        return (
            f"The workbook has more than {MOST_CELLS} cells: keep the sheet of the table alone,"
            f" of at most {MOST_ROWS} rows and {MOST_COLUMNS - 2} columns."
        )
    return "The workbook holds too many formats: copy the cells alone into a new one."
