"""
A rule that is a table as rules that the engine decides: one for each row, in the place that the rule would have.

A row's id is the rule's with the row's number behind it, so that rows stand together, in their order, among rules of
the same priority and order. Of `first`, `unique` and `any` the rows share an exclusive group: the first that matches
applies, and beside other rules all stacks as it would without a table. That rows of `unique` never overlap, and those of
`any` agree where they do, is looked for by a review; a decision does not stop for it. What this cannot do: rank rows by
what they give (`priority`), or add up what they give (`collect sum`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from typing import Final

import msgspec

from contexts.calculation.engine import (
    CompiledRule,
    EffectType,
    RuleSource,
    Schema,
    check_expression,
    compile_rule,
)
from contexts.calculation.engine.canonical import canonical, content_hash
from contexts.calculation.engine.parser import parse
from contexts.calculation.engine.tablerules import table_rules
from contexts.calculation.engine.tables import Input, Output, Row, TableSource
from contexts.calculation.policies.points import effect_types_of
from shared_kernel.decisions import RuleText, TableInput, TableText

ONE_ROW: Final = ("first", "unique", "any")  # one row of the table applies
POLICIES: Final = (*ONE_ROW, "collect")
MOST_ROWS: Final = 1_000
MOST_CELLS: Final = 5_000  # of all columns: a table is checked while somebody waits
_ROW = re.compile(r"(.+)/(\d{4})", re.DOTALL)
_OF_A_TABLE = re.compile(r'from the same exclusive group "table [0-9a-f-]{36}"')


def ids_of(rule_id: str, rows: int) -> list[str]:
    """How the engine calls a rule, or, if it is a table, its rows."""
    return [f"{rule_id}/{number:04}" for number in range(1, rows + 1)] if rows else [rule_id]


def rule_of(engine_id: str) -> str:
    """The rule that is outwards what the engine calls so: of a row its table, anything else is itself."""
    if engine_id[-5:-4] != "/":
        return engine_id
    found = _ROW.fullmatch(engine_id)
    return found[1] if found else engine_id


def row_of(engine_id: str) -> int:
    """The number of a row, from 1, or 0 of what is none."""
    found = _ROW.fullmatch(engine_id)
    return int(found[2]) if found else 0


def told_outwards(sentence: str) -> str:
    """A sentence of the engine without the group that the rows of one table share."""
    return _OF_A_TABLE.sub("from the same table", sentence)


def input_type(column: TableInput, schema: Schema) -> str:
    """
    The type of a column as it is written, or, if it is not, that of its expression.

    Raises:
        ExpressionError.

    """
    if column.type:
        return column.type
    known = check_expression(column.expression, schema, "dyn").tree.type
    return str(known.required()) if known is not None else "dyn"


def source_of_table(text: RuleText, table: TableText, schema: Schema) -> TableSource:
    """
    The table as the engine's library reads it.

    Raises:
        ExpressionError: a column whose type is not written cannot be read.

    """
    return TableSource(
        id=text.rule_id,
        version=text.version,
        name=text.name,
        inputs=tuple(Input(it.expression, input_type(it, schema)) for it in table.inputs),
        outputs=tuple(Output(it.effect, it.param, it.values) for it in table.outputs),
        rows=tuple(Row(it.cells, it.gives, it.reason) for it in table.rows),
        hit_policy=table.hit_policy,
        reason=text.reason,
    )


def rows_of(
    text: RuleText, schema: Schema, effects: Iterable[EffectType]
) -> tuple[RuleSource, ...]:
    """
    The rows of a rule that is a table, as rules.

    Raises:
        ExpressionError, DefinitionError: a column, a cell or the table's shape is wrong.

    """
    if not text.table:
        return ()
    rules = table_rules(source_of_table(text, text.table, schema), schema, effects)
    shared = check_expression(text.condition, schema).canonical
    own = f"table {text.rule_id}" if text.table.hit_policy in ONE_ROW else None
    return tuple(
        replace(
            rule,
            id=it,
            condition=_both(shared, rule.condition),
            priority=text.priority,
            order=text.order,
            group=text.group or own,
            stop=text.stop,
        )
        for it, rule in zip(ids_of(text.rule_id, len(rules)), rules, strict=True)
    )


@lru_cache(maxsize=8)
def compiled_rows(point: str, content: str, schema: Schema) -> tuple[CompiledRule, ...]:
    """
    The rows of a rule that is a table (its JSON), compiled; whoever checks one needs them more than once.

    Raises:
        ExpressionError, DefinitionError: as `rows_of`, or a row as a whole is wrong.

    """
    text, effects = msgspec.json.decode(content, type=RuleText), effect_types_of(point)
    return tuple(compile_rule(it, schema, effects) for it in rows_of(text, schema, effects))


def _both(shared: str, row: str) -> str:
    if shared == "true":
        return row
    return shared if row == "true" else f"({shared}) && ({row})"


def table_hash(text: RuleText) -> str:
    """
    The SHA-256 of what a table says; its id and version are not part of it, nor are spaces and superfluous brackets.

    Raises:
        ExpressionError: something of it cannot be read.

    """
    table = text.table or TableText((), (), ())
    source = TableSource(
        id=text.rule_id,
        version=text.version,
        name=text.name,
        inputs=tuple(Input(it.expression, it.type) for it in table.inputs),
        outputs=tuple(Output(it.effect, it.param, it.values) for it in table.outputs),
        rows=tuple(Row(it.cells, it.gives, it.reason) for it in table.rows),
        hit_policy=table.hit_policy,
        reason=text.reason,
    )
    among = [text.priority, text.order, text.group, text.stop]
    return content_hash(
        msgspec.json.encode([canonical(parse(text.condition)), source.text, among]).decode()
    )
