"""
A guardrail proved over a whole set of rules, or facts that break it, decided for real.

The question is first put loosely, which is quick and enough for most proofs; if that shows facts which do not really
break it, exactly. What this cannot do: answer within any time; "unknown" is said with its reason, and never taken for a proof.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from time import monotonic
from typing import Any, Final, Literal

import z3  # type: ignore[import-untyped]  # ships no stubs

from .alone import alone
from .applying import Case, case_of, exactly, in_order, loosely
from .errors import FAULTS
from .guardrails import CheckedGuardrail, CheckedPrice, figures_of, is_broken
from .nearest import nearest
from .nodes import Node
from .python import compile_outcomes
from .rulesets import Decision, RuleSet
from .schema import Schema, parse_type
from .solver import NotInSolver, solver_of, truth, value
from .symbols import USUAL, Record, Term
from .units import Steps

_NAMED: Final = 3
_AGGREGATED: Final = {"collect sum", "collect min", "collect max"}
_BRIEFLY: Final = 250  # milliseconds, for what is easily told, however late it is
_HANDSOME: Final = 100  # a start that people reckon with easily, tried before any other
_OUTCOME: Final = {name: parse_type("decimal") for name in ("start", "discount", "paid")}


@dataclass(frozen=True)
class Example:
    """Facts, what the rules really decide about them, and the figures of the price."""

    facts: Mapping[str, Any]
    decision: Decision
    figures: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """Whether a guardrail holds of all facts; None is unknown, with its reason. `free` may have been anything."""

    holds: bool | None
    examples: tuple[Example, ...] = ()
    reason: str = ""
    free: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Question:
    rules: RuleSet
    guardrail: CheckedGuardrail
    price: CheckedPrice
    schema: Schema
    milliseconds: int
    until: float  # as `monotonic` tells it

    @property
    def left(self) -> int:
        """Milliseconds; a solver needs at least one."""
        return max(int((self.until - monotonic()) * 1000), 1)


def guard(
    rules: RuleSet,
    guardrail: CheckedGuardrail,
    price: CheckedPrice,
    schema: Schema,
    *,
    milliseconds: int = 5000,
) -> Verdict:
    """
    Prove that no decision of these rules breaks the guardrail, or show one that does.

    It takes about so many milliseconds at most: half of them for the loose question.
    """
    if standing := [it.source.name for it in rules.rules if it.source.stacking != "normal"]:
        names = ", ".join(f'"{name}"' for name in standing[:_NAMED])
        return Verdict(None, reason=f"rules that never or always stack are not told yet: {names}")
    if rules.together.stacking is not None:
        return Verdict(None, reason="rules that stack in lanes, caps or budgets are not told yet")
    if rules.hit_policy in _AGGREGATED:
        return Verdict(None, reason=f'what "{rules.hit_policy}" makes of the rules is not told yet')
    seconds = milliseconds / 1000
    half = monotonic() + seconds / 2
    question = _Question(rules, guardrail, price, schema, milliseconds, half)
    try:
        with alone():
            verdict = _asked(question, "loosely")
        if verdict is None and monotonic() < half + seconds / 2:
            question = replace(question, until=half + seconds / 2)
            with alone():
                verdict = _asked(question, "exactly")
    except NotInSolver as refusal:
        return Verdict(None, reason=f"the solver cannot be told of {refusal}")
    return verdict or _late(question)


def _asked(question: _Question, how: Literal["loosely", "exactly"]) -> Verdict | None:
    """Put the question; None where only the other way of putting it can tell."""
    rules = in_order(question.rules.rules, question.rules.hit_policy)
    cases = _cases(question)
    paid = []
    for case in cases:
        encode = loosely if how == "loosely" else exactly
        left = encode(case, rules, question.rules.hit_policy, question.price)
        if left is None:
            return None
        paid.append(left)
    starts = _demand(question, cases, paid)
    wanted = [it for case in cases for it in (*case.wanted, *case.scene.symbols.assumptions)]
    usual = [it for case in cases for it in case.scene.symbols.usual]
    free = {name: why for case in cases for name, why in case.free.items()}
    solver = solver_of([*wanted, *usual], question.left)
    answer = solver.check()
    if usual_breaks_none := answer == z3.unsat:
        solver = solver_of(wanted, question.left)
        answer = solver.check()
    if answer == z3.unsat:
        return _proved(question, cases, free)
    if answer != z3.sat:
        return None if how == "loosely" else _late(question, free)
    for model in _models(solver, starts, question):
        examples = _decided(question, cases, model)
        if examples:
            return Verdict(holds=False, examples=examples, free=free)
    if how == "loosely":
        return None
    return _unshown(free, usual=not usual_breaks_none)


def _late(question: _Question, free: Mapping[str, str] | None = None) -> Verdict:
    return Verdict(None, reason=f"no answer within {question.milliseconds} ms", free=free or {})


def _unshown(free: Mapping[str, str], *, usual: bool) -> Verdict:
    why = f"none breaks it with {USUAL}; others may"
    if usual:
        why = "the solver's example does not break it when it is decided"
    if free:
        why += f"; it cannot be told of {', '.join(sorted(set(free.values())))}"
    return Verdict(None, reason=why, free=free)


def _proved(question: _Question, cases: list[Case], free: Mapping[str, str]) -> Verdict:
    if _about_nothing(question):
        return Verdict(None, reason="it is about nothing: no facts are as it assumes", free=free)
    bounded = sorted({what for case in cases for what in case.scene.bounded})
    if bounded:
        most = cases[0].scene.symbols.items
        what = " and ".join(bounded)
        why = f"none breaks it with lists of at most {most}; {what} may need longer ones"
        return Verdict(None, reason=why, free=free)
    return Verdict(holds=True, free=free)


def _about_nothing(question: _Question) -> bool:
    """Say whether no facts have a price and satisfy what is assumed of them."""
    wanted: list[Any] = []
    for number, case in enumerate(_cases(question)):
        start = _start_of(case, question.price)
        wanted += [start.there, start.term >= 0, *_assumed(question, case, number)]
        wanted += case.scene.symbols.assumptions
    return bool(solver_of(wanted, max(question.left, _BRIEFLY)).check() == z3.unsat)


def _models(solver: Any, starts: list[Any], question: _Question) -> Iterator[Any]:
    """Models, those with figures that people reckon with first."""
    general = solver.model()
    handsome = (
        [start == _HANDSOME for start in starts],
        [start == z3.ToReal(z3.Int(f"whole {it}")) for it, start in enumerate(starts)],
        [start * 100 == z3.ToReal(z3.Int(f"cents {it}")) for it, start in enumerate(starts)],
    )
    for wish in handsome:
        solver.set("timeout", max(question.left // 2, 1))
        solver.push()
        solver.add(*wish)
        found = solver.model() if solver.check() == z3.sat else None
        solver.pop()
        if found is not None:
            yield found
            break
    yield general


def _cases(question: _Question) -> list[Case]:
    guardrail, price = question.guardrail, question.price
    trees: list[Node] = [rule.condition.tree for rule in question.rules.rules]
    trees += [
        checked.tree
        for rule in question.rules.rules
        for effect in rule.effects
        for name, checked in effect.params
        if name not in effect.constants
    ]
    parts = (guardrail.claim, guardrail.assuming, price.assuming, price.start)
    trees += [it.tree for it in (*parts, *guardrail.cases, *price.times.values())]
    names = guardrail.names
    if len(names) == 1:
        return [case_of(question.schema, trees)]
    apart = frozenset({guardrail.path})
    return [case_of(question.schema, trees, f"{name} ", apart, len(names)) for name in names]


def _demand(question: _Question, cases: list[Case], paid: list[Any]) -> list[Any]:
    """Demand that the claim is false of these cases; return where their prices start."""
    guardrail, price = question.guardrail, question.price
    starts = []
    figures: dict[str, Any] = {}
    for number, (case, left) in enumerate(zip(cases, paid, strict=True)):
        start = _start_of(case, price).term
        starts.append(start)
        case.wanted += _assumed(question, case, number)
        figures[guardrail.names[number]] = _record(case, start, left)
    first = cases[0]
    told = first.scene.symbols
    for name, record in figures.items():
        told.define(name, record)
    first.wanted.append(truth(first.scene, guardrail.claim.tree, want=False))
    return starts


def _assumed(question: _Question, case: Case, number: int) -> list[Any]:
    guardrail = question.guardrail
    trees = [question.price.assuming.tree, guardrail.assuming.tree]
    trees += [guardrail.cases[number].tree] if guardrail.cases else []
    return [truth(case.scene, it) for it in trees]


def _start_of(case: Case, price: CheckedPrice) -> Term:
    term = value(case.scene, price.start.tree)
    if term.kind != "int":
        return term
    return Term("decimal", z3.ToReal(term.term), term.there)


def _record(case: Case, start: Any, left: Any) -> Record:
    there = z3.BoolVal(True)
    terms = {"start": start, "discount": start - left, "paid": left}
    made = {name: Term("decimal", term, there) for name, term in terms.items()}
    return Record(case.scene.symbols, "outcome", dict(_OUTCOME), there, made)


def _freed(question: _Question, case: Case, model: Any) -> Mapping[str, Any]:
    """The facts of a model, changed so that rules match which the solver let match without being told how."""
    facts: Mapping[str, Any] = case.scene.symbols.read(model)
    if not case.free or len(question.guardrail.names) > 1:
        return facts
    for rule in question.rules.rules:
        if z3.is_true(model.eval(case.holds(rule))) and rule.source.name in case.free:
            near = nearest(rule, facts)
            facts = facts if near is None else near.facts
    return facts


def _decided(question: _Question, cases: list[Case], model: Any) -> tuple[Example, ...]:
    """The examples of a model, decided for real; none if they do not break the guardrail."""
    found = []
    guardrail, price = question.guardrail, question.price
    for number, case in enumerate(cases):
        facts = _freed(question, case, model)
        demanded = [price.assuming.tree, guardrail.assuming.tree]
        demanded += [guardrail.cases[number].tree] if guardrail.cases else []
        if not all(it(facts, Steps()) is True for it in compile_outcomes(demanded)):
            return ()
        decision = question.rules.decide(facts)
        try:
            found.append(Example(facts, decision, figures_of(price, decision, facts)))
        except FAULTS:
            return ()
    figures = tuple(dict(it.figures) for it in found)
    return tuple(found) if is_broken(guardrail, found[0].facts, figures) else ()
