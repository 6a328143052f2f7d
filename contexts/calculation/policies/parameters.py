"""
The parameters of a template as people state them, and what is filled in: what is wrong with each, and what the engine takes.

What this cannot do: bound one argument by another.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from contexts.calculation.engine import DefinitionError, Schema
from contexts.calculation.engine.arguments import ArgumentRefused, Parameter, read_argument
from contexts.calculation.engine.schema import check_name
from contexts.calculation.engine.templates import TemplateSource
from contexts.calculation.messages import Fault
from shared_kernel.decisions import TemplateParameter, TemplateText

MOST_PARAMETERS = 30
MOST_CHARACTERS = {"name": 60, "label": 120, "help": 400, "least": 40, "most": 40}
MOST_CHOICES = 100
MOST_CHOICE = 200  # characters
TYPES = {
    "number": "int", "decimal": "decimal", "money": "decimal", "percent": "decimal",
    "text": "string", "choice": "string", "list": "list(string)", "moment": "timestamp", "yes_no": "bool",
}  # fmt: skip
_BETWEEN = {"percent": ("0", "100"), "money": ("0", "")}  # where a parameter says no bounds
_WHOLE = re.compile(r"-?[0-9]{1,19}\Z")


def out_of_bounds(template: TemplateText) -> Iterator[Fault]:
    """
    Where a parameter is larger than any form shows, or of a kind that there is not.

    It is asked of what is written anew: a template that was approved once is still filled in.
    """
    for number, it in enumerate(template.parameters):
        at = f"/parameters/{number}"
        for part, most in MOST_CHARACTERS.items():
            if len(getattr(it, part)) > most:
                yield Fault(pointer=f"{at}/{part}", message=f"at most {most} characters")
        if it.kind not in TYPES:
            yield Fault(pointer=f"{at}/kind", message="choose one of the kinds there are")
        if len(it.choices) > MOST_CHOICES or any(len(one) > MOST_CHOICE for one in it.choices):
            why = f"at most {MOST_CHOICES} choices of at most {MOST_CHOICE} characters"
            yield Fault(pointer=f"{at}/choices", message=why)


def faulty_parameters(template: TemplateText, schema: Schema) -> Iterator[Fault]:
    """What is wrong with the parameters themselves, each at its place."""
    if len(template.parameters) > MOST_PARAMETERS:
        yield Fault(pointer="/parameters", message=f"at most {MOST_PARAMETERS} parameters")
        return
    seen: set[str] = set()
    for number, it in enumerate(template.parameters):
        at = f"/parameters/{number}"
        try:
            check_name(it.name, what="parameter")
        except DefinitionError as error:
            yield Fault(pointer=f"{at}/name", message=str(error))
            continue
        if it.name in seen or it.name in schema.variables:
            why = "is there already" if it.name in seen else "is a fact"
            yield Fault(
                pointer=f"{at}/name", message=f"{it.name} {why}: name the parameter otherwise"
            )
        seen.add(it.name)
        if not it.label.strip():
            yield Fault(pointer=f"{at}/label", message="say what the form calls it")
        if it.kind == "choice" and not it.choices:
            yield Fault(pointer=f"{at}/choices", message="name what there is to choose from")
        try:
            parameter_of(it).check()
        except DefinitionError as error:
            yield Fault(pointer=f"{at}/{_part_of(it)}", message=_without_name(str(error), it.name))


def _part_of(parameter: TemplateParameter) -> str:
    """Where its fault is: at its bounds if it is sound without its default, else at its default."""
    bare = msgspec.structs.replace(parameter, default=None)
    try:
        parameter_of(bare).check()
    except DefinitionError:
        return "least" if parameter.least else "most" if parameter.most else "choices"
    return "default"


def faulty_arguments(source: TemplateSource, given: Mapping[str, Any]) -> Iterator[Fault]:
    """What is wrong with what is filled in, each at its argument."""
    known = {it.name: it for it in source.parameters}
    for name in given.keys() - known.keys():
        takes = ", ".join(known) or "none"
        yield Fault(
            pointer=f"/arguments/{name:.80}", message=f"there is no such parameter, but {takes}"
        )
    for name, parameter in known.items():
        try:
            read_argument(parameter, given)
        except ArgumentRefused as error:
            yield Fault(
                pointer=f"/arguments/{name}",
                message="it needs a value"
                if given.get(name) is None
                else _without_name(str(error), name),
            )


def _without_name(message: str, name: str) -> str:
    return message.removeprefix(f"{name}: ")


def parameter_of(it: TemplateParameter) -> Parameter:
    """The parameter as the engine takes it."""
    low, high = _BETWEEN.get(it.kind, ("", ""))
    return Parameter(
        name=it.name,
        type=TYPES[it.kind],
        words=it.label,
        least=_bound(it, it.least or low),
        most=_bound(it, it.most or high),
        allowed=it.choices if it.kind == "choice" else (),
        default=_read(it.kind, it.default),
    )


def _bound(it: TemplateParameter, written: str) -> Any:
    if not written:
        return None
    sized = it.kind in {"number", "text", "choice", "list"}
    return int(written) if sized and _WHOLE.match(written) else written


def _read(kind: str, raw: Any) -> Any:
    """What a form gives as text, as the engine takes it."""
    if isinstance(raw, tuple):
        return list(raw)
    if isinstance(raw, str):
        raw = raw.strip() if kind not in {"text", "choice"} else raw
        if kind == "number" and _WHOLE.match(raw):
            return int(raw)
        if kind == "yes_no" and raw in {"true", "false"}:
            return raw == "true"
    return raw


def read_as_given(template: TemplateText, name: str, raw: Any) -> Any:
    """An argument, with the texts that a form gives read as what they are to be."""
    kind = next((it.kind for it in template.parameters if it.name == name), "")
    return _read(kind, raw)
