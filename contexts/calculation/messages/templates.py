"""Templates: checked, filled in, and made of rules."""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec

from contexts.calculation.messages.checking import Fault
from shared_kernel.bus import Query
from shared_kernel.decisions import RuleText, TemplateParameter, TemplateText


class CheckedTemplate(msgspec.Struct, frozen=True):
    """
    Either faults, or the hash of a template's content and what it says, each parameter by its label.

    `compared` tells of a parameter with which fact it is compared, by the fact's path: there values may be suggested.
    """

    faults: tuple[Fault, ...] = ()
    content_hash: str = ""
    in_words: str = ""
    compared: dict[str, str] = {}


class CheckTemplate(Query[CheckedTemplate], frozen=True):
    """Is this template sound for that decision point, and what does it say?"""

    name: ClassVar = "calculation.check-template.v1"
    point: str
    template: TemplateText


class FilledTemplate(msgspec.Struct, frozen=True):
    """
    A template's rule with arguments in the places of its parameters; or what is wrong with each.

    A fault about an argument points to `/arguments/NAME`. `arguments` are those read, as JSON holds them.
    """

    faults: tuple[Fault, ...] = ()
    text: RuleText | None = None
    content_hash: str = ""
    in_words: str = ""
    arguments: dict[str, Any] = {}


class FillTemplate(Query[FilledTemplate], frozen=True):
    """Which rule is this template with these arguments? They become values in it, never text."""

    name: ClassVar = "calculation.fill-template.v1"
    point: str
    template: TemplateText
    arguments: dict[str, Any]
    rule_id: str
    version: int


class Blank(msgspec.Struct, frozen=True):
    """
    A value of a rule that could be left open: `written` stands at `place`, between `before` and `after`.

    `parameter` is what it would become as far as that can be guessed; its default is the value.
    """

    place: str
    written: str
    before: str
    after: str
    about: str
    parameter: TemplateParameter


class Blanks(msgspec.Struct, frozen=True):
    """The values of a rule that could be left open, as they stand; or why there are none."""

    blanks: tuple[Blank, ...] = ()
    faults: tuple[Fault, ...] = ()


class ListBlanks(Query[Blanks], frozen=True):
    """Which values of this rule could be left open, each by itself, so that it is a template?"""

    name: ClassVar = "calculation.list-blanks.v1"
    point: str
    text: RuleText


class OpenBlank(msgspec.Struct, frozen=True):
    """A value that is left open, and the parameter in its place; several places may have one parameter by its name."""

    place: str
    parameter: TemplateParameter


class OpenedTemplate(msgspec.Struct, frozen=True):
    """The template that a rule is with values left open; or faults, those of a blank at `/parameters/NUMBER/…`."""

    template: TemplateText | None = None
    faults: tuple[Fault, ...] = ()


class OpenBlanks(Query[OpenedTemplate], frozen=True):
    """Which template is this rule with these values left open? Filled in with its defaults it says what the rule says."""

    name: ClassVar = "calculation.open-blanks.v1"
    point: str
    text: RuleText
    called: str
    about: str
    blanks: tuple[OpenBlank, ...]
