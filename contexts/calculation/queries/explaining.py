"""
Why rules applied or did not, in the words of the bus.

Of a table each row that matched is told; those that did not are one explanation together, with what comes nearest.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from contexts.calculation.engine import Allowance, RuleSet, explain
from contexts.calculation.engine import Nearest as EngineNearest
from contexts.calculation.engine import RuleExplanation as EngineExplanation
from contexts.calculation.messages import Nearest, NearestChange, RuleExplanation
from contexts.calculation.policies.tables import row_of, rule_of, told_outwards

Level = Literal["none", "applied", "full", "nearest"]


def explained(
    rules: RuleSet, facts: dict[str, object], level: Level, allowance: Allowance
) -> tuple[RuleExplanation, ...]:
    """What became of each rule, as far as it is asked for."""
    if level == "none":
        return ()
    return tuple(_told(explain(rules, facts, level, allowance)))


def _told(found: Sequence[EngineExplanation]) -> Iterator[RuleExplanation]:
    silent: dict[str, list[EngineExplanation]] = {}
    for one in found:
        rule_id = rule_of(one.rule_id)
        if rule_id != one.rule_id and one.outcome == "not matched":
            silent.setdefault(rule_id, []).append(one)
        else:
            yield _said(one, one.name, told_outwards(one.sentence))
    spoken = {rule_of(it.rule_id) for it in found if it.outcome != "not matched"}
    for rule_id, rows in silent.items():
        if rule_id not in spoken:
            yield _of_rows(rows)


def _of_rows(rows: list[EngineExplanation]) -> RuleExplanation:
    """What is to be said of rows of which none matched."""
    near = min(
        (it for it in rows if it.nearest is not None),
        key=lambda it: len(it.nearest.changes) if it.nearest else 0,
        default=None,
    )
    first = near or rows[0]
    name = first.name.rpartition(", row ")[0]
    which = f"row {row_of(first.rule_id)}: {told_outwards(first.sentence)}"
    if len(rows) == 1:
        return _said(first, name, which)
    some = "the nearest is" if near else "such as"
    return _said(first, name, f"none of {len(rows)} rows matches; {some} {which}")


def _said(one: EngineExplanation, name: str, sentence: str) -> RuleExplanation:
    return RuleExplanation(
        rule_id=rule_of(one.rule_id),
        version=one.version,
        rule=name,
        outcome=one.outcome,
        sentence=sentence,
        nearest=_nearest(one.nearest),
    )


def _nearest(found: EngineNearest | None) -> Nearest | None:
    if found is None:
        return None
    changes = tuple(
        NearestChange(path=it.path, was=it.was, to=it.to, relation=it.relation, words=it.words)
        for it in found.changes
    )
    return Nearest(sentence=told_outwards(found.sentence), changes=changes)
