"""
Decision points: what a context lets rules decide, declared in its window as plain values.

`rules` offers them in its editor, `calculation` compiles against them, and the context that opened one applies the
effects to its own business. A type is written as text: `string int decimal bool timestamp duration`, `list(T)`,
`map(K, V)`, the name of a record, and a trailing `?` for a fact that may be missing.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

_POINTS: dict[str, DecisionPoint] = {}


class Fact(msgspec.Struct, frozen=True):
    """
    One fact: its type, and what it is in words.

    `label` is what a sentence calls it ("unit price"; without one, its name), `plural` several of it where they can be
    the subject of a sentence ("customers"), `one` an item of a list ("line in the cart"). An `epithet` stands before
    them: gold customers. `unit` says what a number or text counts in: `money`, `%`, or it is a `currency`. No fact of it
    is smaller than `least`, if it is stated: whoever asks the point keeps to it, and proofs rely on it.
    """

    type: str
    about: str = ""
    label: str = ""
    unit: str = ""
    plural: str = ""
    one: str = ""
    epithet: bool = False
    least: str = ""


class Effect(msgspec.Struct, frozen=True):
    """
    Something a rule may do, with the typed parameters that it states as expressions.

    `says` is what whoever it applies to gets, with parameters and facts by name: `{percent} off {line}`.
    """

    kind: str
    about: str
    params: dict[str, Fact]
    says: str = ""


class Take(msgspec.Struct, frozen=True):
    """What an effect takes off a price: the `percent` of what remains or the `amount` that a parameter names, `times` an expression."""

    percent: str | None = None
    amount: str | None = None
    times: str | None = None


class Price(msgspec.Struct, frozen=True):
    """
    The price that effects take off from: the expression where it starts, by kind of effect, `assuming` what of all facts.

    `label` is what a sentence calls it where it starts: what guardrails promise, they promise of no other.
    """

    start: str
    takes: dict[str, Take]
    assuming: str = "true"
    label: str = "the price"


class DecisionPoint(msgspec.Struct, frozen=True):
    """
    A question that rules answer.

    `hit_policy` is `first`, `priority` or `collect` (DMN). `sample` is a set of facts, as JSON, that an
    editor can try a rule on. Of a `price` guardrails can be proved; `sets` names what an effect sets, by its kind.
    """

    name: str
    title: str
    about: str
    records: dict[str, dict[str, Fact]]
    facts: dict[str, Fact]
    effects: tuple[Effect, ...]
    hit_policy: str
    sample: dict[str, Any] = {}
    price: Price | None = None
    sets: dict[str, str] = {}


def open_point(point: DecisionPoint) -> DecisionPoint:
    """Open a decision point to rules; done in the window of the context that asks it."""
    _POINTS[point.name] = point
    return point


def point_named(name: str) -> DecisionPoint | None:
    return _POINTS.get(name)


def known_points() -> dict[str, DecisionPoint]:
    """Every decision point opened in the windows loaded so far, by name."""
    return dict(_POINTS)


class EffectText(msgspec.Struct, frozen=True):
    """An effect as written: each parameter an expression over the facts."""

    kind: str
    params: dict[str, str] = {}


class TableInput(msgspec.Struct, frozen=True):
    """A column that rows test: an expression over the facts, and its type; without one, that of the expression."""

    expression: str
    type: str = ""


class TableOutput(msgspec.Struct, frozen=True):
    """A column that rows fill in: a parameter of an effect; `values`, if any are listed, are all that it takes."""

    effect: str
    param: str
    values: tuple[str, ...] = ()


class TableRow(msgspec.Struct, frozen=True):
    """One cell for each input (`-` is any), one expression for each output (`-` is none), and words of its own for the receipt."""

    cells: tuple[str, ...]
    gives: tuple[str, ...]
    reason: str = ""


class TableText(msgspec.Struct, frozen=True):
    """
    A decision table as written, read as DMN has it.

    `hit_policy` is `first`, `unique` (rows never overlap), `any` (rows that overlap agree) or `collect` (all rows apply).
    """

    inputs: tuple[TableInput, ...]
    outputs: tuple[TableOutput, ...]
    rows: tuple[TableRow, ...]
    hit_policy: str = "first"

    def effects_of(self, row: TableRow) -> tuple[EffectText, ...]:
        """What a row does, as effects."""
        found: dict[str, dict[str, str]] = {}
        for output, written in zip(self.outputs, row.gives, strict=False):
            if written.strip() not in {"", "-"}:
                found.setdefault(output.effect, {})[output.param] = written
        return tuple(EffectText(kind, params) for kind, params in found.items())


class RuleText(msgspec.Struct, frozen=True):
    """
    One version of a rule as written: everything that decides, and the words on the receipt.

    `order` breaks ties of `priority` (higher goes first); of an exclusive `group` one rule applies;
    `stop` ends the deciding after this rule. One with a `table` has no effects of its own, and its condition is what all
    rows ask beside their cells; one without does not say so, so that it is written as it always was.
    """

    rule_id: str
    version: int
    name: str
    reason: str
    condition: str
    effects: tuple[EffectText, ...]
    priority: int = 0
    order: int = 0
    group: str | None = None
    stop: bool = False
    table: TableText | msgspec.UnsetType = msgspec.UNSET


class TemplateParameter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """
    A value that a template leaves open: what people call it, and what it may be.

    Bounds are written as people write the value; of a text or a list they are those of its size. With a `default` it may
    be left out.
    """

    name: str
    kind: Literal[
        "number", "decimal", "money", "percent", "text", "choice", "list", "moment", "yes_no"
    ]
    label: str
    help: str = ""
    least: str = ""
    most: str = ""
    choices: tuple[str, ...] = ()
    default: str | int | bool | tuple[str, ...] | None = None


class TemplateText(msgspec.Struct, frozen=True):
    """
    A template as written: a rule in whose expressions its parameters stand by their names.

    In the rule's name and reason a parameter stands as `{name}`; its id and version are those of no rule.
    """

    name: str
    about: str
    parameters: tuple[TemplateParameter, ...]
    rule: RuleText


class Window(msgspec.Struct, frozen=True):
    """
    When a rule decides, in the local time of a zone: from `starts` until just before `ends`, "" for no bound.

    Times are written without offset, such as 2027-03-28T09:00; the zone is one of the IANA's names.
    """

    starts: str = ""
    ends: str = ""
    time_zone: str = "UTC"


class GuardrailText(msgspec.Struct, frozen=True):
    """
    A claim that no decision of a point may break, as written, about facts of which `assuming` is true.

    It speaks about `outcome.start`, `outcome.discount` and `outcome.paid`, or, with `path`, about two cases whose facts
    differ there only: `one.paid <= other.paid`, where `one` and `other` say which cases these are.
    """

    name: str
    claim: str
    assuming: str = "true"
    path: str = ""
    one: str = ""
    other: str = ""
