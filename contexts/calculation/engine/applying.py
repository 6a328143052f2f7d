"""
Which rules apply, and what is left of a price then, as formulas: groups, stop and hit policy included.

`loosely` says less: of an exclusive group (or of a set in which one rule applies) any rule that matches may be the one,
`stop` is not heeded. Whatever can happen satisfies it, so that what is proved of it is proved; it stays quick with
thousands of rules, but speaks of constant percentages only. `exactly` follows the rules in their order. What the solver
cannot be told (a pattern, a free attribute) may be anything, and is named in `free`. What this cannot do: rounding.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

import z3  # type: ignore[import-untyped]  # ships no stubs

from .guardrails import HUNDRED, CheckedPrice, Take
from .hitpolicies import effects_of
from .layers import in_layers, places_of
from .nodes import Node
from .resolver import SINGLE, rank
from .room import Room
from .rules import CompiledEffect, CompiledRule
from .schema import Schema
from .solver import NotInSolver, Scene, items_needed, truth, value
from .symbols import Symbols

ONE: Final = SINGLE | {"unique", "any"}  # at most one rule's effects count
MOST_ITEMS: Final = 8  # of each list; where conditions could need more, that is said


@dataclass
class Case:
    """One set of facts as symbols, what is demanded of them, and what of the rules may be anything."""

    scene: Scene
    name: str
    wanted: list[Any] = field(default_factory=list)
    free: dict[str, str] = field(default_factory=dict)
    known: dict[int, Any] = field(default_factory=dict)

    def holds(self, rule: CompiledRule) -> Any:
        """The formula of a rule's condition; a free one where the solver cannot be told it."""
        key = id(rule.condition.tree)
        if key not in self.known:
            try:
                self.known[key] = truth(self.scene, rule.condition.tree)
            except NotInSolver as refusal:
                self.free[rule.source.name] = str(refusal)
                self.known[key] = z3.Bool(f"{self.name}free {rule.id}")
        return self.known[key]

    def number(self, rule: CompiledRule, name: str, tree: Node) -> tuple[Any, Any]:
        """The term of a parameter, and whether it has a value."""
        try:
            term = value(self.scene, tree)
        except NotInSolver as refusal:
            self.free[rule.source.name] = str(refusal)
            free = f"{self.name}free {rule.id} {name}"
            return z3.Real(free), z3.Bool(f"{free}?")
        return (z3.ToReal(term.term) if term.kind == "int" else term.term), term.there


def case_of(
    schema: Schema,
    trees: Iterable[Node],
    name: str = "",
    apart: frozenset[str] = frozenset(),
    cases: int = 1,
) -> Case:
    """
    Symbols for whatever the trees read; those `apart` are the case's own, all others those of every case.

    Lists are long enough for all `cases` together, for each may ask for other items of them.
    """
    asked = list(trees)
    needed = cases * items_needed(asked)
    most = cases * MOST_ITEMS
    symbols = Symbols(schema, items=min(max(needed, 1), most), own=dict.fromkeys(apart, name))
    scene = Scene(symbols, room=Room(NotInSolver, len(asked)))
    if needed > most:
        scene.bounded.add("the conditions together")
    return Case(scene, name)


def in_order(rules: Iterable[CompiledRule], hit_policy: str) -> list[CompiledRule]:
    """Rules in the order in which they are asked."""
    return sorted(rules, key=lambda rule: rank(rule.source, hit_policy))  # type: ignore[arg-type]


def loosely(case: Case, rules: Sequence[CompiledRule], hit_policy: str, price: CheckedPrice) -> Any:
    """What is left of the price, if of each group any rule that matches may be the one; None if it is not that easy."""
    left = _start(case, price)
    for number, members in enumerate(_steps(rules, hit_policy)):
        by_factor: dict[Fraction, list[Any]] = {}
        for rule in members:
            factor = _factor(rule, price)
            if factor is None:
                return None
            if factor != 1:
                by_factor.setdefault(factor, []).append(case.holds(rule))
        if not by_factor:
            continue
        chosen, before = z3.Real(f"{case.name}factor {number}"), left
        left = z3.Real(f"{case.name}left {number}")
        choices = [z3.And(chosen == 1, left == before)]
        for factor, holding in by_factor.items():
            is_it = chosen == _real(factor)
            case.wanted.append(z3.Implies(is_it, z3.Or(holding)))
            choices.append(z3.And(is_it, left == before * _real(factor)))
        case.wanted.append(z3.Or(choices))
        # it follows from what was said, and a sum of such lines is found at once
        case.wanted.append(z3.And(left <= before, left >= before * _real(min(by_factor))))
    return left


def _steps(rules: Sequence[CompiledRule], hit_policy: str) -> Iterable[Sequence[CompiledRule]]:
    """Rules of which at most one applies: exclusive groups, and of the others those that exclude each other."""
    if hit_policy in ONE:
        return [list(rules)]
    groups: dict[str, list[CompiledRule]] = {}
    for rule in rules:
        if rule.source.group is not None:
            groups.setdefault(rule.source.group, []).append(rule)
    others = ((it, places_of(it.condition.tree), "") for it in rules if it.source.group is None)
    return [*groups.values(), *in_layers(others, lambda _, __: True)]


def _factor(rule: CompiledRule, price: CheckedPrice) -> Fraction | None:
    """What a rule leaves of a price; None where it takes more than constant percentages."""
    factor = Fraction(1)
    for effect in rule.effects:
        take = price.source.takes.get(effect.kind)
        if take is None:
            continue
        percent = effect.constants.get(take.percent) if take.percent is not None else None
        if percent is None:
            return None
        factor *= 1 - Fraction(min(max(Decimal(percent), Decimal(0)), HUNDRED)) / 100
    return factor


def exactly(case: Case, rules: Sequence[CompiledRule], hit_policy: str, price: CheckedPrice) -> Any:
    """What is left of the price when rules apply in their order, as `resolver` lets them."""
    left, applies = _start(case, price), applying(case, rules, hit_policy)
    takes = price.source.takes
    taking = [
        (rule, places_of(rule.condition.tree), does)
        for rule in rules
        if (does := frozenset(_way(it, takes) for it in rule.effects if it.kind in takes))
    ]
    for number, layer in enumerate(in_layers(taking, _commute)):
        before, left = left, z3.Real(f"{case.name}after {number}")
        for alike in _alike(layer, takes):
            apply = z3.Or([applies[it.id] for it in alike])
            after = before
            for effect in alike[0].effects:
                if effect.kind in takes:
                    after = _after(case, alike[0], effect, price, after, apply)
            case.wanted.append(z3.Implies(apply, left == after))
        none = z3.Not(z3.Or([applies[it.id] for it in layer]))
        case.wanted.append(z3.Implies(none, left == before))
    return left


def _way(effect: CompiledEffect, takes: Mapping[str, Take]) -> str:
    return "amount" if takes[effect.kind].percent is None else "percent"


def _commute(one: frozenset[str], other: frozenset[str]) -> bool:
    """Percentages may be taken in any order, and so may amounts, of which none takes more than there is."""
    return len(one | other) == 1


def _alike(
    rules: Iterable[CompiledRule], takes: Mapping[str, Take]
) -> Iterable[list[CompiledRule]]:
    """Rules that take the same, together; what is computed is taken by each for itself."""
    found: dict[Hashable, list[CompiledRule]] = {}
    for rule in rules:
        taken = [(it, takes[it.kind]) for it in rule.effects if it.kind in takes]
        numbers = [it.constants.get(take.percent or take.amount or "") for it, take in taken]
        does = tuple(zip((it.kind for it, _ in taken), numbers, strict=True))
        found.setdefault(rule.id if None in numbers else does, []).append(rule)
    return found.values()


def applying(case: Case, rules: Sequence[CompiledRule], hit_policy: str) -> Mapping[str, Any]:
    """The formula of each rule's applying: it matches, and no other rule forbids it."""
    if hit_policy in {"unique", "any"}:
        return _comparing(case, rules, hit_policy)
    closed: list[Any] = []
    groups: dict[str, list[Any]] = {}
    found: dict[str, Any] = {}
    for rule in rules:
        source = rule.source
        mates = groups.setdefault(source.group, []) if source.group is not None else []
        this = z3.Bool(f"{case.name}applies {rule.id}")
        free = [z3.Not(z3.Or(it)) for it in (closed, mates) if it]
        case.wanted.append(this == z3.And(_sound(case, rule), *free))
        found[rule.id] = this
        mates.append(this)
        if source.stop or hit_policy in ONE:
            closed.append(this)
    return found


def _sound(case: Case, rule: CompiledRule) -> Any:
    """The formula of a rule's matching with effects that can be computed."""
    there = [
        case.number(rule, name, checked.tree)[1]
        for effect in rule.effects
        for name, checked in effect.params
        if name not in effect.constants
    ]
    return z3.And(case.holds(rule), *there)


def _comparing(case: Case, rules: Sequence[CompiledRule], hit_policy: str) -> Mapping[str, Any]:
    """
    The formula of each rule's applying where rules that match together may leave no answer.

    Of "any", rules with other constants disagree, those with the same texts agree, and others may or may not.
    """
    sound = {it.id: z3.Bool(f"{case.name}sound {it.id}") for it in rules}
    case.wanted += [sound[it.id] == _sound(case, it) for it in rules]
    refused = z3.Bool(f"{case.name}refused")
    if hit_policy == "unique":
        case.wanted.append(refused == _several(list(sound.values())))
    else:
        kinds: list[tuple[Any, bool, list[Any]]] = []
        for rule in rules:
            does = effects_of(rule)
            mates = next((it for known, _, it in kinds if known == does), None)
            if mates is None:
                fixed = all(len(it.constants) == len(it.params) for it in rule.effects)
                kinds.append((does, fixed, mates := []))
            mates.append(sound[rule.id])
        unlike = _several([z3.Or(it) for _, fixed, it in kinds if fixed])
        case.wanted.append(z3.Implies(unlike, refused))
        case.wanted.append(z3.Implies(refused, _several([z3.Or(it) for *_, it in kinds])))
    found: dict[str, Any] = {}
    for number, rule in enumerate(rules):
        before = [sound[it.id] for it in rules[:number]]
        found[rule.id] = z3.And(sound[rule.id], z3.Not(z3.Or(before)), z3.Not(refused))
    return found


def _several(formulas: Sequence[Any]) -> Any:
    return z3.AtLeast(*formulas, 2) if len(formulas) > 1 else z3.BoolVal(False)


def _start(case: Case, price: CheckedPrice) -> Any:
    term = value(case.scene, price.start.tree)
    start = z3.ToReal(term.term) if term.kind == "int" else term.term
    case.wanted += [term.there, start >= 0]
    return start


def _after(  # noqa: PLR0917 - what is left depends on all of these
    case: Case,
    rule: CompiledRule,
    effect: CompiledEffect,
    price: CheckedPrice,
    left: Any,
    applies: Any,
) -> Any:
    take = price.source.takes[effect.kind]
    param = take.percent or take.amount or ""
    constant = effect.constants.get(param)
    if take.percent is not None and constant is not None:
        percent = Fraction(min(max(Decimal(constant), Decimal(0)), HUNDRED))
        return left * _real(1 - percent / 100)
    number, _ = case.number(rule, param, dict(effect.params)[param].tree)
    if take.percent is not None:
        most = z3.RealVal(str(HUNDRED))
        percent = z3.If(number < 0, z3.RealVal(0), z3.If(number > most, most, number))
        return left - left * percent / 100
    if effect.kind in price.times:
        times = value(case.scene, price.times[effect.kind].tree)
        case.wanted.append(z3.Implies(applies, times.there))  # without it there is no price
        number = z3.If(number < 0, z3.RealVal(0), number)
        number *= z3.ToReal(times.term) if times.kind == "int" else times.term
    return z3.If(number < 0, left, z3.If(number > left, z3.RealVal(0), left - number))


def _real(number: Fraction) -> Any:
    return z3.RealVal(f"{number.numerator}/{number.denominator}")
