"""
Whether a table as written is sound: every faulty column and cell is named, not only the first.

A word that stands in a column of texts without quotes is offered with them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import partial
from itertools import islice

import msgspec
from msgspec import structs

from contexts.calculation.engine import (
    DefinitionError,
    ExpressionError,
    RuleSource,
    Schema,
    check_expression,
    compile_rule,
)
from contexts.calculation.engine.cells import read_cell
from contexts.calculation.engine.checker import check_tree
from contexts.calculation.engine.nodes import Node
from contexts.calculation.engine.schema import parse_type
from contexts.calculation.messages import Fault
from contexts.calculation.policies.faults import fault_at, fault_in
from contexts.calculation.policies.points import effect_types_of, open_point
from contexts.calculation.policies.tables import (
    MOST_CELLS,
    MOST_ROWS,
    ONE_ROW,
    POLICIES,
    compiled_rows,
    input_type,
    rows_of,
)
from shared_kernel.decisions import RuleText, TableOutput, TableRow, TableText

MOST_FAULTS = 500  # that are told at once
_PLAIN = re.compile(r"(?!\w+\.\w)[^\W\d_][^\"<>=\[\](),!]*")
_FIGURES = re.compile(r"[-+]?[0-9][0-9.,'\s]*[%€$£]?")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_EXAMPLES = {"int": "12", "decimal": "12.5"}
Column = tuple[Node, str]  # what is read, and its type


def table_faults(point: str, text: RuleText, schema: Schema) -> Iterable[Fault]:
    """What is wrong with the table of a rule, up to so many faults."""
    return islice(_faults(point, text, schema), MOST_FAULTS)


def _faults(point: str, text: RuleText, schema: Schema) -> Iterable[Fault]:
    table = text.table
    if not table:
        return
    if text.effects:
        yield Fault(
            pointer="/effects", message="of a table its columns say the effects: leave these out"
        )
    shape = [*_policy(point, text, table), *_shape(table)]
    yield from shape
    if shape:
        return
    columns: list[Column | None] = []
    found = []
    for number, column in enumerate(table.inputs):
        at = f"/table/inputs/{number}/expression"
        try:
            kind = input_type(column, schema)
            columns.append((check_expression(column.expression, schema, kind).tree, kind))
        except ExpressionError as error:
            columns.append(None)
            found.append(fault_at(at, error))
        except DefinitionError as error:
            columns.append(None)
            found.append(Fault(pointer=f"/table/inputs/{number}/type", message=str(error)))
    kinds = [*_outputs(point, table.outputs, found)]
    for number, row in enumerate(table.rows):
        found += _row(f"/table/rows/{number}", row, columns, kinds, schema)
    yield from found
    if not found:
        yield from _together(point, text, schema)


def _policy(point: str, text: RuleText, table: TableText) -> Iterable[Fault]:
    at = "/table/hit_policy"
    if table.hit_policy not in POLICIES:
        use = ", ".join(POLICIES)
        yield Fault(
            pointer=at,
            message=f"no table decides by {table.hit_policy!r:.40} here: use {use}; rows that rank "
            "by what they give are written in that order, and the first applies",
        )
    if table.hit_policy == "collect":
        one = open_point(point).hit_policy != "collect"
        if one:
            yield Fault(
                pointer=at, message=f"at {point} one rule applies, so all rows cannot: use first"
            )
        if text.group:
            yield Fault(
                pointer="/group",
                message="of an exclusive group one rule applies, so all rows cannot: "
                "leave the group out, or let the first row apply",
            )
        if text.stop:
            yield Fault(
                pointer="/stop",
                message="a row would stop the rows behind it: let the first row apply instead",
            )


def _shape(table: TableText) -> Iterable[Fault]:
    if not table.outputs:
        yield Fault(
            pointer="/table/outputs", message="a table gives something: add a column for it"
        )
    if not table.rows:
        yield Fault(pointer="/table/rows", message="a table has a row: add one")
    columns = len(table.inputs) + len(table.outputs)
    if len(table.rows) > MOST_ROWS or len(table.rows) * columns > MOST_CELLS:
        yield Fault(
            pointer="/table/rows",
            message=f"a table has at most {MOST_ROWS} rows and {MOST_CELLS} cells: split it",
        )
    for number, row in enumerate(table.rows):
        if (len(row.cells), len(row.gives)) != (len(table.inputs), len(table.outputs)):
            yield Fault(
                pointer=f"/table/rows/{number}",
                message=f"the row has {len(row.cells)} cells and {len(row.gives)} outputs, "
                f"the table {len(table.inputs)} and {len(table.outputs)}",
            )
    seen: set[tuple[str, str]] = set()
    for number, output in enumerate(table.outputs):
        if (output.effect, output.param) in seen:
            message = "two columns fill in the same parameter: keep one of them"
            yield Fault(pointer=f"/table/outputs/{number}/param", message=message)
        seen.add((output.effect, output.param))


def _outputs(
    point: str, outputs: Sequence[TableOutput], found: list[Fault]
) -> Iterable[str | None]:
    """The type of each output column; of one that the point does not know, none, and a fault."""
    effects = {it.kind: it for it in open_point(point).effects}
    for number, output in enumerate(outputs):
        effect, at = effects.get(output.effect), f"/table/outputs/{number}"
        known, pointer = list(effects), f"{at}/effect"
        what = f"{output.effect} is no effect of {point}"
        if effect is not None:
            known, pointer = list(effect.params), f"{at}/param"
            what = f"{effect.kind} has no parameter {output.param}"
        if effect is None or output.param not in effect.params:
            found.append(
                Fault(pointer=pointer, message=f"{what}; known are {', '.join(sorted(known))}")
            )
            yield None
            continue
        yield effect.params[output.param].type


def _row(
    at: str,
    row: TableRow,
    columns: Sequence[Column | None],
    kinds: Sequence[str | None],
    schema: Schema,
) -> Iterable[Fault]:
    for number, (cell, column) in enumerate(zip(row.cells, columns, strict=True)):
        if column is not None:
            yield from _cell(f"{at}/cells/{number}", cell, column, schema)
    for number, (written, kind) in enumerate(zip(row.gives, kinds, strict=True)):
        if kind is not None and written.strip() not in {"", "-"}:
            pointer = f"{at}/gives/{number}"
            faults = fault_in(pointer, partial(check_expression, written, schema, kind.rstrip("?")))
            yield from (_as_number(it, written, kind) for it in faults)


def _cell(pointer: str, written: str, column: Column, schema: Schema) -> Iterable[Fault]:
    read, kind = column
    try:
        found = read_cell(written)
        many = parse_type(kind, schema.records).name == "list"
        part = found.condition(read, holds_many=many)
        if part is not None:
            check_tree(part, written, schema)
    except ExpressionError as error:
        fault = fault_at(pointer, error)
        plain = written.strip()
        if "string" in kind and _PLAIN.fullmatch(plain):
            quoted = json.dumps(plain, ensure_ascii=False)
            message = f"a text stands in quotes: did you mean {quoted}?"
            fault = structs.replace(
                fault, message=message, suggestion=quoted, position=0, length=len(written)
            )
        yield _as_number(fault, written, kind)


def _as_number(fault: Fault, written: str, kind: str) -> Fault:
    """The fault of what is a number to people (`10 %`, `1.000,50`), said as what to write."""
    example, plain = _EXAMPLES.get(kind.rstrip("?")), written.strip()
    if example is None or _NUMBER.fullmatch(plain) or not _FIGURES.fullmatch(plain):
        return fault
    message = f"this cannot be read as one number: write it as {example}, with no sign behind it"
    return structs.replace(fault, message=message, position=0, length=len(written))


def _together(point: str, text: RuleText, schema: Schema) -> Iterable[Fault]:
    """What shows only when a row is looked at as a whole: a parameter that is missing, a text that is too long."""
    effects = effect_types_of(point)
    try:
        check_expression(text.condition, schema)
    except ExpressionError:
        return  # said at the condition
    content = msgspec.json.encode(text).decode()
    rules: Sequence[RuleSource] = ()
    with suppress(ExpressionError, DefinitionError):  # which row it is, is found one by one
        rules = [it.source for it in compiled_rows(point, content, schema)]
    are_compiled = bool(rules)
    try:
        rules = rules or rows_of(text, schema, effects)
    except (ExpressionError, DefinitionError) as error:
        yield Fault(pointer="/table", message=str(error))
        return
    for number, rule in enumerate(rules):
        pointer = f"/table/rows/{number}"
        if not rule.effects and text.table and text.table.hit_policy not in ONE_ROW:
            message = "the row gives nothing: fill in what it gives, or remove it"
            yield Fault(pointer=pointer, message=message)
        if are_compiled:
            continue
        try:
            compile_rule(rule, schema, effects)
        except (ExpressionError, DefinitionError) as error:
            yield Fault(pointer=pointer, message=str(error))
