"""Tables that come as files: read, tidied, and written into a draft."""

from __future__ import annotations

from uuid import UUID

from msgspec import structs

from contexts.calculation.messages import CheckedRule, CheckRule, Fault
from contexts.rules.models import RuleVersion
from contexts.rules.policies.numbers import with_plain_numbers
from contexts.rules.policies.sheets import table_of
from contexts.rules.policies.spreadsheets import read_sheet
from contexts.rules.services.drafting import rewrite_draft
from contexts.rules.services.standing import version_of
from shared_kernel import bus
from shared_kernel.decisions import RuleText, TableText, point_named

ROUNDS = 12  # of tidying: each may name so many faults only


def write_table(
    *, rule_id: UUID, number: int, content: bytes, author: str, revision: int | None = None
) -> RuleVersion:
    """
    Let a draft say the table of a CSV or XLSX file; its name, window and place among others stay.

    Raises:
        NotFound, SheetUnreadable, RuleUnsound, WrongStatus, DraftChanged.

    """
    version = version_of(rule_id, number)
    table = table_of(read_sheet(content))
    text = structs.replace(version.text, effects=(), table=table)
    tidied, _ = tidied_table(version.rule.point, text)
    return rewrite_draft(
        rule_id=rule_id,
        number=number,
        text=structs.replace(text, table=tidied),
        author=author,
        revision=revision,
        window=version.window,
    )


def tidied_table(point: str, text: RuleText) -> tuple[TableText, CheckedRule]:
    """A table with words of text columns in quotes and numbers as expressions have them; and what is found of it."""
    table = text.table or TableText((), (), ())
    opened = point_named(point)
    if opened is not None:
        table = with_plain_numbers(opened, table)
    for _ in range(ROUNDS):
        checked = bus.ask(CheckRule(point=point, text=structs.replace(text, table=table)))
        better = _quoted(table, checked.faults)
        if better == table:
            break
        table = better
    return table, checked


def _quoted(table: TableText, faults: tuple[Fault, ...]) -> TableText:
    rows = list(table.rows)
    for fault in faults:
        parts = fault.pointer.split("/")  # /table/rows/2/cells/0
        if len(parts) != 6 or parts[2:5:2] != ["rows", "cells"]:  # noqa: PLR2004 - as above
            continue
        row, at = rows[int(parts[3])], int(parts[5])
        if fault.suggestion and fault.suggestion.strip('"') == row.cells[at].strip():
            cells = (*row.cells[:at], fault.suggestion, *row.cells[at + 1 :])
            rows[int(parts[3])] = structs.replace(row, cells=cells)
    return structs.replace(table, rows=tuple(rows))
