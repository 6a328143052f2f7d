"""
A set's stacking, checked against its facts, and the terms it gives the rules of one call.

What this cannot do: choose among rules; it says what each would take, and under which limits.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from .canonical import content_hash
from .caps import Allowed, CompiledAmount, CompiledCap, compile_amount, compile_cap
from .discounts import Discount, Limit, Terms
from .errors import FAULTS, DefinitionError
from .python import Facts
from .resolver import said_of
from .rules import CompiledRule, Effect, EffectType
from .schema import Schema, parse_type
from .stacking import Base, StackingSource, check_set
from .units import Steps


class Computed(NamedTuple):
    """A rule that matched, its effects, and what its cap allows; `fault` says why these are not known."""

    rule: CompiledRule
    effects: tuple[Effect, ...]
    allowed: Allowed | None
    fault: str | None = None

    @property
    def bases(self) -> tuple[Base, ...]:
        return tuple(effect.base for effect in self.rule.effects)


class Situation(NamedTuple):
    """What a set's stacking makes of the facts of one call; `unknown` says why some budgets are not known."""

    amounts: Mapping[str, Decimal]
    caps: Mapping[str, Allowed]
    budgets: Mapping[str, Allowed]
    unknown: Mapping[str, str]

    def settled(self, one: Computed) -> Computed:
        """Return a rule as it is, or as one that spends a budget nobody knows."""
        why = self.unknown.get(one.rule.source.budget or "")
        if why is None or one.fault is not None:
            return one
        return one._replace(fault=f'the budget "{one.rule.source.budget}" is not known: {why}')


@dataclass(frozen=True, eq=False)
class Stacking:
    """How the rules of a set stack, fit for its facts; see `StackingSource`."""

    source: StackingSource
    amounts: Mapping[str, CompiledAmount]
    caps: Mapping[str, CompiledCap]
    budgets: Mapping[str, CompiledAmount]
    hash: str
    lanes: Mapping[str | None, int] = field(default_factory=dict)

    def situation(self, facts: Facts, steps: Steps) -> Situation:
        """Compute amounts, caps and budgets; raises a fault where an amount or a cap cannot be."""
        budgets: dict[str, Allowed] = {}
        unknown: dict[str, str] = {}
        for name, budget in self.budgets.items():
            try:
                budgets[name] = Allowed(budget(facts, steps), None, Decimal(0))
            except FAULTS as fault:
                unknown[name] = said_of(fault)
        return Situation(
            {name: amount(facts, steps) for name, amount in self.amounts.items()},
            {name: cap.allowed(facts, steps) for name, cap in self.caps.items()},
            budgets,
            unknown,
        )

    def terms(self, situation: Situation, applying: Sequence[Computed]) -> Terms:
        """Return the discounts of these rules, in their order, under all limits they stand under."""
        discounts = tuple(it for one in applying for it in self.discounts(one))
        limits = [
            Limit("cap", name, f'the cap "{name}"', it) for name, it in situation.caps.items()
        ]
        limits += [
            Limit("budget", name, f'the budget "{name}"', it, spenders)
            for name, it in situation.budgets.items()
            if (spenders := frozenset(c.rule.id for c in applying if c.rule.source.budget == name))
        ]
        limits += [
            Limit(
                "rule",
                one.rule.id,
                f'the cap of "{one.rule.source.name}"',
                one.allowed,
                frozenset({one.rule.id}),
                frozenset(it.target for it in self.discounts(one)),
            )
            for one in applying
            if one.allowed is not None
        ]
        return Terms(situation.amounts, discounts, tuple(limits), self.source.digits)

    def discounts(self, one: Computed) -> list[Discount]:
        """Return what a rule's effects take; an effect that is no discount takes nothing."""
        found: list[Discount] = []
        for (kind, params), base in zip(one.effects, one.bases, strict=True):
            declared = self.source.discounts.get(kind)
            if declared is None:
                continue
            percent = _number(params, declared.percent)
            amount = _number(params, declared.amount)
            if percent is not None or amount is not None:
                name, target = one.rule.source.name, declared.target
                found.append(Discount(one.rule.id, name, target, percent, amount, base))
        return found

    def check(self, rules: Iterable[CompiledRule]) -> None:
        """Refuse rules that name a lane or a budget that is not declared."""
        for rule in rules:
            named = rule.source
            if named.lane not in self.lanes:
                raise DefinitionError(_undeclared(rule, "lane", named.lane, self.source.lanes))
            if named.budget is not None and named.budget not in self.budgets:
                raise DefinitionError(_undeclared(rule, "budget", named.budget, self.budgets))


def check_unstacked(rules: Iterable[CompiledRule]) -> None:
    """Refuse rules that only stack within a set that says how: there would be no terms to tell it."""
    for rule in rules:
        it = rule.source
        based = any(effect.base != "remaining" for effect in rule.effects)
        if it.lane is not None or it.budget is not None or rule.takes_at_most is not None or based:
            raise DefinitionError(
                f'the rule "{it.name}" has a lane, a cap, a budget or a base: compile its set with a stacking'
            )


def _number(params: Mapping[str, Any], name: str | None) -> Decimal | None:
    value = None if name is None else params.get(name)
    return None if value is None else Decimal(value)


def _undeclared(rule: CompiledRule, what: str, name: str | None, known: Iterable[str]) -> str:
    declared = ", ".join(known) or "none"
    return f'the rule "{rule.source.name}" names the {what} {name!r:.40}: declared are {declared}'


def compile_stacking(
    source: StackingSource, schema: Schema, effect_types: Iterable[EffectType]
) -> Stacking:
    """
    Check a set's stacking against the facts and effects of its decision point.

    Raises:
        ExpressionError: an expression is wrong; its `where` says which.
        DefinitionError: a discount is no effect or parameter of the point, or is no number.

    """
    check_set(source)
    known = {kind.name: kind for kind in effect_types}
    for kind, discount in source.discounts.items():
        name = discount.percent or discount.amount or ""
        notation = known[kind].params.get(name) if kind in known else None
        if notation is None:
            raise DefinitionError(f"the discount {kind!r:.40} has no parameter {name!r:.40}")
        if parse_type(notation, schema.records).name not in {"int", "decimal"}:
            raise DefinitionError(f"{name} of the discount {kind} is no number but a {notation}")
    amounts = _amounts(source.amounts, schema, "amounts")
    budgets = _amounts(source.budgets, schema, "budgets")
    caps = {name: compile_cap(cap, schema, f"caps.{name}") for name, cap in source.caps.items()}
    texts = {
        "amounts": {name: it.checked.canonical for name, it in amounts.items()},
        "budgets": {name: it.checked.canonical for name, it in budgets.items()},
        "caps": [it.canonical for _, it in sorted(caps.items())],
    }
    said = json.dumps({**source.to_json(), **texts}, sort_keys=True, separators=(",", ":"))
    lanes = {None: 0} | {name: number for number, name in enumerate(source.lanes, 1)}
    return Stacking(source, amounts, caps, budgets, content_hash(said), lanes)


def _amounts(texts: Mapping[str, str], schema: Schema, where: str) -> dict[str, CompiledAmount]:
    return {name: compile_amount(text, schema, f"{where}.{name}") for name, text in texts.items()}
