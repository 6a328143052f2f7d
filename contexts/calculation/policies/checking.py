"""Whether rules and guardrails as written are sound, and what they say; every faulty part is named."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import msgspec

from contexts.calculation.engine import (
    DefinitionError,
    ExpressionError,
    Schema,
    check_expression,
    compile_rule,
    describe,
)
from contexts.calculation.engine.guardrails import (
    Between,
    CheckedGuardrail,
    Guardrail,
    check_guardrail,
)
from contexts.calculation.messages import (
    CheckedRule,
    ConditionTree,
    Fault,
    Group,
    WrittenCondition,
)
from contexts.calculation.policies.attributes import Declared
from contexts.calculation.policies.building import text_of, tree_of
from contexts.calculation.policies.faults import fault_at, fault_in
from contexts.calculation.policies.points import effect_types_of, open_point, schema_of
from contexts.calculation.policies.standing import source_of
from contexts.calculation.policies.tablechecks import table_faults
from contexts.calculation.policies.tables import compiled_rows, table_hash
from contexts.calculation.policies.words import Scope, condition_in_words
from shared_kernel.decisions import Effect, GuardrailText, RuleText

_POINTERS = {"assuming": "/assuming", "between": "/path"}


def guardrail_of(point: str, text: GuardrailText, declared: Declared = ()) -> CheckedGuardrail:
    """
    The guardrail, checked against a point's facts.

    Raises:
        ExpressionError, DefinitionError: it is not sound.

    """
    between = Between(text.path, text.one, text.other) if text.path else None
    guardrail = Guardrail(text.name, text.claim, text.assuming, between)
    return check_guardrail(guardrail, schema_of(point, declared))


def checked_guardrail(point: str, text: GuardrailText, declared: Declared = ()) -> CheckedRule:
    """Whether a guardrail is sound, and what it says."""
    if open_point(point).price is None:
        message = f"{point} has no price that a guardrail could speak about"
        return CheckedRule(faults=(Fault(pointer="/point", message=message),))
    try:
        found = guardrail_of(point, text, declared)
    except ExpressionError as error:
        return CheckedRule(faults=(fault_at(_POINTERS.get(error.where or "", "/claim"), error),))
    except DefinitionError as error:
        return CheckedRule(faults=(Fault(pointer="/claim", message=str(error)),))
    return CheckedRule(canonical=found.claim.canonical, in_words=describe(found.claim))


def checked(point: str, text: RuleText, declared: Declared = ()) -> CheckedRule:
    """Whether a rule is sound, and what it says; every faulty part is named, not only the first."""
    schema = schema_of(point, declared)
    faults = list(faults_of(point, text, schema))
    if faults:
        return CheckedRule(faults=tuple(faults))
    if text.table:
        rules = compiled_rows(point, msgspec.json.encode(text).decode(), schema)
    else:
        rules = (compile_rule(source_of(text), schema, effect_types_of(point)),)
    expression = check_expression(text.condition, schema)
    return CheckedRule(
        content_hash=table_hash(text) if text.table else rules[0].content_hash,
        canonical=expression.canonical,
        in_words=condition_in_words(expression.tree, Scope(open_point(point))),
        facts_used=tuple(sorted({fact for it in rules for fact in it.condition.facts})),
    )


def checked_condition(point: str, condition: str, declared: Declared = ()) -> CheckedRule:
    try:
        expression = check_expression(condition, schema_of(point, declared))
    except ExpressionError as error:
        return CheckedRule(faults=(fault_at("/condition", error),))
    return CheckedRule(
        canonical=expression.canonical,
        in_words=condition_in_words(expression.tree, Scope(open_point(point))),
        facts_used=tuple(sorted(expression.facts)),
    )


def read_condition(condition: str) -> ConditionTree:
    """A condition in its parts, or why it has none."""
    try:
        tree, comments = tree_of(condition)
    except ExpressionError as error:
        return ConditionTree(faults=(fault_at("/condition", error),))
    return ConditionTree(tree=tree, comments=comments)


def write_condition(tree: Group) -> WrittenCondition:
    """The condition that parts make, and what is wrong with them."""
    condition, faults = text_of(tree)
    return WrittenCondition(condition=condition, faults=faults)


def faults_of(point: str, text: RuleText, schema: Schema) -> Iterable[Fault]:
    """What is wrong with a rule that speaks about these facts, part by part."""
    effects = {it.kind: it for it in open_point(point).effects}
    if not text.effects and not text.table:
        yield Fault(pointer="/effects", message="a rule without an effect decides nothing: add one")
    if text.table:
        yield from table_faults(point, text, schema)
    yield from fault_in("/condition", lambda: check_expression(text.condition, schema))
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
            yield from fault_in(f"{at}/{name}", check)
        elif not fact.type.endswith("?"):
            yield Fault(
                pointer=f"{at}/{name}", message=f"{declared.kind} needs {name}: {fact.about}"
            )
