"""Decision tables as sheets: out and back without loss, and nothing in them that a spreadsheet would compute."""

import csv
import io
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from contexts.rules.errors import SheetUnreadable
from contexts.rules.policies.sheets import freed, grid_of, guarded, place, table_of
from contexts.rules.policies.spreadsheets import LARGEST, read_sheet, write_sheet
from shared_kernel.decisions import TableInput, TableOutput, TableRow, TableText

ODD = [
    "-",
    "-5",
    "- 5",
    "=1+1",
    "== 3",
    "+x",
    "@a",
    "'=a'",
    "''",
    "'-",
    '"a, b"',
    '"a;b"',
    'a"b',
    "> 5",
    "[1..2]",
    "ä€",
    "Sale;=1+1",
    ";'=1",
    'a;"=1+1;b',
    '"+49"',
    "x; -5",
]
CELLS = st.sampled_from(ODD) | st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp", "Zs")), min_size=1, max_size=12
).filter(str.strip)  # fmt: skip
HARMLESS = re.compile(r"-|-?[0-9]+")
TABLES = st.builds(
    lambda rows, policy, values: TableText(
        (TableInput("customer.tier", "string"), TableInput("a ? b : c")),
        (TableOutput("percent_off_line", "percent", tuple(values)),),
        tuple(TableRow((one, other), (gives,), reason) for one, other, gives, reason in rows),
        policy,
    ),
    st.lists(st.tuples(CELLS, CELLS, CELLS, CELLS | st.just("")), min_size=1, max_size=5),
    st.sampled_from(["first", "unique", "any", "collect"]),
    st.lists(CELLS, max_size=3),
)


class TestRoundTrip:
    @settings(max_examples=60, deadline=None)
    @given(TABLES, st.sampled_from(["csv", "xlsx"]))
    def test_what_goes_out_comes_back_the_same(self, table, kind):
        """Whoever edits in a spreadsheet and changes nothing has changed nothing."""
        assert table_of(read_sheet(write_sheet(grid_of(table), kind))) == table

    @given(CELLS)
    @example("'''=")
    @example("+0")
    def test_no_cell_leaves_as_a_formula_and_each_returns_as_it_was(self, cell):
        """An approver opens the file; a cell of somebody else must not run in it."""
        left = guarded(cell)
        assert freed(left) == cell
        assert left[0] not in "=+@\t\r"
        assert left[0] != "-" or left == "-" or left[1:].replace(".", "", 1).isdigit()

    @given(st.lists(st.sampled_from([*";\t\n\r \"'=+-@,a1", "\r\n"]), max_size=9).map("".join))
    @example('a;"=1+1;b')
    @example("Sale\n=1+1")
    def test_no_way_to_divide_a_csv_begins_a_cell_with_a_formula(self, cell):
        """Many countries' spreadsheets divide by `;` whatever the file does: `Sale;=1+1` was a formula there."""
        assert freed(guarded(cell)) == cell
        written = write_sheet([["1", guarded(cell), "5"]], "csv").decode("utf-8-sig")
        for divider in ",;\t":
            for line in csv.reader(io.StringIO(written, newline=""), delimiter=divider):
                for it in line:
                    bare = it.strip()
                    assert bare[:1] not in {*"=+-@"} or HARMLESS.fullmatch(bare), line

    def test_a_workbook_holds_texts_only(self):
        """`=1+1` in a cell is a text there; no program computes it, and none makes a date of 1-2."""
        table = TableText(
            (TableInput("x"),), (TableOutput("e", "p"),), (TableRow(("1-2",), ("7",), "=1+1"),)
        )
        sheet = load_workbook(io.BytesIO(write_sheet(grid_of(table), "xlsx"))).active
        assert {cell.data_type for line in sheet.iter_rows() for cell in line} == {"s"}


class TestReading:
    def test_columns_stand_in_any_order_and_separators_are_told_by_the_header(self):
        """Spreadsheets write semicolons where commas are for decimals, and tabs to the clipboard."""
        lines = [["receipt", "gives e.p", "a"], ["Thanks", "5", "> 1"], ["", "", ""], ["", "6"]]
        wanted = TableText(
            (TableInput("a"),), (TableOutput("e", "p"),),
            (TableRow(("> 1",), ("5",), "Thanks"), TableRow(("-",), ("6",))),
        )  # fmt: skip
        for separator in ",;\t":
            out = io.StringIO()
            csv.writer(out, delimiter=separator).writerows(lines)
            assert table_of(read_sheet(out.getvalue().encode())) == wanted

    @pytest.mark.parametrize(
        ("content", "where"),
        [
            (b"", "is empty"),
            (b"a,gives e.p\n1,2,3\n", "line 2, column C"),
            (b"a,,gives e.p\n1,2,3\n", "line 1, column B"),
            (b"a,gives e.p: [5\n1,2\n", "line 1, column B"),
            (b"a,gives percent\n1,2\n", "line 1, column B"),
            (b"a,receipt,receipt\n1,2,3\n", "two columns"),
            (b'a,gives e.p\n1,"2\n', "Line 2 is no CSV"),
            (b"a,gives e.p\n1,2\n\xff,3\n", "Line 3 is not UTF-8"),
            (b"a,gives e.p\n1,\0\n", "no text"),
            (b"PK\x03\x04 and no more", "no workbook"),
            (b"a\n" + b"1\n" * 1_001, "at most 1000 rows"),
            (b"a,gives e.p\n" + b"x" * 2_001 + b",1\n", "line 2, column A"),
            (b"x" * (LARGEST + 1), "2 MB"),
            (b"x" * 200_000, "Line 1 is no CSV"),
            (b'"' + b"x" * 200_000 + b'",gives e.p', "Line 1 is no CSV"),
            (b"a,gives e.p,receipt\n1,2," + b"x" * 201 + b"\n", "line 2, column C .* 200"),
        ],
    )
    def test_what_cannot_be_read_is_refused_by_its_place(self, content, where):
        """A file of three hundred rows is mended where it is wrong, not searched."""
        with pytest.raises(SheetUnreadable, match=where):
            table_of(read_sheet(content))

    def test_columns_are_counted_as_spreadsheets_do(self):
        """Behind Z comes AA."""
        assert [place(1, at).rpartition(" ")[2] for at in (0, 25, 26, 51, 52)] == ["A", "Z", "AA", "AZ", "BA"]  # fmt: skip
