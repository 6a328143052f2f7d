"""Conditions as they are picked: rows of facts, operators and values, and the words to pick from."""

from __future__ import annotations

from typing import ClassVar, Literal

import msgspec

from contexts.calculation.messages.checking import Attribute, Fault
from shared_kernel.bus import Query


class BuiltValue(msgspec.Struct, frozen=True):
    """What a fact is compared with: a value as its text, or the path of another fact."""

    kind: Literal["text", "number", "boolean", "moment", "fact"]
    written: str = ""


class FactRow(msgspec.Struct, frozen=True, tag_field="part", tag="fact"):
    """One fact, an operator, and as many values as it takes."""

    fact: str
    operator: str
    values: tuple[BuiltValue, ...] = ()


class ItemsRow(msgspec.Struct, frozen=True, tag_field="part", tag="items"):
    """Whether `any`, `every`, exactly `one` or `none` of a list's items, called `variable`, is one of which `where` holds."""

    items: str
    quantifier: Literal["any", "every", "one", "none"]
    variable: str
    where: Group


class TotalRow(msgspec.Struct, frozen=True, tag_field="part", tag="total"):
    """How many items there are of which `where` holds, or the sum of what is `added` of them; `form` is how it is spelt."""

    items: str
    variable: str
    operator: str
    value: BuiltValue
    where: Group | None = None
    added: str = ""
    form: str = ""


class TextRow(msgspec.Struct, frozen=True, tag_field="part", tag="text"):
    """A part that the builder cannot show, as it is written."""

    written: str


class Group(msgspec.Struct, frozen=True, tag_field="part", tag="group"):
    """Parts of which `all`, `any` or `none` must hold."""

    of: Literal["all", "any", "none"]
    parts: tuple[Group | FactRow | ItemsRow | TotalRow | TextRow, ...] = ()


class ConditionTree(msgspec.Struct, frozen=True):
    """A condition as a builder shows it, or the fault for which it cannot be read; `comments` would be lost."""

    tree: Group | None = None
    faults: tuple[Fault, ...] = ()
    comments: bool = False


class ReadCondition(Query[ConditionTree], frozen=True):
    """What are the parts of this condition? Whether its facts exist is asked with `CheckCondition`."""

    name: ClassVar = "calculation.read-condition.v1"
    condition: str


class WrittenCondition(msgspec.Struct, frozen=True):
    """The condition that parts make; at what is missing or wrong, named by `faults`, stands an `…`."""

    condition: str
    faults: tuple[Fault, ...] = ()


class WriteCondition(Query[WrittenCondition], frozen=True):
    """How is the condition written that consists of these parts?"""

    name: ClassVar = "calculation.write-condition.v1"
    tree: Group


class Operator(msgspec.Struct, frozen=True):
    """An operator by its words, and how many values it takes: `none`, `one`, `several`."""

    name: str
    words: str
    takes: Literal["none", "one", "several"]


class VocabularyFact(msgspec.Struct, frozen=True):
    """
    A fact that a condition may be built with: its words, its operators and values it was compared with before.

    `type` is that of its values: of a list that of an item. Of a list of records `fields` are the facts of an item, with
    paths that begin at it; `one` is what an item is called.
    """

    path: str
    label: str
    type: str
    about: str = ""
    group: str = ""
    operators: tuple[Operator, ...] = ()
    suggestions: tuple[str, ...] = ()
    one: str = ""
    fields: tuple[VocabularyFact, ...] = ()


class Vocabulary(msgspec.Struct, frozen=True):
    """What a condition may be built of."""

    facts: tuple[VocabularyFact, ...]


class ListVocabulary(Query[Vocabulary], frozen=True):
    """
    What may conditions of this point be built of?

    Suggested are values that facts were `met` with (record, field, value), and what `seen` conditions (of a point, each)
    compare with.
    """

    name: ClassVar = "calculation.list-vocabulary.v1"
    point: str
    seen: tuple[tuple[str, str], ...] = ()
    met: tuple[tuple[str, str, str], ...] = ()


class Attributes(msgspec.Struct, frozen=True):
    """The declared attributes that rules of one point, or of any, can speak about."""

    attributes: tuple[Attribute, ...]


class ListAttributes(Query[Attributes], frozen=True):
    """Which attributes has this tenant declared, of the facts of that point, or of all?"""

    name: ClassVar = "calculation.list-attributes.v1"
    point: str | None = None
