"""
Why each rule applied, or did not: its terms, what they saw, and one sentence.

Made on request, from the same tree and by the same generated code as the decision; a decision that is not
explained pays nothing. The nearest change that would make a rule match is a search, and made when asked for only.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, NamedTuple

from .canonical import canonical
from .constants import Unknown, constant
from .describe import METHODS, RELATIONS, text, words
from .edits import at
from .errors import FAULTS, EvaluationError, StepsExhausted
from .nearest import Allowance, Nearest, nearest
from .nodes import Binary, Call, Logical, Node, Unary, walk
from .paths import path_of
from .python import Evaluator, Facts, compile_outcomes, compile_values
from .rules import CompiledRule
from .rulesets import RuleSet, condition_outcome
from .schema import DYN
from .shown import shown
from .units import Steps

_A_RULE: Final = 2  # steps of a decision
_AN_ENTRY: Final = 4
_SHORT_LIST: Final = 32  # entries that come with the rule
Outcome = Literal["applied", "set aside", "not matched", "error"]


@dataclass(frozen=True, slots=True)
class Term:
    """One comparison of a condition; `holds` is None for an error, `decides` if it settled the rule."""

    text: str
    holds: bool | None
    decides: bool
    values: Mapping[str, Any]
    missing: str | None
    error: str | None
    sentence: str


@dataclass(frozen=True, slots=True)
class RuleExplanation:
    """What became of one rule, and why; `nearest` is the smallest change of facts that would make it match."""

    rule_id: str
    version: int
    name: str
    outcome: Outcome
    terms: tuple[Term, ...]
    sentence: str
    why: str | None = None
    nearest: Nearest | None = None


class _Probe(NamedTuple):
    """A term's compiled code: itself, and the operands whose values are worth showing."""

    node: Node
    outcome: Evaluator
    operands: tuple[tuple[Node, Evaluator], ...]


def explain(
    rule_set: RuleSet,
    facts: Facts,
    level: Literal["applied", "full", "nearest"] = "applied",
    allowance: Allowance | None = None,
) -> tuple[RuleExplanation, ...]:
    """
    Explain a decision, rule by rule in the order of the set.

    `full` also tells of rules that did not match, `nearest` also what would make them, as far as the `allowance`
    reaches, which several explanations may share. A rule that could not be decided is told always. It never raises,
    whatever the facts.
    """
    decision = rule_set.decide(facts)
    applied = {match.rule_id for match in decision.matches}
    aside = {rule.rule_id: rule for rule in decision.set_aside}
    spent = {rule.rule_id: rule.why for rule in decision.undecided}
    explained: list[RuleExplanation] = []
    price = _price(rule_set, facts) if level == "nearest" else 0
    allowance = allowance or Allowance()
    for rule in rule_set.rules:
        matched = rule.id in applied or rule.id in aside
        if not matched and rule.id not in spent and level == "applied":
            continue
        why = aside[rule.id].detail if rule.id in aside else None
        if matched:
            outcome: Outcome = "applied" if rule.id in applied else "set aside"
            outcome = "error" if rule.id in aside and aside[rule.id].why == "error" else outcome
        elif rule.id in spent:
            outcome, why = "error", spent[rule.id]
        else:
            seen = condition_outcome(rule, facts, Steps())
            outcome = "error" if isinstance(seen, EvaluationError) else "not matched"
            why = str(seen) if isinstance(seen, EvaluationError) else None
        told = _explanation(rule, facts, outcome, why)
        if not matched and level == "nearest":
            told = replace(told, nearest=_nearest(rule_set, rule, facts, allowance, price))
        explained.append(told)
    return tuple(explained)


def _nearest(
    rule_set: RuleSet, rule: CompiledRule, facts: Facts, allowance: Allowance, price: int
) -> Nearest | None:
    """The nearest change, decided by the whole set: what matches then may still be set aside."""
    near = nearest(rule, facts, allowance)
    if near is None:
        return None
    try:
        decision = rule_set.decide(near.facts, allowance.for_a_decision(price))
    except StepsExhausted:
        return None
    if decision.undecided:
        return None  # the allowance is spent: what would still set it aside is not known
    aside = next((it for it in decision.set_aside if it.rule_id == rule.id), None)
    if aside is not None:
        return replace(near, sentence=f"{near.sentence}; but then {aside.detail}")
    return near if any(match.rule_id == rule.id for match in decision.matches) else None


def _price(rule_set: RuleSet, facts: Facts) -> int:
    """Return what the set's next decision takes beside its loops: the rules, and the entries of the long lists they read."""
    return sum(_A_RULE + _beyond(rule, facts) for rule in rule_set.members())


def _beyond(rule: CompiledRule, facts: Facts) -> int:
    if "read" not in rule.evaluators:
        lists = (it for it in walk(rule.condition.tree) if it.type and it.type.name == "list")
        rule.evaluators["read"] = [path for it in lists if (path := path_of(it))]
    entries = (
        len(it) for path in rule.evaluators["read"] if isinstance(it := at(facts, path), list)
    )
    return sum(_AN_ENTRY * (it - _SHORT_LIST) for it in entries if it > _SHORT_LIST)


def _explanation(
    rule: CompiledRule, facts: Facts, outcome: Outcome, why: str | None
) -> RuleExplanation:
    if "terms" not in rule.evaluators:
        rule.evaluators["terms"] = _compile_probes(rule.condition.tree)
    probes: dict[int, _Probe] = rule.evaluators["terms"]
    _, terms = _judge(rule.condition.tree, probes, facts)
    sentence = "; ".join(term.sentence for term in terms)
    if why and outcome != "not matched" and why not in sentence:
        sentence = f"{sentence}; but {why}"
    return RuleExplanation(
        rule.id, rule.source.version, rule.source.name, outcome, tuple(terms), sentence, why
    )


def _leaves(node: Node) -> Iterator[Node]:
    match node:
        case Logical(operands=operands):
            for operand in operands:
                yield from _leaves(operand)
        case Unary(operator="!", operand=operand):
            yield from _leaves(operand)
        case _:
            yield node


def _compile_probes(tree: Node) -> dict[int, _Probe]:
    leaves = list(_leaves(tree))
    operands = [[part for part in _operands(leaf) if not _is_constant(part)] for leaf in leaves]
    outcomes = compile_outcomes(leaves)
    values = iter(compile_values([(part, DYN) for parts in operands for part in parts]))
    return {
        id(leaf): _Probe(leaf, outcome, tuple((part, next(values)) for part in parts))
        for leaf, outcome, parts in zip(leaves, outcomes, operands, strict=True)
    }


def _operands(leaf: Node) -> tuple[Node, ...]:
    match leaf:
        case Binary(operator=operator, left=left, right=right) if (
            operator in RELATIONS or operator == "in"
        ):
            return (left, right)
        case Call(function=function, target=Node()) if function in METHODS:
            return leaf.operands
    return ()


def _is_constant(node: Node) -> bool:
    try:
        constant(node)
    except (Unknown, EvaluationError):
        return False
    return True


def _judge(
    node: Node, probes: Mapping[int, _Probe], facts: Facts
) -> tuple[bool | None, list[Term]]:
    """Return whether a part holds, and the terms that tell why; None is an error."""
    if isinstance(node, Unary) and node.operator == "!":
        holds, terms = _judge(node.operand, probes, facts)
        return (None if holds is None else not holds), terms
    if not isinstance(node, Logical):
        term = _term(probes[id(node)], facts)
        return term.holds, [term]
    judged = [_judge(part, probes, facts) for part in node.operands]
    settles = node.operator == "||"
    outcomes = [holds for holds, _ in judged]
    result = settles if settles in outcomes else None if None in outcomes else not settles
    telling: list[Term] = []
    for holds, inner in judged:
        if result is True and settles and holds is not True:
            continue  # one side of an `||` is enough: the others have nothing to tell
        telling += inner if holds is result else [replace(term, decides=False) for term in inner]
    return result, telling


def _term(probe: _Probe, facts: Facts) -> Term:
    steps = Steps()
    try:
        seen = probe.outcome(facts, steps)
    except StepsExhausted as exhausted:
        seen = EvaluationError(str(exhausted))
    written = canonical(probe.node)
    values = {canonical(part): found for part, found in _values(probe, facts)}
    if isinstance(seen, EvaluationError):
        sentence = str(seen) if seen.missing else f"{written}: {seen}"
        return Term(written, None, True, values, seen.missing, str(seen), sentence)
    holds = seen is True
    redundant = isinstance(probe.node, Binary) and (
        probe.node.operator in {"==", "!="} and (probe.node.operator == "==") is holds
    )

    def show(node: Node) -> str:
        name = canonical(node)
        if name not in values or redundant:
            return text(node)
        return f"{text(node)} {shown(values[name])}"

    return Term(written, holds, True, values, None, None, words(probe.node, show, holds=holds))


def _values(probe: _Probe, facts: Facts) -> Iterator[tuple[Node, Any]]:
    for node, evaluator in probe.operands:
        try:
            yield node, evaluator(facts, Steps())
        except (*FAULTS, StepsExhausted):
            continue  # the term's own error tells it
