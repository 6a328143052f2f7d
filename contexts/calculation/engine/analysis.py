"""
What a reviewer should know about a set of rules before it decides: one call, one list of findings.

Rules that never match or never apply, that say what another says already, that match together where the hit policy
forbids it, that set one thing to two values; and guardrails, proved or broken. Whatever is shown as facts was decided for
real. What this cannot do: answer within any time; what was not settled is told as unknown, with its reason, and what was
not asked any more is told too.
"""

from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Final

from .checker import CheckedExpression
from .disputes import added_up, contradictions, overlaps
from .findings import Finding, Late, Review
from .guarding import guard
from .guardrails import CheckedGuardrail, CheckedPrice
from .redundancy import always_true, duplicates, shadowed, unreachable
from .rules import CompiledRule
from .rulesets import compile_set
from .schema import Schema
from .terms import Stacking

__all__ = ["Finding", "analyse", "never_applying"]
_QUESTIONS: Final = (unreachable, duplicates, shadowed, overlaps, contradictions, always_true)


def analyse(
    rules: Sequence[CompiledRule],
    schema: Schema,
    hit_policy: str = "collect",
    *,
    guardrails: Sequence[CheckedGuardrail] = (),
    price: CheckedPrice | None = None,
    about: Sequence[str] | None = None,
    beside: Sequence[str] | None = None,
    sets: Mapping[str, str] | None = None,
    over: str | None = None,
    stacking: Stacking | None = None,
    assumed: Sequence[CheckedExpression] = (),
    seconds: float = 10.0,
) -> tuple[Finding, ...]:
    """
    Return what there is to say about these rules, guardrails first.

    Only what concerns the rules `about` is asked, of all of them if it is None, in pairs with those `beside` or all; guardrails are about the whole set,
    and need a `price`; of a price it is told as well which rules add up. `sets` names what an effect sets by its kind: `{"set_price": "the price"}`. `over` and
    `stacking` are those of `compile_set`; with them, guardrails are unknown. What is `assumed` of all facts tells which
    conditions ask for nothing.

    Raises:
        DefinitionError: two rules have one id, the hit policy is unknown, or a rule does not fit it.

    """
    looked_at = frozenset(rule.id for rule in rules) if about is None else frozenset(about)
    rule_set = compile_set(rules, hit_policy, over=over, stacking=stacking)
    trees = [it.tree for it in assumed]
    others = None if beside is None else frozenset(beside)
    ends = monotonic() + seconds
    review = Review(rule_set, schema, looked_at, sets or {}, ends, trees, others)
    # a hard one leaves the others their share
    found = [
        _guarded(review, it, price, review.milliseconds // still)
        for still, it in zip(range(len(guardrails), 0, -1), guardrails, strict=True)
    ]
    try:
        for question in _QUESTIONS:
            found.extend(question(review))
        told = {frozenset(it.rules) for it in found if it.kind != "guardrail"}
        if price is not None:
            found.extend(it for it in added_up(review) if frozenset(it.rules) not in told)
    except Late:
        text = "the time was over before everything was asked: what is not named here is not known"
        found.append(Finding("unfinished", "unknown", tuple(sorted(looked_at)), text))
    return tuple(found)


def never_applying(
    rules: Sequence[CompiledRule],
    schema: Schema,
    hit_policy: str = "collect",
    *,
    seconds: float = 10.0,
) -> tuple[tuple[Finding, ...], bool]:
    """
    Return which of these rules can never match, or never apply beside the others, and whether that is known of all.

    It is not, where the time was over or a proof gave no answer. The questions about pairs, which grow with the square of the rules, are not asked.

    Raises:
        DefinitionError: as `analyse`.

    """
    everything = frozenset(rule.id for rule in rules)
    rule_set = compile_set(rules, hit_policy)
    review = Review(rule_set, schema, everything, {}, monotonic() + seconds)
    found: list[Finding] = []
    is_known = True
    try:
        for question in (unreachable, shadowed):
            found.extend(question(review))
    except Late:
        is_known = False
    problems = tuple(it for it in found if it.standing == "problem")
    return problems, is_known and not any(it.standing == "unknown" for it in found)


def _guarded(
    review: Review, guardrail: CheckedGuardrail, price: CheckedPrice | None, left: int
) -> Finding:
    name = guardrail.source.name
    if price is None:
        text = f"{name}: unknown, there is no price that it could be about"
        return Finding("guardrail", "unknown", (), text)
    if left <= 0:
        return Finding("guardrail", "unknown", (), f"{name}: unknown, the time was over")
    verdict = guard(review.rules, guardrail, price, review.schema, milliseconds=left)
    if verdict.holds is None:
        return Finding("guardrail", "unknown", (), f"{name}: unknown, {verdict.reason}")
    if verdict.holds:
        text = f"{name}: proved of every price from zero up"
        if verdict.free:
            names = ", ".join(f'"{it}"' for it in sorted(verdict.free))
            text += f", even if {names}, of which the solver cannot be told all, did anything"
        return Finding("guardrail", "holds", (), text)
    matches = {it.rule_id: it.name for one in verdict.examples for it in one.decision.matches}
    by = " and ".join(f'"{name}"' for name in matches.values())
    text = f"{name}: broken{' by ' if by else ''}{by}"
    return Finding("guardrail", "problem", tuple(matches), text, verdict.examples)
