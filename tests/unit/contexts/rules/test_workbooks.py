"""A workbook is no more work than a table can be: what a small file unpacks to is counted before it is read."""

import io
import zipfile

import pytest
from openpyxl import Workbook

from contexts.rules.errors import SheetUnreadable
from contexts.rules.policies.sheets import MOST_ROWS, grid_of, table_of
from contexts.rules.policies.spreadsheets import read_sheet, write_sheet
from shared_kernel.decisions import TableInput, TableOutput, TableRow, TableText

NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
PREFIXED = NS.replace("xmlns", "xmlns:x")
SHEET, STYLES = "xl/worksheets/sheet1.xml", "xl/styles.xml"


def workbook(
    name: str, body: str | bytes, *, parts: int = 0, packing=zipfile.ZIP_DEFLATED
) -> bytes:
    """A workbook one part of which is not what a spreadsheet would write."""
    made, out = io.BytesIO(), io.BytesIO()
    book = Workbook()
    book.active.append([1])
    book.save(made)
    with zipfile.ZipFile(made) as source, zipfile.ZipFile(out, "w", packing) as into:
        for member in source.infolist():
            if member.filename != name:
                into.writestr(member.filename, source.read(member.filename))
        into.writestr(name, body)
        for number in range(parts):
            into.writestr(f"xl/part{number}.xml", "<a/>")
    return out.getvalue()


def sheet(rows: str) -> str:
    return f"<worksheet {NS}><sheetData>{rows}</sheetData></worksheet>"


class TestDemandSmall:
    @pytest.mark.parametrize(
        ("content", "why"),
        [
            (workbook(STYLES, f"<styleSheet {NS}><fonts>{'<font/>' * 350_000}</fonts></styleSheet>"), "styles.xml.*too large"),
            (workbook(STYLES, f"<styleSheet {NS}><fonts>{'<font/>' * 20_000}</fonts></styleSheet>"), "over 100 times"),
            (workbook(STYLES, f"<styleSheet {NS}><fonts>{'<font/>' * 20_000}</fonts></styleSheet>", packing=0), "too many formats"),
            (workbook(SHEET, sheet(f"<row>{'<c><v>1</v></c>' * 190_000}</row>")), "over 100 times"),
            (workbook(SHEET, sheet(f"<row>{'<c/>' * 400_000}</row>"), packing=0), "more than 53053 cells"),
            (workbook(SHEET, sheet("<row/>" * 3_000), packing=0), "at most 1000 rows"),
            (workbook(SHEET, f"<x:worksheet {PREFIXED}><x:sheetData>{'<x:row/>' * 3_000}</x:sheetData></x:worksheet>", packing=0), "at most 1000 rows"),
            (workbook(SHEET, f'<?xml version="1.0" encoding="utf-16"?>{sheet("<row/>" * 3_000)}'.encode("utf-16"), packing=0), "at most 1000 rows"),
            (workbook(SHEET, f'<!DOCTYPE a [<!ENTITY b "c">]>{sheet("")}'), "no workbook"),
            (workbook(SHEET, sheet(""), parts=300), "more than 200 parts"),
        ],
        ids=["fonts", "packed fonts", "stored fonts", "one long row", "cells", "rows", "prefixed", "utf-16", "entities", "parts"],
    )  # fmt: skip
    def test_a_small_file_of_much_work_is_refused(self, content, why):
        """Eight kilobytes of fonts cost half a minute of a processor, a long row a gigabyte; anybody may upload one."""
        with pytest.raises(SheetUnreadable, match=why):
            read_sheet(content)

    def test_the_largest_table_is_still_read(self):
        """What bounds a workbook must not bound a table: a thousand equal rows pack best of all."""
        table = TableText(
            tuple(TableInput(f"facts.number{it}") for it in range(40)),
            (TableOutput("percent_off_line", "percent"),),
            (TableRow((">= 1000",) * 40, ("5",), "For many pieces at once"),) * MOST_ROWS,
        )
        assert table_of(read_sheet(write_sheet(grid_of(table), "xlsx"))) == table
