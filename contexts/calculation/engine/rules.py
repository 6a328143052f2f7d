"""
A rule as people write it, and as the engine decides with it.

A rule is a condition, effects whose parameters may be expressions, a reason in words, and its
resolution. What this cannot do: decide between rules that match; see `resolver.py`.
"""

import gc
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, fields
from functools import lru_cache
from typing import Any, Final, NamedTuple, NoReturn

from . import limits
from .arithmetic import as_decimal
from .canonical import canonical, content_hash
from .caps import CompiledCap, compile_cap
from .checker import CheckedExpression, check_expression
from .constants import Unknown, constant
from .errors import DefinitionError, ExpressionError, keyed
from .lexer import plain
from .parser import parse
from .python import Evaluator, Facts, Test, compile_values
from .schema import Schema, check_name
from .stacking import Base, CapSource, Stacks, Standing, check_standing, standing_content
from .units import Steps

Effect = tuple[str, dict[str, Any]]
_SHORT: Final = 24  # characters
_AS_JSON: Final = json.JSONEncoder(ensure_ascii=True, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class EffectType:
    """An effect that a decision point understands; a parameter whose type ends in `?` may be left out."""

    name: str
    params: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class EffectSource:
    """
    An effect as written: its kind, and an expression for each parameter.

    A percentage is taken of what remains or, with the `base` "initial", of what there was at first.
    """

    kind: str
    params: Mapping[str, str] = field(default_factory=dict)
    base: Base = "remaining"


@dataclass(frozen=True, slots=True)
class RuleSource:
    """
    A rule as written.

    Higher `priority` and then lower `order` go first. Of one `group` at most one rule applies.
    After a rule with `stop`, none behind it applies. `lane`, `stacking`, `cap` and `budget` say how it stands
    beside others: see `stacking.py`.
    """

    id: str
    version: int
    name: str
    condition: str
    effects: tuple[EffectSource, ...] = ()
    reason: str = ""
    priority: int = 0
    order: int = 0
    group: str | None = None
    stop: bool = False
    lane: str | None = None
    stacking: Stacks = "normal"
    cap: CapSource | None = None
    budget: str | None = None

    @property
    def standing(self) -> Standing:
        bases = tuple(effect.base for effect in self.effects)
        return Standing(self.lane, self.stacking, self.cap, self.budget, bases)

    @property
    def content_hash(self) -> str:
        """
        The SHA-256 of what the rule says; its id and version are not part of it.

        Raises:
            ExpressionError: an expression cannot be read.

        """
        return _content_hash(self, _canonical)

    def to_json(self) -> dict[str, Any]:
        """Return the rule as values that JSON can hold."""
        return {**asdict(self), "effects": [asdict(effect) for effect in self.effects]}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "RuleSource":
        """
        Read a rule from what `to_json` gave.

        Raises:
            DefinitionError: a key is missing, unknown, or its value is of another type.

        """
        keyed(document, "a rule", [item.name for item in fields(cls)])
        try:
            effects = tuple(
                EffectSource(**{**effect, "params": dict(effect.get("params", {}))})
                for effect in document.get("effects", ())
            )
            cap = None if document.get("cap") is None else CapSource(**document["cap"])
            rule = cls(**{**document, "effects": effects, "cap": cap})
        except (TypeError, KeyError, AttributeError, ValueError) as error:
            raise DefinitionError(f"this is not a rule: {error}") from None
        _check_shape(rule)
        return rule


def _content_hash(rule: RuleSource, canonical_of: Callable[[str, str], str]) -> str:
    effects = [
        [
            effect.kind,
            sorted(
                [name, canonical_of(text, f"effects[{number}].{name}")]
                for name, text in effect.params.items()
            ),
        ]
        for number, effect in enumerate(rule.effects)
    ]
    content = [
        canonical_of(rule.condition, "condition"),
        effects,
        [rule.name, rule.reason, rule.priority, rule.order, rule.group, rule.stop],
    ]
    content += standing_content(rule.standing, canonical_of)
    return content_hash(_AS_JSON(content))


def _canonical(text: str, where: str) -> str:
    try:
        return canonical(parse(text))
    except ExpressionError as error:
        raise error.at(where) from None


def check_numbers(rule: RuleSource) -> None:
    """Refuse numbers that no database, and no other reader of JSON, would give back."""
    numbers = (rule.version, rule.priority, rule.order)
    if not all(limits.MIN_INT <= number <= limits.MAX_INT for number in numbers):
        raise DefinitionError("a rule's version, priority and order have at most 64 bits")


def _check_shape(rule: RuleSource) -> None:
    kinds = [effect.kind for effect in rule.effects]
    strings = (rule.id, rule.name, rule.condition, rule.reason, *kinds)
    numbers = (rule.version, rule.priority, rule.order)
    params = [text for effect in rule.effects for pair in effect.params.items() for text in pair]
    if not all(isinstance(text, str) for text in (*strings, *params)) or not rule.id:
        raise DefinitionError(
            "a rule's id, name, condition, reason, effects and parameters are strings"
        )
    if not all(type(number) is int for number in numbers):
        raise DefinitionError("a rule's version, priority and order are ints")
    check_numbers(rule)
    if not isinstance(rule.stop, bool) or not isinstance(rule.group, str | None):
        raise DefinitionError("a rule's stop is a bool, and its group a string or null")
    check_standing(rule.standing)


@dataclass(frozen=True, slots=True)
class CompiledEffect:
    """An effect whose parameters are checked; `constants` hold those that depend on no fact."""

    kind: str
    params: tuple[tuple[str, CheckedExpression], ...]
    constants: Mapping[str, Any]
    base: Base = "remaining"


class Params(dict[str, Any]):
    """The values of an effect that depend on no fact: one object for all decisions, to be read only."""

    __slots__ = ()

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError("these values stand in every decision of their rule: copy them with dict()")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse


class Match(NamedTuple):
    """A rule that applies, and what it does."""

    rule_id: str
    version: int
    name: str
    reason: str
    group: str | None
    effects: tuple[Effect, ...]


@dataclass(slots=True, eq=False)
class CompiledRule:
    """
    A rule that fits its decision point; its generated code is made when first needed.

    `by_priority` is its place among others, `fixed` what it does when that depends on no fact.
    """

    source: RuleSource
    condition: CheckedExpression
    effects: tuple[CompiledEffect, ...]
    content_hash: str
    evaluators: dict[str, Any] = field(default_factory=dict, repr=False)
    takes_at_most: CompiledCap | None = None
    test: Test | None = field(default=None, repr=False)
    by_priority: tuple[int, int, str] = field(init=False, repr=False)
    fixed: Match | None = field(init=False, repr=False)

    def __post_init__(self) -> None:
        source = self.source
        self.by_priority = (-source.priority, source.order, source.id)
        known = all(len(it.constants) == len(it.params) for it in self.effects)
        effects = tuple((it.kind, Params(it.constants)) for it in self.effects) if known else ()
        self.fixed = self._match(effects) if known else None

    @property
    def id(self) -> str:
        return self.source.id

    def match(self, facts: Facts, steps: Steps) -> Match:
        """Return what the rule does if it applies; raises a fault where that cannot be computed."""
        if self.fixed is not None:
            return self.fixed
        steps.start_rule()
        return self._match(self.compute_effects(facts, steps))

    def _match(self, effects: tuple[Effect, ...]) -> Match:
        it = self.source
        return Match(it.id, it.version, it.name, it.reason, it.group, effects)

    def compute_effects(self, facts: Facts, steps: Steps) -> tuple[Effect, ...]:
        """Return each effect's kind and values; raises a fault where a value cannot be computed."""
        if self.fixed is not None:
            return self.fixed.effects
        return tuple(
            (
                effect.kind,
                {
                    name: effect.constants[name]
                    if name in effect.constants
                    else self._evaluator(number, name)(facts, steps)
                    for name, _ in effect.params
                },
            )
            for number, effect in enumerate(self.effects)
        )

    def _evaluator(self, number: int, name: str) -> Evaluator:
        key = f"effects[{number}].{name}"
        if key not in self.evaluators:
            checked = dict(self.effects[number].params)[name]
            self.evaluators[key] = compile_values([(checked.tree, checked.type)])[0]
        evaluator: Evaluator = self.evaluators[key]
        return evaluator


@contextmanager
def nothing_collected() -> Iterator[None]:
    """Pause Python's search for garbage: of a set in the making everything is kept, and looked at in vain."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def compile_rules(
    sources: Iterable[RuleSource], schema: Schema, effect_types: Iterable[EffectType]
) -> list[CompiledRule]:
    """
    Check many rules, a fifth faster than one by one.

    Raises:
        ExpressionError, DefinitionError: as `compile_rule`, about the first rule that is wrong.

    """
    declared = tuple(effect_types)
    with nothing_collected():
        return [compile_rule(source, schema, declared) for source in sources]


def compile_rule(
    source: RuleSource, schema: Schema, effect_types: Iterable[EffectType]
) -> CompiledRule:
    """
    Check a rule against the facts and effects of its decision point.

    Raises:
        ExpressionError: an expression is wrong; its `where` says which.
        DefinitionError: an effect or a parameter is not one the decision point declares.

    """
    _check_shape(source)
    known = {kind.name: kind for kind in effect_types}
    condition = _checked(source.condition, schema, "bool", "condition")
    effects = tuple(
        _compile_effect(effect, known, schema, f"effects[{number}]")
        for number, effect in enumerate(source.effects)
    )
    texts = {"condition": condition.canonical} | {
        f"effects[{number}].{name}": checked.canonical
        for number, effect in enumerate(effects)
        for name, checked in effect.params
    }
    cap = None if source.cap is None else compile_cap(source.cap, schema, "cap")
    texts |= {} if cap is None else cap.canonical
    content = _content_hash(source, lambda _, where: texts[where])
    return CompiledRule(source, condition, effects, content, takes_at_most=cap)


def _checked(text: str, schema: Schema, expected: str, where: str) -> CheckedExpression:
    try:
        if len(text) <= _SHORT:
            return _checked_once(text, schema, expected)
        return check_expression(text, schema, expected)
    except ExpressionError as error:
        raise error.at(where) from None


@lru_cache(maxsize=4096)
def _checked_once(text: str, schema: Schema, expected: str) -> CheckedExpression:
    """A short text, such as the 10 of ten percent, stands in many rules: they share its tree."""
    return check_expression(text, schema, expected)


def _compile_effect(
    effect: EffectSource, known: Mapping[str, EffectType], schema: Schema, where: str
) -> CompiledEffect:
    declared = known.get(effect.kind)
    if declared is None:
        raise DefinitionError(f"{where}: no effect {effect.kind!r}, use {', '.join(sorted(known))}")
    for name in effect.params:
        if name not in declared.params:
            allowed = ", ".join(sorted(declared.params))
            raise DefinitionError(
                f"{where}: {effect.kind} has no parameter {name!r}, use {allowed}"
            )
    params: list[tuple[str, CheckedExpression]] = []
    for name, notation in declared.params.items():
        kind = schema.type_named(notation)
        if name in effect.params:
            text = effect.params[check_name(name, what="parameter")]
            params.append((name, _checked(text, schema, notation, f"{where}.{name}")))
        elif not kind.optional:
            raise DefinitionError(f"{where}: {effect.kind} needs the parameter {name!r}")
    constants = {
        name: known for name, checked in params if (known := _constant(checked)) is not None
    }
    return CompiledEffect(effect.kind, tuple(params), constants, effect.base)


def _constant(checked: CheckedExpression) -> Any:
    try:
        known = constant(checked.tree)
    except Unknown:
        return None
    if isinstance(known, list):  # each decision gets a list of its own
        return None
    return plain(as_decimal(known)) if checked.type.name == "decimal" else known
