"""
Rules that match together where the hit policy forbids it, or apply together and set one thing to two values.

What this cannot do: look through more than a few rules that take the place of one of the two; then it is not known.
"""

from collections.abc import Iterator

from .findings import Finding, Kind, Review, forbids, names_of
from .guarding import Example
from .hitpolicies import effects_of
from .rules import CompiledRule

_TRIES = 10
MOST_ADDED_UP = 5


def overlaps(review: Review) -> Iterator[Finding]:
    """Rules that match together although the hit policy is unique; or any, and they do different things."""
    policy: str = review.rules.hit_policy
    if policy not in {"unique", "any"}:
        return
    for first, other in review.pairs():
        if policy == "any" and effects_of(first) == effects_of(other):
            continue
        text = f'{names_of(first, other)} can match together, which "{policy}" forbids'
        answer = review.ask(hold=[first.condition.tree, other.condition.tree])
        if answer.facts is not None:
            example = review.example(answer.facts)
            yield Finding("overlap", "problem", (first.id, other.id), text, (example,))
        elif answer.exists is None:
            yield _unknown("overlap", (first, other), "match together", answer.reason)


def contradictions(review: Review) -> Iterator[Finding]:
    """Rules that can apply together and set one thing to two values."""
    if review.is_single:
        return
    for first, other in review.pairs():
        for thing in sorted(_set_by(review, first) & _set_by(review, other)):
            kinds = {kind: it for kind, it in review.sets.items() if it == thing}
            same = effects_of(first, kinds) == effects_of(other, kinds)
            if not same and not forbids(review, first, other):
                yield from _contradiction(review, first, other, thing)


def added_up(review: Review) -> Iterator[Finding]:
    """Rules that apply together, so that what they give adds up: it may be meant. The first few are told."""
    if review.is_single:
        return
    told = 0
    for first, other in review.pairs():
        if told == MOST_ADDED_UP:
            return
        if forbids(review, first, other):
            continue
        answer = review.ask(hold=[first.condition.tree, other.condition.tree])
        if answer.facts is None:
            continue
        example = review.example(answer.facts)
        if {first.id, other.id} <= {it.rule_id for it in example.decision.matches}:
            told += 1
            text = f"{names_of(first, other)} apply together: what they give adds up"
            yield Finding("added up", "note", (first.id, other.id), text, (example,))


def _set_by(review: Review, rule: CompiledRule) -> set[str]:
    return {review.sets[it.kind] for it in rule.effects if it.kind in review.sets}


def _contradiction(
    review: Review, first: CompiledRule, other: CompiledRule, thing: str
) -> Iterator[Finding]:
    """Look for facts that both match; where a third takes the place of one of them, beside that."""
    both = [first.condition.tree, other.condition.tree]
    beside: dict[str, CompiledRule] = {}
    reason = "other rules take their place in all that was tried"
    for _ in range(_TRIES):
        answer = review.ask(hold=both, fail=[it.condition.tree for it in beside.values()])
        if answer.facts is None:
            if answer.exists is False:
                return
            reason = answer.reason
            break
        example = review.example(answer.facts)
        if _differs(review, example, (first.id, other.id), thing):
            text = (
                f"{names_of(first, other)} can apply together, and set {thing} to different values"
            )
            yield Finding("contradiction", "problem", (first.id, other.id), text, (example,))
            return
        by = {it.by for it in example.decision.set_aside if it.rule_id in {first.id, other.id}}
        more = {it.id: it for it in review.rules.rules if it.id in by and it.id not in beside}
        if not more:
            reason = "they agree in what was tried"
            break
        beside |= more
    yield _unknown("contradiction", (first, other), f"set {thing} to different values", reason)


def _differs(review: Review, example: Example, ids: tuple[str, str], thing: str) -> bool:
    values = [
        params
        for match in example.decision.matches
        if match.rule_id in ids
        for kind, params in match.effects
        if review.sets.get(kind) == thing
    ]
    return any(it != values[0] for it in values)


def _unknown(kind: Kind, rules: tuple[CompiledRule, ...], what: str, reason: str) -> Finding:
    text = f"whether {names_of(*rules)} can {what} is not known: {reason}"
    return Finding(kind, "unknown", tuple(rule.id for rule in rules), text)
