"""
What is wrong with a decision table as its hit policy sees it: gaps, rows that overlap, rows nobody reaches.

Asked of Z3 through `proofs.py`, so every finding of facts was decided for real, and what is not known is said so. What
this cannot do: see that two computed outputs are always equal; it compares them on the facts it found.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from time import monotonic
from typing import Any, Final, Literal

from .errors import FAULTS, StepsExhausted
from .findings import Late, may_fail
from .hitpolicies import agree
from .nodes import Node
from .proofs import MILLISECONDS, Answer, facts_where
from .resolver import SINGLE, rank
from .rules import CompiledRule
from .schema import Schema
from .tablerules import Table
from .terms import Computed
from .units import Steps

MAX_PAIRS: Final = 5_000  # of rows that are compared; beyond, it is said that they were not

Ask = Callable[..., Answer]
Kind = Literal["gap", "overlap", "disagreement", "shadowed", "unreachable", "unknown"]


@dataclass(frozen=True)
class TableFinding:
    """
    One thing found; `rows` are counted from 1, `facts` show it.

    A row that is shadowed or unreachable has no facts: it is proved that there are none. An "unknown" says in its
    sentence what was asked and why there is no answer.
    """

    kind: Kind
    rows: tuple[int, ...]
    facts: dict[str, Any] | None
    sentence: str


def table_findings(
    table: Table,
    schema: Schema,
    *,
    within: Sequence[Node] = (),
    milliseconds: int = MILLISECONDS,
    seconds: float = 30.0,
) -> tuple[TableFinding, ...]:
    """
    Look for what the table's hit policy forbids, and for facts that no row answers.

    Rows that can never match are found whatever the policy. "unique" forbids that two rows match, "any" that two
    match and disagree; of "first" and "priority" a row is shadowed that others always go before. Only facts `within`
    these conditions are asked for. One question may take so many milliseconds, all together so many seconds: what was not asked any more is told.
    """
    found: list[TableFinding] = []
    try:
        found.extend(_found(table, _asking(schema, within, milliseconds, monotonic() + seconds)))
    except Late:
        said = "the time was over before everything was asked: what is not named here is not known"
        found.append(TableFinding("unknown", (), None, said))
    return tuple(found)


def _asking(schema: Schema, within: Sequence[Node], milliseconds: int, until: float) -> Ask:
    def ask(hold: Sequence[Node] = (), fail: Sequence[Node] = ()) -> Answer:
        left = int((until - monotonic()) * 1000)
        if left <= 0:
            raise Late
        return facts_where(
            schema, hold=[*within, *hold], fail=fail, milliseconds=min(milliseconds, left)
        )

    return ask


def _found(table: Table, ask: Ask) -> Iterator[TableFinding]:
    trees = [rule.condition.tree for rule in table.rules]
    reachable: list[int] = []
    yield from _reachable(trees, reachable, ask)
    policy = table.source.hit_policy
    if policy in SINGLE:
        yield from _shadowed(table, reachable, ask)
    if policy in {"unique", "any"}:
        yield from _overlapping(table, reachable, ask)
    yield from _gap(trees, ask)


def _reachable(trees: Sequence[Node], reachable: list[int], ask: Ask) -> Iterator[TableFinding]:
    """Find rows that can never match, and add the others to those that can."""
    for number, tree in enumerate(trees):
        answer = ask(hold=[tree])
        if answer.exists is False:
            said = f"row {number + 1} can never match"
            yield TableFinding("unreachable", (number + 1,), None, said)
            continue
        reachable.append(number)
        if answer.exists is None:
            yield _unknown((number + 1,), "can ever match", answer)


def _shadowed(table: Table, rows: Sequence[int], ask: Ask) -> Iterator[TableFinding]:
    policy = table.rule_set.hit_policy
    order = sorted(rows, key=lambda number: rank(table.rules[number].source, policy))
    for place, number in enumerate(order):
        before = [it for it in order[:place] if not may_fail(table.rules[it])]
        if not before:
            continue
        tree = table.rules[number].condition.tree
        answer = ask(hold=[tree], fail=[table.rules[it].condition.tree for it in before])
        if answer.exists is None:
            yield _unknown((number + 1,), "is reached behind those before it", answer)
        elif answer.exists is False:
            by = tuple(sorted(it + 1 for it in _shadows(table.rules, tree, before, ask)))
            said = f"row {number + 1} never applies: {_rows(by)} always before it"
            yield TableFinding("shadowed", (number + 1, *by), None, said)


def _shadows(
    rules: Sequence[CompiledRule], tree: Node, before: Sequence[int], ask: Ask
) -> list[int]:
    """Return the one row that shadows alone, or those that overlap with what they shadow together."""
    for number in before:
        if ask(hold=[tree], fail=[rules[number].condition.tree]).exists is False:
            return [number]
    return [
        number
        for number in before
        if ask(hold=[tree, rules[number].condition.tree]).exists is not False
    ]


def _overlapping(table: Table, rows: Sequence[int], ask: Ask) -> Iterator[TableFinding]:
    for count, (one, other) in enumerate(combinations(rows, 2)):
        both = (one + 1, other + 1)
        if count >= MAX_PAIRS:
            said = (
                f"only {MAX_PAIRS} pairs of rows were compared, up to rows {both[0]} and {both[1]}"
            )
            yield TableFinding("unknown", both, None, said)
            return
        first, second = table.rules[one], table.rules[other]
        may_agree = table.source.hit_policy == "any"
        if may_agree and _always_agree(first, second):
            continue
        answer = ask(hold=[first.condition.tree, second.condition.tree])
        if answer.exists is None:
            yield _unknown(both, "match together", answer)
        elif answer.exists and not may_agree:
            said = f"rows {both[0]} and {both[1]} both match, which unique forbids"
            yield TableFinding("overlap", both, answer.facts, said)
        elif answer.exists:
            yield _disagreement(first, second, both, answer)


def _always_agree(one: CompiledRule, other: CompiledRule) -> bool:
    if one.source.effects == other.source.effects:
        return True
    known = [it for rule in (one, other) for it in rule.effects]
    if any(len(it.constants) < len(it.params) for it in known):
        return False
    first, second = (_computed(rule, {}) for rule in (one, other))
    return first is not None and second is not None and agree(first, second)


def _disagreement(
    one: CompiledRule, other: CompiledRule, rows: tuple[int, int], answer: Answer
) -> TableFinding:
    computed = [_computed(rule, answer.facts or {}) for rule in (one, other)]
    first, second = computed
    if first is not None and second is not None and not agree(first, second):
        said = f"rows {rows[0]} and {rows[1]} both match and disagree, which any forbids"
        return TableFinding("disagreement", rows, answer.facts, said)
    said = f"whether rows {rows[0]} and {rows[1]} disagree is not known: they do not on the facts tried"
    return TableFinding("unknown", rows, answer.facts, said)


def _computed(rule: CompiledRule, facts: dict[str, Any]) -> Computed | None:
    try:
        return Computed(rule, rule.compute_effects(facts, Steps()), None)
    except (*FAULTS, StepsExhausted):
        return None


def _gap(trees: Sequence[Node], ask: Ask) -> list[TableFinding]:
    answer = ask(fail=trees)
    if answer.exists:
        return [TableFinding("gap", (), answer.facts, "no row matches these facts")]
    return [] if answer.exists is False else [_unknown((), "match all facts", answer)]


def _unknown(rows: tuple[int, ...], claim: str, answer: Answer) -> TableFinding:
    said = f"whether {_rows(rows)} {claim} is not known: {answer.reason}"
    return TableFinding("unknown", rows, None, said)


def _rows(rows: Sequence[int]) -> str:
    if not rows:
        return "the rows"
    names = ", ".join(map(str, rows))
    return f"row {names}" if len(rows) == 1 else f"rows {names}"
