"""
The rows of a decision table as rules: each row's condition is a tree built from its cells, and checked.

The canonical text of that tree is the rule's condition, so that parser and checker see what they would have seen of the
rule written by hand. Errors name the table, the row and the column. What this cannot do: default outputs, or
a table whose cells refer to another table.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from .canonical import canonical
from .cells import joined
from .checker import check_expression, check_tree
from .constants import Unknown, constant
from .errors import DefinitionError, EvaluationError, ExpressionError
from .nodes import Node
from .parser import parse
from .rules import CompiledRule, EffectSource, EffectType, RuleSource, compile_rule
from .rulesets import RuleSet, compile_set
from .schema import Schema, parse_type
from .tables import AGGREGATING, Output, Row, TableSource, canonical_at, check_shape, is_given
from .terms import Stacking

_RANKED: Final = frozenset({"priority", "output order"})


@dataclass(frozen=True, slots=True)
class Table:
    """A table that fits its decision point; `rules` are its rows, in their order."""

    source: TableSource
    rules: tuple[CompiledRule, ...]
    rule_set: RuleSet = field(repr=False)


def compile_table(
    source: TableSource,
    schema: Schema,
    effect_types: Iterable[EffectType],
    *,
    stacking: Stacking | None = None,
) -> Table:
    """
    Check a table against the facts and effects of its decision point, and make its rows rules.

    Raises:
        ExpressionError: an expression or a cell is wrong; its `where` names table, row and column.
        DefinitionError: the table's shape, its hit policy, an effect or a value of an output is wrong.

    """
    kinds = tuple(effect_types)
    rules = tuple(
        _compiled(source, rule, schema, kinds) for rule in table_rules(source, schema, kinds)
    )
    column = source.outputs[0]
    over = column.name if source.hit_policy in AGGREGATING else None
    return Table(source, rules, compile_set(rules, source.hit_policy, over=over, stacking=stacking))


def _compiled(
    source: TableSource, rule: RuleSource, schema: Schema, kinds: tuple[EffectType, ...]
) -> CompiledRule:
    """Compile a row's rule; what is wrong now is the row as a whole, such as its length."""
    try:
        return compile_rule(rule, schema, kinds)
    except ExpressionError as error:
        raise error.at(source.place(rule.order, "all together")) from None
    except DefinitionError as error:
        raise DefinitionError(f"{source.place(rule.order, 'all together')}: {error}") from None


def table_rules(
    source: TableSource, schema: Schema, effect_types: Iterable[EffectType]
) -> tuple[RuleSource, ...]:
    """
    Return the rows as rules, checked; a row's rule has the table's id and version and its number.

    Raises:
        ExpressionError, DefinitionError: as `compile_table`.

    """
    check_shape(source)
    types = _output_types(source, {kind.name: kind for kind in effect_types})
    reads: list[Node] = []
    for column in source.inputs:
        where = source.place(None, column.expression)
        try:
            reads.append(check_expression(column.expression, schema, column.type).tree)
        except ExpressionError as error:
            raise error.at(where) from None
    allowed = [_allowed(source, column) for column in source.outputs]
    return tuple(
        RuleSource(
            id=f"{source.id}/{number}",
            version=source.version,
            name=f"{source.name}, row {number}",
            condition=_condition(source, number, row, reads, schema),
            effects=_effects(source, number, row, types, schema),
            reason=row.reason or source.reason,
            priority=_priority(source, number, row, allowed),
            order=number,
        )
        for number, row in enumerate(source.rows, 1)
    )


def _condition(
    source: TableSource, number: int, row: Row, reads: Sequence[Node], schema: Schema
) -> str:
    parts: list[Node] = []
    for cell, column, read in zip(source.cells(number, row), source.inputs, reads, strict=True):
        many = parse_type(column.type, schema.records).name == "list"
        part = cell.condition(read, holds_many=many)
        if part is None:
            continue
        try:
            parts.append(check_tree(part, cell.source, schema).tree)
        except ExpressionError as error:
            raise error.at(source.place(number, column.expression)) from None
    return canonical(joined("&&", parts)) if parts else "true"


def _effects(
    source: TableSource, number: int, row: Row, types: Sequence[str], schema: Schema
) -> tuple[EffectSource, ...]:
    params: dict[str, dict[str, str]] = {}
    for column, notation, text in zip(source.outputs, types, row.gives, strict=True):
        if not is_given(text):
            continue
        try:
            given = check_expression(text, schema, notation).canonical
        except ExpressionError as error:
            place = source.place(number, column.name)
            raise error.at(place) from None
        params.setdefault(column.effect, {})[column.param] = given
    return tuple(EffectSource(kind, its) for kind, its in params.items())


def _output_types(source: TableSource, known: Mapping[str, EffectType]) -> list[str]:
    types: list[str] = []
    for column in source.outputs:
        place = source.place(None, column.name)
        if column.effect not in known:
            raise DefinitionError(f"{place}: no such effect, use {', '.join(sorted(known))}")
        params = known[column.effect].params
        if column.param not in params:
            raise DefinitionError(f"{place}: no such parameter, use {', '.join(sorted(params))}")
        types.append(params[column.param])
    return types


def _allowed(source: TableSource, column: Output) -> list[str]:
    place = source.place(None, column.name)
    allowed = [canonical_at(value, place) for value in column.values]
    if source.hit_policy in _RANKED and not allowed:
        raise DefinitionError(
            f'{place}: the hit policy "{source.hit_policy}" needs its values, the first before the others'
        )
    if len(set(allowed)) < len(allowed):
        raise DefinitionError(f"{place}: a value is listed once")
    return allowed


def _priority(source: TableSource, number: int, row: Row, allowed: Sequence[Sequence[str]]) -> int:
    """Return a row's rank by its outputs, the first output weighing most; 0 where values do not rank."""
    priority = 0
    for column, values, text in zip(source.outputs, allowed, row.gives, strict=True):
        if not values:
            continue
        place = source.place(number, column.name)
        given = _listed(canonical_at(text, place), values) if is_given(text) else "-"
        if given not in values and (given != "-" or source.hit_policy in _RANKED):
            raise DefinitionError(f"{place}: {given} is none of {', '.join(values)}")
        if source.hit_policy in _RANKED:
            priority = priority * len(values) + len(values) - 1 - values.index(given)
    return priority


def _listed(given: str, values: Sequence[str]) -> str:
    """Return the listed text of a value: 10 is 10.0."""
    if given in values:
        return given
    number = _number(given)
    same = (it for it in values if number is not None and _number(it) == number)
    return next(same, given)


def _number(text: str) -> Decimal | None:
    try:
        known = constant(parse(text))
    except (Unknown, ExpressionError, EvaluationError):
        return None
    is_number = isinstance(known, Decimal | int) and not isinstance(known, bool)
    return Decimal(known) if is_number else None
