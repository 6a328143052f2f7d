"""
The values of a rule that could be left open, so that it is a template: which they are, and what each would become.

Offered are numbers, texts, lists of texts, moments and yes or no, each at its place in the text and only if the rule
comes back word for word when it is filled in again. What this cannot do: see that two values mean one thing, and offer
what is no value (an operator, a fact, a pattern that has to stand in the text), or the cells of a decision table.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from msgspec import structs

from contexts.calculation.engine import DefinitionError, Schema, check_expression
from contexts.calculation.engine.arguments import literal
from contexts.calculation.engine.nodes import (
    Binary,
    Call,
    Field,
    Index,
    ListOf,
    Literal,
    Macro,
    Name,
    Node,
    children,
    walk,
)
from contexts.calculation.engine.parser import parse
from contexts.calculation.messages import Blank, Blanks, Fault, OpenBlank, OpenBlanks
from contexts.calculation.policies.attributes import Declared
from contexts.calculation.policies.checking import faults_of
from contexts.calculation.policies.opening import is_value, opened, texts_in
from contexts.calculation.policies.parameters import (
    MOST_PARAMETERS,
    parameter_of,
    read_as_given,
)
from contexts.calculation.policies.points import open_point, schema_of
from contexts.calculation.policies.templating import is_whole
from contexts.calculation.policies.words import Scope
from contexts.calculation.policies.words.naming import fact_of, own_name, plain
from shared_kernel.decisions import DecisionPoint, Fact, RuleText, TemplateParameter, TemplateText

MOST: Final = 60  # values that are looked at
MOST_TRIES: Final = 12  # of finding those that can be left open, where not all can
NOBODY: Final = RuleText("", 0, "", "", "true", ())
AROUND: Final = 60  # characters on either side of a value
_NO_TABLE: Final = (
    "A template has effects, and this rule a decision table; choose a rule without one."
)
_WORD: Final = re.compile(r"[a-z][a-z0-9_]*")
_UNITS: Final = {"%": "percent", "money": "money"}


@dataclass(frozen=True)
class _Value:
    """A value as it stands: the part of the rule, the node, and the fact or argument that it is about."""

    pointer: str
    source: str
    node: Node
    about: str
    fact: Fact | None

    @property
    def written(self) -> str:
        return self.source[slice(*self.node.span)]


def blanks_of(point: str, text: RuleText, declared: Declared = ()) -> Blanks:
    """
    The values of a rule that could be left open, in the order they are written.

    Raises:
        UnknownPoint.

    """
    if text.table:
        return Blanks(faults=(Fault(pointer="/table", message=_NO_TABLE),))
    schema = schema_of(point, declared)
    faults = tuple(faults_of(point, text, schema))
    if faults:
        return Blanks(faults=faults)
    values = list(_values(open_point(point), text, schema))[:MOST]
    taken = {*schema.variables, *_loops(values)}
    divides = any(_divides(it) for it in {value.source for value in values})
    found: list[Blank] = []
    for value in values:
        blank = _blank(value, taken, divides=divides)
        if blank is not None:
            taken.add(blank.parameter.name)
            found.append(blank)
    tries = iter(range(MOST_TRIES))
    parts = [found[at : at + MOST_PARAMETERS] for at in range(0, len(found), MOST_PARAMETERS)]
    query = OpenBlanks(point, structs.replace(text, name="…", reason="…"), "…", "", ())
    return Blanks(blanks=tuple(it for part in parts for it in _sound(part, query, declared, tries)))


def _sound(
    blanks: list[Blank], query: OpenBlanks, declared: Declared, tries: Iterator[int]
) -> list[Blank]:
    """Those that can be left open, together and so each by itself; where they cannot, each half is asked."""
    if not blanks or next(tries, None) is None:
        return []
    asked = tuple(OpenBlank(it.place, it.parameter) for it in blanks)
    if not opened(structs.replace(query, blanks=asked), declared).faults:
        return blanks
    half = len(blanks) // 2
    return [
        it
        for part in (blanks[:half], blanks[half:])
        if half
        for it in _sound(part, query, declared, tries)
    ]


def _blank(value: _Value, taken: set[str], *, divides: bool) -> Blank | None:
    """The value with the first kind of parameter that gives it back as it is written; nothing if none does."""
    start, end = value.node.span
    for kind, default in _kinds(value):
        parameter = TemplateParameter(
            name=_free(value.about, taken),
            kind=kind,  # type: ignore[arg-type]  # one of those below
            label=value.about[:1].upper() + value.about[1:],
            default=default,
        )
        if _given_back(parameter, divides=divides) == value.node:
            return Blank(
                place=f"{value.pointer}@{start}",
                written=value.written,
                before=value.source[max(0, start - AROUND) : start],
                after=value.source[end : end + AROUND],
                about=value.about,
                parameter=parameter,
            )
    return None


def _given_back(parameter: TemplateParameter, *, divides: bool) -> Node | None:
    """What stands in the rule once the parameter is filled in with its default; nothing if it refuses it."""
    default = parameter.default
    asks = TemplateText("", "", (parameter,), NOBODY)
    try:
        read = parameter_of(parameter).read(read_as_given(asks, parameter.name, default))
    except DefinitionError:
        return None
    pointed = isinstance(default, str) and "." in default
    return literal(int(read) if is_whole(read) and not pointed and not divides else read)


def _divides(source: str) -> bool:
    return any(isinstance(it, Binary) and it.operator in {"/", "%"} for it in walk(parse(source)))


def _kinds(value: _Value) -> Iterator[tuple[str, str | tuple[str, ...]]]:
    """What a value may become, the likeliest first, with its default."""
    fact = value.fact
    match value.node:
        case Literal(kind="int" | "decimal" as kind):
            if fact is not None and fact.unit in _UNITS:
                yield _UNITS[fact.unit], value.written
            if kind == "decimal" or (fact is not None and fact.type.rstrip("?") == "decimal"):
                yield "decimal", value.written
            if kind == "int":
                yield "number", value.written
        case Literal(kind="string", value=str(said)) if said and said == said.strip():
            yield "text", said
        case Literal(kind="bool", value=is_so):
            yield "yes_no", "true" if is_so else "false"
        case ListOf():
            yield "list", texts_in(value.node)
        case Call(arguments=(Literal(value=str(moment)),)):
            yield "moment", moment


def _values(point: DecisionPoint, text: RuleText, schema: Schema) -> Iterator[_Value]:
    """Every value of the rule, with what it is about."""
    scope = Scope(point)
    effects = {it.kind: it.params for it in point.effects}
    tree = check_expression(text.condition, schema).tree
    if not isinstance(tree, Literal):  # `true` is no value but the lack of a condition
        for node, about, fact in _within(tree, scope):
            yield _Value("/condition", text.condition, node, about, fact)
    for number, effect in enumerate(text.effects):
        for name, written in effect.params.items():
            argument = effects[effect.kind][name]
            inner = check_expression(written, schema, argument.type.rstrip("?")).tree
            at = f"/effects/{number}/params/{name}"
            if is_value(inner):
                label = argument.label or plain(name)
                yield _Value(at, written, inner, label, argument)
                continue
            for node, about, fact in _within(inner, scope):
                yield _Value(at, written, node, about or plain(name), fact)


def _within(
    node: Node, scope: Scope, beside: Node | None = None
) -> Iterator[tuple[Node, str, Fact | None]]:
    """The values below a node, each with the name of the fact beside it."""
    if is_value(node):
        about, fact = _about(beside, scope)
        yield node, about, fact
        return
    for child in children(node):
        if isinstance(node, Index) and child is node.key:
            continue  # the name of an attribute
        yield from _within(child, scope, _beside(node, child, beside))


def _beside(node: Node, child: Node, beside: Node | None) -> Node | None:
    """What a part of a comparison is compared with; inside a list or a call, with what that is."""
    match node:
        case Binary(left=left, right=right):
            return left if child is right else right
        case Call(target=Node() as target) if child is not target:
            return target
        case ListOf():
            return beside
    return None


def _about(beside: Node | None, scope: Scope) -> tuple[str, Fact | None]:
    match beside:
        case Field() | Index():
            return own_name(beside, scope) or "value", fact_of(beside, scope)
        case Name(name=name):
            fact = fact_of(beside, scope)
            return (fact.label if fact else "") or plain(name), fact
        case Call(function="size"):
            return "number", None
        case Call(function="sum"):
            facts = (fact_of(it, scope) for it in walk(beside))
            return "sum", next((it for it in facts if it is not None and it.unit), None)
        case Call(target=Node() as target):
            return _about(target, scope)[0], None
    return "value", None


def _loops(values: list[_Value]) -> set[str]:
    """The variables of loops, which no parameter may be named as."""
    found: set[str] = set()
    for source in {it.source for it in values}:
        found |= {it.variable for it in walk(parse(source)) if isinstance(it, Macro)}
    return found


def _free(about: str, taken: set[str]) -> str:
    """A name for the parameter that nothing else has."""
    plain_ = re.sub(r"[^a-z0-9]+", "_", about.lower()).strip("_")
    name = plain_ if _WORD.fullmatch(plain_) else "value"
    number, found = 2, name[:56]
    while found in taken:
        found, number = f"{name[:56]}_{number}", number + 1
    return found
