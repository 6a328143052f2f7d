"""What is found of the tables among drafts: gaps, rows that overlap, rows that nobody reaches."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, Literal

from contexts.calculation import policies
from contexts.calculation.engine import check_expression, compile_set
from contexts.calculation.engine.shown import shown
from contexts.calculation.messages import Example, Finding
from contexts.calculation.policies import Standing
from contexts.calculation.policies.tables import ids_of, row_of, rule_of, source_of_table
from contexts.calculation.queries.applied import applied
from shared_kernel.decisions import RuleText, TableText

if TYPE_CHECKING:
    from contexts.calculation.engine.tablefindings import TableFinding

_STANDINGS: Final[dict[str, Literal["problem", "note", "unknown"]]] = {
    "gap": "note",  # it may be meant: whoever is in no row gets nothing
    "overlap": "problem",
    "disagreement": "problem",
    "shadowed": "problem",
    "unreachable": "problem",
    "unknown": "unknown",
}


def looked_at(
    stands: Standing, drafts: Iterable[RuleText], seconds: float
) -> tuple[list[Finding], float]:
    """What is found of the tables among these drafts, and what is left of the time."""
    until = monotonic() + seconds
    found = [
        it
        for draft in drafts
        if draft.table
        for it in _found(stands, draft, draft.table, max(until - monotonic(), 0.0))
    ]
    return found, max(until - monotonic(), 0.0)


def is_within_one(rules: Sequence[str]) -> bool:
    """Whether a finding of the whole set is about rows of one table only, of which `looked_at` has said what there is."""
    return bool(rules) and len(set(map(rule_of, rules))) == 1 and all(map(row_of, rules))


def _found(stands: Standing, draft: RuleText, written: TableText, seconds: float) -> list[Finding]:
    from contexts.calculation.engine.tablefindings import table_findings  # noqa: PLC0415 - Z3
    from contexts.calculation.engine.tablerules import Table  # noqa: PLC0415

    schema = policies.schema_of(stands.point, stands.declared)
    own = {it.id: it for it in stands.rules.members() if rule_of(it.id) == draft.rule_id}
    rows = tuple(own[it] for it in ids_of(draft.rule_id, len(written.rows)))
    source = source_of_table(draft, written, schema)
    table = Table(source, rows, compile_set(rows, written.hit_policy))
    assumed = [draft.condition]
    price = policies.open_point(stands.point).price
    if price is not None:
        assumed.append(price.assuming)
    within = [check_expression(it, schema).tree for it in assumed]
    found = table_findings(table, schema, within=within, seconds=seconds)
    return [_finding(stands, draft, it) for it in found]


def _finding(stands: Standing, draft: RuleText, found: TableFinding) -> Finding:
    examples: tuple[Example, ...] = ()
    if found.facts is not None:
        decided = stands.rules.decide(found.facts)
        examples = (Example(facts=dict(found.facts), applied=applied(decided)),)
    return Finding(
        kind=found.kind,
        standing=_STANDINGS[found.kind],
        sentence=f'"{draft.name}": {found.sentence}{_shown(draft, found.facts)}',
        rules=(draft.rule_id,),
        examples=examples,
    )


def _shown(draft: RuleText, facts: dict[str, Any] | None) -> str:
    """What the columns of a table read of facts, as far as they are facts themselves."""
    if facts is None or not draft.table:
        return ""
    parts = []
    for column in draft.table.inputs:
        path = column.expression.split(".")
        if not all(it.isidentifier() for it in path):
            continue
        value: Any = facts
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        said = "is missing" if value is None else f"is {shown(value)}"
        parts.append(f"{column.expression} {said}")
    return f": {', '.join(parts)}" if parts else ""
