"""
The rules that decide together at one moment, and how they come from those of a moment before.

A set that differs from one at hand in a few rules is made of it: only what changed is compiled. What this cannot do:
know which rules are active; `queries` asks the database.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256

import msgspec

from contexts.calculation.engine import (
    CompiledRule,
    EffectSource,
    RuleSet,
    RuleSource,
    compile_rule,
    compile_set,
    nothing_collected,
)
from contexts.calculation.policies.attributes import Declared, declared_at
from contexts.calculation.policies.points import effect_types_of, open_point, schema_of
from contexts.calculation.policies.tables import compiled_rows, ids_of, rows_of, rule_of
from shared_kernel.decisions import RuleText

FEW = 64  # changed rules, up to which a set that is not kept is made of the one at hand
Members = Mapping[str, int]  # the version of each rule, by its id
Texts = Callable[[Collection[str]], Iterable[RuleText]]


@dataclass(frozen=True, slots=True)
class Standing:
    """Rules that decide together, and what they were compiled with; `fingerprint` names both."""

    point: str
    declared: Declared
    members: Members
    rules: RuleSet
    fingerprint: str
    rows: Mapping[str, int] = field(default_factory=dict)  # how many, of rules that are tables


def standing_of(point: str, texts: Iterable[RuleText], declared: Declared = ()) -> Standing:
    """Compile rules that decide together."""
    declared = declared_at(open_point(point), declared)
    with nothing_collected():
        rules = [it for text in texts for it in _compiled(point, text, declared)]
    return _named(point, declared, compile_set(rules, open_point(point).hit_policy))


def derived(
    before: Standing | None,
    point: str,
    wanted: Members,
    texts: Texts,
    *,
    declared: Declared = (),
    lasting: bool = True,
) -> Standing:
    """
    The standing of these versions, from the one before where it is of any use; `texts` gives those of given rules.

    One that does not last (a draft that is tried, a moment of the past) leaves what is shared with `before` as it is.
    """
    declared = declared_at(open_point(point), declared)
    if before is None or before.declared != declared:
        return standing_of(point, texts(wanted.keys()), declared)
    changed = [it for it, version in wanted.items() if before.members.get(it) != version]
    removed = [it for it in before.members if it not in wanted]
    if not changed and not removed:
        return before
    if not lasting and len(changed) > FEW:
        return standing_of(point, texts(wanted.keys()), declared)
    return with_rules(before, texts(changed) if changed else (), removed, lasting=lasting)


def with_rules(
    before: Standing,
    changed: Iterable[RuleText],
    removed: Collection[str] = (),
    *,
    lasting: bool = True,
) -> Standing:
    """The standing in which these rules take the place of those of the same id, or join them."""
    point, declared = before.point, before.declared
    texts = list(changed)
    rules = [rule for it in texts for rule in _compiled(point, it, declared)]
    stay = {it.id for it in rules}
    gone = [
        it
        for rule_id in {*removed, *(it.rule_id for it in texts)}
        for it in ids_of(rule_id, before.rows.get(rule_id, 0))
        if it not in stay
    ]
    newer = before.rules.replace(*rules, removed=gone, lasting=lasting)
    return _named(point, declared, newer)


def rules_of(point: str, text: RuleText, declared: Declared) -> tuple[CompiledRule, ...]:
    """
    A rule as it is decided by; a table as a rule for each of its rows.

    Raises:
        ExpressionError, DefinitionError: it is not sound.

    """
    return _compiled(point, text, declared_at(open_point(point), declared))


def _compiled(point: str, text: RuleText, declared: Declared) -> tuple[CompiledRule, ...]:
    return compiled(point, msgspec.json.encode(text).decode(), declared)


@lru_cache(maxsize=20_000)
def compiled(point: str, content: str, declared: Declared) -> tuple[CompiledRule, ...]:
    """One rule, or the rows of one table, compiled once per content: a change of one rule recompiles that rule only."""
    text = msgspec.json.decode(content, type=RuleText)
    schema = schema_of(point, declared)
    if text.table:
        return compiled_rows(point, content, schema)
    return (compile_rule(source_of(text), schema, effect_types_of(point)),)


def sources_of(point: str, text: RuleText, declared: Declared) -> tuple[RuleSource, ...]:
    """
    A rule as the engine reads it; a table as a rule for each of its rows.

    Raises:
        ExpressionError, DefinitionError: of a table, a column, a cell or its shape is wrong.

    """
    if not text.table:
        return (source_of(text),)
    return rows_of(text, schema_of(point, declared), effect_types_of(point))


def source_of(text: RuleText) -> RuleSource:
    return RuleSource(
        id=text.rule_id,
        version=text.version,
        name=text.name,
        condition=text.condition,
        effects=tuple(EffectSource(effect.kind, effect.params) for effect in text.effects),
        reason=text.reason,
        priority=text.priority,
        order=text.order,
        group=text.group,
        stop=text.stop,
    )


def _named(point: str, declared: Declared, rules: RuleSet) -> Standing:
    members: dict[str, int] = {}
    rows: dict[str, int] = {}
    for it in rules.members():
        rule_id = rule_of(it.id)
        members[rule_id] = it.source.version
        if rule_id is not it.id:
            rows[rule_id] = rows.get(rule_id, 0) + 1
    fingerprint = _fingerprint(rules.fingerprint, declared)
    return Standing(point, declared, members, rules, fingerprint, rows)


def _fingerprint(of_rules: str, declared: Declared) -> str:
    """The rules' own, unless facts are read by declarations: then what was declared counts as well."""
    if not declared:
        return of_rules
    return sha256(json.dumps([of_rules, declared]).encode()).hexdigest()
