"""Rules as written in plain words: what was said of a condition is kept, for lists say the same again and again."""

from __future__ import annotations

from functools import lru_cache

from msgspec import structs

from contexts.calculation.engine import (
    DefinitionError,
    ExpressionError,
    RuleSource,
    check_expression,
)
from contexts.calculation.engine.nodes import Node
from contexts.calculation.messages import SaidRule
from contexts.calculation.policies.attributes import Declared, declared_at
from contexts.calculation.policies.points import effect_types_of, open_point, schema_of
from contexts.calculation.policies.tables import input_type, rows_of
from contexts.calculation.policies.words import (
    Scope,
    condition_in_words,
    outline,
    row_said,
    said,
    table_said,
)
from contexts.calculation.policies.words.sentences import value_in_words
from shared_kernel.decisions import EffectText, RuleText, TableText

Params = dict[str, Node]


def said_rule(point: str, text: RuleText, declared: Declared = ()) -> SaidRule:
    """
    What a rule says; nothing of one that is not sound, rather than something that is not so.

    Raises:
        UnknownPoint.

    """
    opened = open_point(point)
    seen = declared_at(opened, declared)
    if text.table:
        return _table(point, text, text.table, seen)
    try:
        tree = _tree(point, text.condition, seen)
        params = [_params(point, effect, seen) for effect in text.effects]
    except (ExpressionError, KeyError):
        return SaidRule()
    scope = Scope(opened)
    effects = {it.kind: it for it in opened.effects}
    return SaidRule(
        sentence=said(text, tree, params, scope),
        condition=condition_in_words(tree, scope),
        outline=outline(tree, scope),
        effects=tuple(
            value_in_words(effects[it.kind], its, scope)
            for it, its in zip(text.effects, params, strict=True)
        ),
    )


def _table(point: str, text: RuleText, table: TableText, declared: Declared) -> SaidRule:
    """A table in a sentence, and in its outline a sentence for each of its rows."""
    schema, scope = schema_of(point, declared), Scope(open_point(point))
    try:
        reads = [
            _tree(point, it.expression, declared, input_type(it, schema)) for it in table.inputs
        ]
        shared = _tree(point, text.condition, declared)
        lines = [
            _row(point, it, declared, scope)
            for it in rows_of(
                structs.replace(text, condition="true"), schema, effect_types_of(point)
            )
        ]
    except (ExpressionError, DefinitionError, KeyError, ValueError):
        return SaidRule()
    return SaidRule(
        sentence=table_said(text, table, reads, shared, scope),
        condition=condition_in_words(shared, scope),
        outline=tuple((0, line) for line in lines),
    )


def _row(point: str, row: RuleSource, declared: Declared, scope: Scope) -> str:
    effects = tuple(EffectText(it.kind, dict(it.params)) for it in row.effects)
    text = RuleText(row.id, 0, "", "", row.condition, effects)
    params = [_params(point, it, declared) for it in effects]
    return row_said(text, _tree(point, row.condition, declared), params, scope)


def _params(point: str, effect: EffectText, declared: Declared) -> Params:
    """
    The parameters of an effect, checked.

    Raises:
        KeyError: the point has no such effect, or parameter. ExpressionError.

    """
    wanted = {it.kind: it.params for it in open_point(point).effects}[effect.kind]
    return {
        name: _tree(point, written, declared, wanted[name].type.rstrip("?"))
        for name, written in effect.params.items()
    }


@lru_cache(maxsize=4096)
def _tree(point: str, source: str, declared: Declared, expected: str = "bool") -> Node:
    return check_expression(source, schema_of(point, declared), expected).tree
