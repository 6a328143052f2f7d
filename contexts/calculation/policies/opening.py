"""
The template that a rule is with some of its values left open, held against the rule: filled in with its defaults, the
template says word for word what the rule says, or there is a fault.

A value is named by its place, such as `/condition@17` or `/effects/0/params/percent@0`: the part of the rule and the
character at which it begins. What this cannot do: leave a part of a condition out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from msgspec import structs

from contexts.calculation.engine.arguments import in_words
from contexts.calculation.engine.nodes import Call, ListOf, Literal, Node, walk
from contexts.calculation.engine.parser import parse
from contexts.calculation.messages import Fault, FillTemplate, OpenBlank, OpenBlanks, OpenedTemplate
from contexts.calculation.policies.attributes import Declared
from contexts.calculation.policies.checking import checked
from contexts.calculation.policies.templating import checked_template, filled_template
from shared_kernel.decisions import EffectText, RuleText, TemplateParameter, TemplateText

MOST: Final = 100  # places
_PLACE: Final = re.compile(
    r"(?P<pointer>/condition|/effects/[0-9]{1,4}/params/\w{1,80})@(?P<at>[0-9]{1,6})"
)
_OTHERWISE: Final = "Filled in with these values it would not be the rule any more: choose another kind, or leave fewer values open."


def opened(query: OpenBlanks, declared: Declared = ()) -> OpenedTemplate:
    """
    The template that a rule is with values left open; every faulty blank is named.

    Raises:
        UnknownPoint.

    """
    rule = checked(query.point, query.text, declared)
    if rule.faults:
        return OpenedTemplate(faults=rule.faults)
    if query.text.table or not 0 < len(query.blanks) <= MOST:
        some = f"leave at least one value open, at most {MOST}"
        why = "a rule with a table is no template" if query.text.table else some
        return OpenedTemplate(faults=(Fault(pointer="/parameters", message=why),))
    parts = {at: _values_of(written) for at, written in _parts(query.text).items()}
    found = {number: _found(it, parts) for number, it in enumerate(query.blanks)}
    faults = tuple(_faults(query.blanks, found))
    if faults:
        return OpenedTemplate(faults=faults)
    template = _template(query, {it: node for it, node in found.items() if node is not None})
    said = checked_template(query.point, template, declared)
    if said.faults:
        return OpenedTemplate(faults=tuple(_at_blank(it, query, template) for it in said.faults))
    filled = filled_template(
        FillTemplate(
            point=query.point, template=template, arguments={},
            rule_id=query.text.rule_id or "rule", version=query.text.version,
        ),
        declared,
    )  # fmt: skip
    if filled.faults or filled.content_hash != rule.content_hash:
        return OpenedTemplate(faults=(Fault(pointer="/parameters", message=_OTHERWISE),))
    return OpenedTemplate(template=template)


def is_value(node: Node) -> bool:
    """Whether a part of the tree is a value that a parameter may stand for."""
    match node:
        case Literal(kind="int" | "decimal" | "string" | "bool"):
            return True
        case ListOf():
            return bool(texts_in(node))
        case Call(function="timestamp", target=None, arguments=(Literal(),)):
            return True
    return False


def texts_in(node: Node) -> tuple[str, ...]:
    """The texts of a list of nothing else; nothing where a form with one a line or commas would read others."""
    items = node.items if isinstance(node, ListOf) else ()
    texts = tuple(it.value for it in items if isinstance(it, Literal) and isinstance(it.value, str))
    sound = all(it and it == it.strip() and not set(it) & set(",\n\r") for it in texts)
    return texts if sound and len(texts) == len(items) else ()


def value_in(node: Node) -> str | bool | tuple[str, ...] | None:
    """A value of the tree as a parameter has it as its default; nothing for what is none."""
    match node:
        case Literal(kind="bool", value=bool(is_so)):
            return is_so
        case Literal(kind="string", value=str(text)):
            return text
        case ListOf():
            return texts_in(node)
        case Call(function="timestamp", target=None, arguments=(Literal(value=str(moment)),)):
            return moment
    return None


def _values_of(source: str) -> dict[int, Node]:
    """The values of an expression that is sound, by the characters at which they begin."""
    return {it.span[0]: it for it in walk(parse(source)) if is_value(it)}


def _found(blank: OpenBlank, parts: Mapping[str, dict[int, Node]]) -> tuple[str, Node] | None:
    """The part of the rule and the value in it that a blank is about."""
    place = _PLACE.fullmatch(blank.place)
    node = parts.get(place["pointer"], {}).get(int(place["at"])) if place else None
    return (place["pointer"], node) if place and node else None


def _parts(text: RuleText) -> dict[str, str]:
    """The expressions of a rule by their pointers."""
    params = {
        f"/effects/{number}/params/{name}": written
        for number, effect in enumerate(text.effects)
        for name, written in effect.params.items()
    }
    return {"/condition": text.condition, **params}


def _faults(
    blanks: tuple[OpenBlank, ...], found: Mapping[int, tuple[str, Node] | None]
) -> Iterator[Fault]:
    """What is wrong with the blanks beside the parameters themselves."""
    first: dict[str, tuple[TemplateParameter, Node]] = {}
    places: set[tuple[str, int]] = set()
    for number, blank in enumerate(blanks):
        here = found[number]
        place = (here[0], here[1].span[0]) if here else None  # however its number is written
        if here is None or place is None or place in places:
            why = "is left open twice" if here else "is no value of this rule; load the page again"
            yield Fault(pointer=f"/parameters/{number}/place", message=f"{blank.place} {why}")
            continue
        places.add(place)
        before = first.setdefault(blank.parameter.name, (blank.parameter, here[1]))
        same = before[1] == here[1] and before[0].kind == blank.parameter.kind
        if not same:
            message = f"{blank.parameter.name} stands for another value already: name it otherwise"
            yield Fault(pointer=f"/parameters/{number}/name", message=message)


def _template(query: OpenBlanks, found: Mapping[int, tuple[str, Node]]) -> TemplateText:
    """The rule's text with names in the places of values, and the parameters that they name."""
    parts = _parts(query.text)
    parameters: dict[str, TemplateParameter] = {}
    cuts = []
    for number, (pointer, node) in found.items():
        given = query.blanks[number].parameter
        written = parts[pointer][slice(*node.span)]
        parameters.setdefault(given.name, _with_default(given, node, written))
        cuts.append((pointer, node.span, given.name))
    words = {it.name: _shown(it) for it in parameters.values()}
    for pointer, (start, end), name in sorted(cuts, key=lambda it: it[1], reverse=True):
        parts[pointer] = parts[pointer][:start] + name + parts[pointer][end:]
    rule = structs.replace(
        query.text,
        rule_id="",
        version=0,
        name=_opened_words(query.text.name, words),
        reason=_opened_words(query.text.reason, words),
        condition=parts["/condition"],
        effects=tuple(
            EffectText(
                effect.kind,
                {name: parts[f"/effects/{number}/params/{name}"] for name in effect.params},
            )
            for number, effect in enumerate(query.text.effects)
        ),
    )
    return TemplateText(query.called, query.about, tuple(parameters.values()), rule)


def _with_default(given: TemplateParameter, node: Node, written: str) -> TemplateParameter:
    """The parameter with the rule's own value as its default, and among its choices."""
    value = value_in(node)
    default: Any = written if value is None else value
    choices = given.choices
    if given.kind == "choice" and isinstance(default, str) and default not in choices:
        choices = (default, *choices)
    return structs.replace(given, default=default, choices=choices)


def _shown(parameter: TemplateParameter) -> str:
    """Its default as it stands in a rule's name once it is filled in; nothing for what is not looked for there."""
    default = parameter.default
    if isinstance(default, str) and parameter.kind in {"percent", "money", "decimal", "number"}:
        return default.rstrip("0").rstrip(".") if "." in default else default
    if isinstance(default, tuple):
        return in_words(list(default))
    return default if isinstance(default, str) and parameter.kind in {"text", "choice"} else ""


def _opened_words(written: str, words: Mapping[str, str]) -> str:
    """A name or reason with `{parameter}` where the value stands as a word by itself; the longest first, each once."""
    taken: list[tuple[int, int, str]] = []
    for name, shown in sorted(words.items(), key=lambda it: -len(it[1])):
        if not shown:
            continue
        alone = rf"(?<![\w{{])(?<!\d[.,]){re.escape(shown)}(?!\w|[.,]\d|\}})"
        for place in re.finditer(alone, written):
            if all(place.end() <= start or end <= place.start() for start, end, _ in taken):
                taken.append((*place.span(), name))
                break
    for start, end, name in sorted(taken, reverse=True):
        written = f"{written[:start]}{{{name}}}{written[end:]}"
    return written


def _at_blank(fault: Fault, query: OpenBlanks, template: TemplateText) -> Fault:
    """A fault of the template's parameter at the blank that it came from: several may be of one parameter."""
    _, _, rest = fault.pointer.partition("/parameters/")
    number, _, part = rest.partition("/")
    if not number.isdecimal():
        return fault
    parameter = template.parameters[int(number)]
    at = next(i for i, it in enumerate(query.blanks) if it.parameter.name == parameter.name)
    bound = "most" if parameter.most else "least" if parameter.least else "kind"
    where = bound if part == "default" else part  # the value is what it is
    return structs.replace(fault, pointer=f"/parameters/{at}/{where}")
