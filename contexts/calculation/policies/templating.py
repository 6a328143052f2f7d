"""
Templates as rules speak of them, held against a decision point, and filled with arguments.

The engine puts arguments in as literals of the tree; what is said here is which of them is wrong and what the template
says. What this cannot do: know who approved a template; `rules` does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import msgspec

from contexts.calculation.engine import (
    DefinitionError,
    ExpressionError,
    Schema,
    check_expression,
)
from contexts.calculation.engine.arguments import Parameter, read_argument
from contexts.calculation.engine.canonical import canonical, content_hash
from contexts.calculation.engine.nodes import Binary, Call, Field, Name, Node, walk
from contexts.calculation.engine.parser import parse
from contexts.calculation.engine.templates import (
    TemplateSource,
    check_template,
    instantiate,
    template_hash,
)
from contexts.calculation.messages import (
    CheckedRule,
    CheckedTemplate,
    Fault,
    FilledTemplate,
    FillTemplate,
)
from contexts.calculation.policies.attributes import Declared
from contexts.calculation.policies.checking import checked, faults_of
from contexts.calculation.policies.parameters import (
    TYPES,
    faulty_arguments,
    faulty_parameters,
    out_of_bounds,
    parameter_of,
    read_as_given,
)
from contexts.calculation.policies.points import effect_types_of, open_point, schema_of
from contexts.calculation.policies.saying import said_rule
from contexts.calculation.policies.standing import source_of
from contexts.calculation.policies.words import Scope, said
from shared_kernel.decisions import EffectText, Fact, RuleText, TemplateText

MOST_WHOLE = 10**15
_UNITS = {"money": "money", "percent": "%"}
_BRACKETS = re.compile(r"[][]")
_MARKED = re.compile(r"\(the (\[[^]]*\])\)|\bthe (\[[^]]*\])", re.IGNORECASE)


def checked_template(
    point: str, template: TemplateText, declared: Declared = ()
) -> CheckedTemplate:
    """
    Whether a template is sound, and what it says; every faulty part is named.

    Raises:
        UnknownPoint.

    """
    schema = schema_of(point, declared)
    faults = list(out_of_bounds(template)) or list(faulty_parameters(template, schema))
    if faults:
        return CheckedTemplate(faults=tuple(faults))
    wider = _with_parameters(schema, template)
    faults = [
        msgspec.structs.replace(it, pointer=f"/rule{it.pointer}")
        for it in faults_of(point, template.rule, wider)
    ]
    source = _source_of(template)
    if not faults:
        try:
            check_template(source, schema, effect_types_of(point))
        except (ExpressionError, DefinitionError) as error:
            faults = [Fault(pointer="/parameters", message=str(error))]
    if not template.name.strip():
        faults.append(Fault(pointer="/name", message="give the template a name"))
    if faults:
        return CheckedTemplate(faults=tuple(faults))
    condition = check_expression(template.rule.condition, wider).tree
    return CheckedTemplate(
        content_hash=_hash_of(template, source),
        in_words=_in_words(point, template, condition, wider),
        compared=dict(_compared(condition, {it.name for it in template.parameters})),
    )


def filled_template(query: FillTemplate, declared: Declared = ()) -> FilledTemplate:
    """
    The rule that a template is with these arguments, checked again; or a fault for each that is wrong.

    Raises:
        UnknownPoint.

    """
    template = query.template
    faults = list(faulty_parameters(template, schema_of(query.point, declared)))
    if faults:
        return FilledTemplate(faults=tuple(faults))
    source = _source_of(template)
    given = {name: read_as_given(template, name, raw) for name, raw in query.arguments.items()}
    faults = list(faulty_arguments(source, given))
    if faults:
        return FilledTemplate(faults=tuple(faults))
    values = {it.name: read_argument(it, given) for it in source.parameters}
    raw = {it.name: given.get(it.name, it.default) for it in source.parameters}
    pointed = {it for it, written in raw.items() if isinstance(written, str) and "." in written}
    try:
        text, sound = _made(query, source, values, pointed, declared)
    except (ExpressionError, DefinitionError) as error:
        return FilledTemplate(faults=(Fault(pointer="/condition", message=str(error)),))
    if sound.faults:
        return FilledTemplate(faults=sound.faults)
    return FilledTemplate(
        text=text,
        content_hash=sound.content_hash,
        in_words=said_rule(query.point, text, declared).sentence,
        arguments={it.name: _kept(it, values[it.name], pointed) for it in source.parameters},
    )


def _kept(parameter: Parameter, value: Any, pointed: set[str]) -> Any:
    """An argument as JSON holds it, so that it is read again as it was: 10.0 is not 10 in a rule's text."""
    shown = parameter.as_json(value)
    return f"{shown}.0" if parameter.name in pointed and is_whole(value) else shown


def _made(
    query: FillTemplate,
    source: TemplateSource,
    values: Mapping[str, Any],
    pointed: set[str],
    declared: Declared,
) -> tuple[RuleText, CheckedRule]:
    """
    The rule, and whether it is sound: with 10 instead of 10.0, as people write it, where that says the same.

    What is `pointed` was written with a point, and stays so.
    """
    whole = {name for name, it in values.items() if is_whole(it)} - pointed
    if whole and not _divides(source):
        text = _instance(query, source, values, whole)
        sound = checked(query.point, text, declared)
        if not sound.faults:
            return text, sound
    text = _instance(query, source, values, set())
    return text, checked(query.point, text, declared)


def _instance(
    query: FillTemplate, source: TemplateSource, values: Mapping[str, Any], whole: set[str]
) -> RuleText:
    parameters = tuple(
        Parameter(it.name, "int") if it.name in whole else it for it in source.parameters
    )
    given = {name: int(it) if name in whole else it for name, it in values.items()}
    made = instantiate(
        replace(source, parameters=parameters), given, rule_id=query.rule_id, version=query.version
    )
    rule = made.rule
    return RuleText(
        rule_id=rule.id,
        version=rule.version,
        name=rule.name,
        reason=rule.reason,
        condition=rule.condition,
        effects=tuple(EffectText(it.kind, dict(it.params)) for it in rule.effects),
        priority=rule.priority,
        order=rule.order,
        group=rule.group,
        stop=rule.stop,
    )


def is_whole(value: Any) -> bool:
    """Whether an argument is a number without a fraction, which is written without a point."""
    return isinstance(value, Decimal) and value == int(value) and abs(value) < MOST_WHOLE


def _divides(source: TemplateSource) -> bool:
    """Whether it matters if a number is whole: whole numbers divide otherwise."""
    texts = [source.rule.condition]
    texts += [text for effect in source.rule.effects for text in effect.params.values()]
    divisions = {"/", "%"}
    return any(
        isinstance(node, Binary) and node.operator in divisions
        for text in texts
        for node in walk(parse(text))
    )


def _source_of(template: TemplateText) -> TemplateSource:
    rule = source_of(msgspec.structs.replace(template.rule, rule_id="template", version=0))
    parameters = tuple(map(parameter_of, template.parameters))
    return TemplateSource("template", 0, template.name, parameters, rule)


def _hash_of(template: TemplateText, source: TemplateSource) -> str:
    """Of the engine's content, and of what people read in the form: labels and help guide what they fill in."""
    said_to_people = [template.about, msgspec.to_builtins(template.parameters)]
    return content_hash(json.dumps([template_hash(source), *said_to_people], sort_keys=True))


def _with_parameters(schema: Schema, template: TemplateText) -> Schema:
    """The point's facts, and the parameters beside them as if they were facts of their types."""
    variables = {it.name: TYPES[it.kind] for it in template.parameters}
    return Schema(schema.records, {**schema.variables, **variables}, schema.attributes)


def _in_words(point: str, template: TemplateText, condition: Node, wider: Schema) -> str:
    """What the template says, with the labels of its parameters where their values will stand."""
    opened = open_point(point)
    labelled = {
        it.name: Fact(
            TYPES[it.kind], label=f"[{_BRACKETS.sub('', it.label)}]", unit=_UNITS.get(it.kind, "")
        )
        for it in template.parameters
    }
    scope = Scope(msgspec.structs.replace(opened, facts={**opened.facts, **labelled}))
    effects = {it.kind: it.params for it in opened.effects}
    params = [
        {
            name: check_expression(written, wider, effects[effect.kind][name].type.rstrip("?")).tree
            for name, written in effect.params.items()
        }
        for effect in template.rule.effects
    ]
    sentence = said(template.rule, condition, params, scope)
    return _MARKED.sub(lambda found: found[1] or found[2], sentence)


def _compared(condition: Node, names: set[str]) -> Iterator[tuple[str, str]]:
    """Of each parameter the first fact that it is compared with."""
    found: dict[str, str] = {}
    for node in walk(condition):
        match node:
            case (
                Binary(operator="==" | "!=" | "in", left=Field() as fact, right=Name(name=name))
                | Binary(operator="in", left=Name(name=name), right=Field() as fact)
                | Call(target=Field() as fact, arguments=(Name(name=name),))
            ) if name in names:
                found.setdefault(name, canonical(fact))
    yield from found.items()
