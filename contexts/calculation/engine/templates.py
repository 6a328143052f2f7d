"""
Templates: a rule with typed parameters, and its instances with arguments in their places.

An argument becomes a literal in the tree; no text is put into a text, so an argument is never more than a value. A
template is checked once with its parameters as facts of their types, each instance again with its literals. What
this cannot do: leave out or repeat a part of the rule; a parameter stands for a value, not for a condition.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Final

from .arguments import ArgumentRefused, Parameter, in_words, literal, read_argument
from .canonical import canonical, content_hash
from .errors import DefinitionError, ExpressionError, keyed, listed
from .nodes import Has, Name, Node, walk
from .parser import parse
from .rules import CompiledRule, EffectSource, EffectType, RuleSource, compile_rule
from .schema import Schema, check_name

_PLACE: Final = re.compile(r"\{([A-Za-z_]\w*)\}", re.ASCII)


@dataclass(frozen=True, slots=True)
class TemplateSource:
    """
    A template as written: in its rule's expressions a parameter stands by its name, in name and reason as `{name}`.

    The rule's own id and version are those of no instance.
    """

    id: str
    version: int
    name: str
    parameters: tuple[Parameter, ...]
    rule: RuleSource

    def to_json(self) -> dict[str, Any]:
        """Return the template as values that JSON can hold."""
        parameters = [it.to_json() for it in self.parameters]
        return {
            "id": self.id,
            "version": self.version,
            "name": self.name,
            "parameters": parameters,
            "rule": self.rule.to_json(),
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "TemplateSource":
        """
        Read a template from what `to_json` gave.

        Raises:
            DefinitionError: a key is missing, unknown, or its value is of another type.

        """
        known = [item.name for item in fields(cls)]
        keyed(document, "a template", known)
        if missing := set(known) - set(document):
            raise DefinitionError(f"the template has no {min(missing)}")
        template = cls(
            document["id"],
            document["version"],
            document["name"],
            tuple(map(Parameter.from_json, listed(document["parameters"], "parameters"))),
            RuleSource.from_json(document["rule"]),
        )
        _check_shape(template)
        return template


@dataclass(frozen=True, slots=True)
class Instance:
    """A rule made from a template; it remembers which, in which version, with which arguments."""

    rule: RuleSource
    template: str
    template_version: int
    arguments: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the instance as values that JSON can hold."""
        return {**asdict(self), "rule": self.rule.to_json(), "arguments": dict(self.arguments)}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Instance":
        """
        Read an instance from what `to_json` gave; its rule is the one that was made then.

        Raises:
            DefinitionError: a key is missing, unknown, or its value is of another type.

        """
        keyed(document, "an instance", [item.name for item in fields(cls)])
        template, version = document.get("template"), document.get("template_version")
        if not isinstance(template, str) or type(version) is not int:
            raise DefinitionError(
                "an instance names its template, a string, and its version, an int"
            )
        arguments = document.get("arguments")
        if not isinstance(arguments, Mapping) or "rule" not in document:
            raise DefinitionError("an instance has a rule, and arguments by their names")
        rule = RuleSource.from_json(document["rule"])
        return cls(rule, template, version, dict(arguments))


def check_template(
    template: TemplateSource, schema: Schema, effect_types: Iterable[EffectType]
) -> CompiledRule:
    """
    Check a template against a decision point, its parameters being facts of their types.

    Raises:
        ExpressionError: an expression is wrong, or a loop's variable is named as a parameter.
        DefinitionError: a parameter is named as a fact, is not used, or its bounds are no values of its type.

    """
    _check_shape(template)
    names = {parameter.name for parameter in template.parameters}
    if clash := names & schema.variables.keys():
        raise DefinitionError(f"{min(clash)} is a fact: name the parameter otherwise")
    for text in _expressions(template.rule):
        for node in walk(parse(text)):
            if (
                isinstance(node, Has)
                and isinstance(node.target, Name)
                and node.target.name in names
            ):
                name = node.target.name
                raise DefinitionError(f"has({name}): a parameter is always given, leave it out")
    used = {it for text in _expressions(template.rule) for it in _names(parse(text))}
    for text in (template.rule.name, template.rule.reason):
        places = set(_PLACE.findall(text))
        if unknown := places - names:
            raise DefinitionError(
                f"{{{min(unknown)}}} is no parameter: use {', '.join(sorted(names))}"
            )
        used |= places
    if unused := names - used:
        raise DefinitionError(f"the parameter {min(unused)} is not used: take it out")
    variables = {it.name: it.type for it in template.parameters}
    wider = Schema(schema.records, {**schema.variables, **variables}, schema.attributes)
    return compile_rule(template.rule, wider, effect_types)


def instantiate(
    template: TemplateSource, arguments: Mapping[str, Any], *, rule_id: str, version: int
) -> Instance:
    """
    Return the template's rule with these arguments in the places of its parameters.

    Arguments are values of their types or as JSON holds them: a decimal or a time may be a string.

    Raises:
        ArgumentRefused: an argument is unknown, missing, of another type or out of its bounds.
        ExpressionError: an expression of the template cannot be read.

    """
    known = {parameter.name: parameter for parameter in template.parameters}
    if unknown := set(arguments) - set(known):
        name = min(unknown, key=str)
        takes = ", ".join(known) or "none"
        raise ArgumentRefused(str(name), f'"{template.name}" has no such parameter, but {takes}')
    values = {name: read_argument(it, arguments) for name, it in known.items()}
    literals = {name: literal(value) for name, value in values.items()}
    shown = {name: in_words(value) for name, value in values.items()}
    rule = template.rule
    cap = rule.cap
    made = replace(
        rule,
        id=rule_id,
        version=version,
        name=_filled(rule.name, shown),
        reason=_filled(rule.reason, shown),
        condition=_put(rule.condition, literals, "condition"),
        effects=tuple(
            EffectSource(
                effect.kind,
                {
                    name: _put(text, literals, f"effects[{number}].{name}")
                    for name, text in effect.params.items()
                },
                effect.base,
            )
            for number, effect in enumerate(rule.effects)
        ),
        cap=cap
        and replace(
            cap, **{n: _put(text, literals, f"cap.{n}") for n, text in cap.texts().items()}
        ),
    )
    kept = {name: known[name].as_json(value) for name, value in values.items()}
    return Instance(made, template.id, template.version, kept)


def template_hash(template: TemplateSource) -> str:
    """Return the SHA-256 of what a template says; its id and version are not part of it."""
    said = [template.name, [it.to_json() for it in template.parameters], template.rule.content_hash]
    return content_hash(json.dumps(said, sort_keys=True, separators=(",", ":")))


def _put(text: str, literals: Mapping[str, Node], where: str) -> str:
    try:
        return canonical(with_literals(parse(text), literals))
    except ExpressionError as error:
        raise error.at(where) from None


def with_literals(node: Node, literals: Mapping[str, Node]) -> Node:
    """Return a tree in which literals stand in the places of names."""
    if isinstance(node, Name):
        return literals.get(node.name, node)
    changed = {
        item.name: _within(getattr(node, item.name), literals)
        for item in fields(node)
        if item.name not in {"span", "depth", "type"}
    }
    return replace(node, **changed)


def _within(part: Any, literals: Mapping[str, Node]) -> Any:
    if isinstance(part, Node):
        return with_literals(part, literals)
    if isinstance(part, tuple):
        return tuple(_within(it, literals) for it in part)
    return part


def _filled(words: str, shown: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda found: shown.get(found[1], found[0]), words)


def _expressions(rule: RuleSource) -> list[str]:
    texts = [rule.condition, *(it for effect in rule.effects for it in effect.params.values())]
    return texts + (list(rule.cap.texts().values()) if rule.cap else [])


def _names(node: Node) -> set[str]:
    if isinstance(node, Name):
        return {node.name}
    found: set[str] = set()
    for item in fields(node):
        parts: list[Any] = [getattr(node, item.name)]
        while parts:
            part = parts.pop()
            if isinstance(part, Node):
                found |= _names(part)
            elif isinstance(part, tuple):
                parts += part
    return found


def _check_shape(template: TemplateSource) -> None:
    if not all(isinstance(it, str) for it in (template.id, template.name)) or not template.id:
        raise DefinitionError("a template's id and name are strings, its id not empty")
    if type(template.version) is not int:
        raise DefinitionError("a template's version is an int")
    names = [check_name(it.name, what="parameter") for it in template.parameters]
    if len(set(names)) < len(names):
        raise DefinitionError("a template has each parameter once")
    for parameter in template.parameters:
        parameter.check()
