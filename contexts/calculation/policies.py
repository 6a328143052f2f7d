"""From rules as written to rules that decide: the engine, spoken to in the platform's own words."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from typing import Any

import msgspec

from contexts.calculation.engine import (
    CompiledRule,
    DefinitionError,
    EffectSource,
    EffectType,
    ExpressionError,
    RuleSet,
    RuleSource,
    Schema,
    check_expression,
    compile_rule,
    compile_set,
    describe,
)
from contexts.calculation.engine.guardrails import (
    Between,
    CheckedGuardrail,
    CheckedPrice,
    Guardrail,
    Price,
    Take,
    check_guardrail,
    check_price,
)
from contexts.calculation.errors import UnknownPoint
from contexts.calculation.messages import CheckedRule, Fault
from shared_kernel.decisions import DecisionPoint, Effect, GuardrailText, RuleText, point_named

_POINTERS = {"assuming": "/assuming", "between": "/path"}


def open_point(name: str) -> DecisionPoint:
    """
    The decision point of that name.

    Raises:
        UnknownPoint: no window declares it.

    """
    point = point_named(name)
    if point is None:
        raise UnknownPoint(point=name, pointers=("/point",))
    return point


@lru_cache(maxsize=64)
def schema_of(name: str) -> Schema:
    point = open_point(name)
    return Schema(
        records={
            record: {field: fact.type for field, fact in fields.items()}
            for record, fields in point.records.items()
        },
        variables={fact: declared.type for fact, declared in point.facts.items()},
    )


@lru_cache(maxsize=64)
def effect_types_of(name: str) -> tuple[EffectType, ...]:
    return tuple(
        EffectType(effect.kind, {param: fact.type for param, fact in effect.params.items()})
        for effect in open_point(name).effects
    )


@lru_cache(maxsize=64)
def price_of(name: str) -> CheckedPrice | None:
    """The price that a point's effects take off from, if it has one."""
    price = open_point(name).price
    if price is None:
        return None
    takes = {kind: Take(it.percent, it.amount, it.times) for kind, it in price.takes.items()}
    return check_price(Price(price.start, takes, price.assuming), schema_of(name))


def guardrail_of(point: str, text: GuardrailText) -> CheckedGuardrail:
    """
    The guardrail, checked against a point's facts.

    Raises:
        ExpressionError, DefinitionError: it is not sound.

    """
    between = Between(text.path, text.one, text.other) if text.path else None
    guardrail = Guardrail(text.name, text.claim, text.assuming, between)
    return check_guardrail(guardrail, schema_of(point))


def checked_guardrail(point: str, text: GuardrailText) -> CheckedRule:
    """Whether a guardrail is sound, and what it says."""
    if open_point(point).price is None:
        message = f"{point} has no price that a guardrail could speak about"
        return CheckedRule(faults=(Fault(pointer="/point", message=message),))
    try:
        found = guardrail_of(point, text)
    except ExpressionError as error:
        return CheckedRule(faults=(_fault(_POINTERS.get(error.where or "", "/claim"), error),))
    except DefinitionError as error:
        return CheckedRule(faults=(Fault(pointer="/claim", message=str(error)),))
    return CheckedRule(canonical=found.claim.canonical, in_words=describe(found.claim))


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


@lru_cache(maxsize=20_000)
def compiled(point: str, content: str) -> CompiledRule:
    """One rule, compiled once per content: a change of one rule recompiles that rule only."""
    text = msgspec.json.decode(content, type=RuleText)
    return compile_rule(source_of(text), schema_of(point), effect_types_of(point))


def rule_set(point: str, texts: Iterable[RuleText]) -> RuleSet:
    rules = [compiled(point, msgspec.json.encode(text).decode()) for text in texts]
    return compile_set(rules, open_point(point).hit_policy)


def checked(point: str, text: RuleText) -> CheckedRule:
    """Whether a rule is sound, and what it says; every faulty part is named, not only the first."""
    faults = list(_faults_of(point, text))
    if faults:
        return CheckedRule(faults=tuple(faults))
    rule = compile_rule(source_of(text), schema_of(point), effect_types_of(point))
    expression = check_expression(text.condition, schema_of(point))
    return CheckedRule(
        content_hash=rule.content_hash,
        canonical=expression.canonical,
        in_words=describe(expression),
        facts_used=tuple(sorted(expression.facts)),
    )


def checked_condition(point: str, condition: str) -> CheckedRule:
    try:
        expression = check_expression(condition, schema_of(point))
    except ExpressionError as error:
        return CheckedRule(faults=(_fault("/condition", error),))
    return CheckedRule(
        canonical=expression.canonical,
        in_words=describe(expression),
        facts_used=tuple(sorted(expression.facts)),
    )


def _faults_of(point: str, text: RuleText) -> Iterable[Fault]:
    schema, effects = schema_of(point), {it.kind: it for it in open_point(point).effects}
    if not text.effects:
        yield Fault(pointer="/effects", message="a rule without an effect decides nothing: add one")
    yield from _fault_in("/condition", lambda: check_expression(text.condition, schema))
    for number, effect in enumerate(text.effects):
        declared = effects.get(effect.kind)
        if declared is None:
            known = ", ".join(sorted(effects))
            message = f"{effect.kind} is no effect of {point}; known are {known}"
            yield Fault(pointer=f"/effects/{number}/kind", message=message)
            continue
        yield from _faulty_params(f"/effects/{number}/params", effect.params, declared, schema)
    if not text.reason.strip():
        yield Fault(pointer="/reason", message="say what stands on the receipt")
    if not text.name.strip():
        yield Fault(pointer="/name", message="give the rule a name")


def _faulty_params(
    at: str, params: dict[str, str], declared: Effect, schema: Schema
) -> Iterable[Fault]:
    for name in params.keys() - declared.params.keys():
        known = ", ".join(sorted(declared.params))
        message = f"{declared.kind} has no parameter {name}; known are {known}"
        yield Fault(pointer=f"{at}/{name}", message=message)
    for name, fact in declared.params.items():
        if name in params:
            check = partial(check_expression, params[name], schema, fact.type.rstrip("?"))
            yield from _fault_in(f"{at}/{name}", check)
        elif not fact.type.endswith("?"):
            yield Fault(
                pointer=f"{at}/{name}", message=f"{declared.kind} needs {name}: {fact.about}"
            )


def _fault_in(pointer: str, check: Callable[[], Any]) -> Iterable[Fault]:
    try:
        check()
    except ExpressionError as error:
        yield _fault(pointer, error)


def _fault(pointer: str, error: ExpressionError) -> Fault:
    return Fault(
        pointer=pointer,
        message=str(error),
        position=error.position,
        length=error.length,
        line=error.line,
        column=error.column,
        suggestion=error.suggestion,
        rendered=error.render(),
    )
