"""
Rules that never match, never apply, always match, or say what another says already.

What this cannot do: see a rule taken aside by caps or budgets; a rule is shadowed by conditions only.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from .findings import Finding, Review, forbids, matches, names_of
from .hitpolicies import effects_of
from .nodes import Literal
from .proofs import Answer
from .rules import CompiledRule

_AT_ONCE: Final = 5  # rules that are added to a question together


def unreachable(review: Review) -> Iterator[Finding]:
    """Rules that no facts match; of the others, keep facts that do."""
    for rule in review.ordered:
        if rule.id not in review.about:
            continue
        answer = review.ask(hold=[rule.condition.tree])
        if answer.facts is not None:
            review.witnesses[rule.id] = answer.facts
        elif answer.exists is False:
            text = f"{names_of(rule)} can never match"
            yield Finding("unreachable", "problem", (rule.id,), text)
        else:
            text = f"whether {names_of(rule)} can ever match is not known: {answer.reason}"
            yield Finding("unreachable", "unknown", (rule.id,), text)


def always_true(review: Review) -> Iterator[Finding]:
    """Rules that match whatever the facts, though their condition asks for something."""
    for rule in review.ordered:
        tree = rule.condition.tree
        if rule.id not in review.about or isinstance(tree, Literal):
            continue
        if review.ask(hold=review.assumed, fail=[tree]).exists is False:
            text = f"{names_of(rule)} matches whatever the facts: its condition asks for nothing"
            yield Finding("always true", "note", (rule.id,), text, review.shown(rule))


def duplicates(review: Review) -> Iterator[Finding]:
    """Rules that match exactly the same facts."""
    for first, other in review.pairs():
        if not _same(review, first, other):
            continue
        alike = effects_of(first) == effects_of(other)
        text = f"{names_of(first, other)} match exactly the same facts, and do "
        yield Finding(
            "duplicate",
            "problem" if alike else "note",
            (first.id, other.id),
            text + ("the same" if alike else "different things"),
            review.shown(first, other),
        )


def _same(review: Review, first: CompiledRule, other: CompiledRule) -> bool:
    if first.condition.canonical == other.condition.canonical:
        return True
    for one, two in ((first, other), (other, first)):
        witness = review.witnesses.get(one.id)
        if witness is not None and not matches(two, witness):
            return False
    if not {first.id, other.id} & review.witnesses.keys():
        return False  # neither is known to match at all
    here, there = first.condition.tree, other.condition.tree
    return (
        review.ask(hold=[here], fail=[there]).exists is False
        and review.ask(hold=[there], fail=[here]).exists is False
    )


def shadowed(review: Review) -> Iterator[Finding]:
    """Rules whose place is always taken by those that are asked before them and forbid them."""
    rules = review.ordered
    for number, rule in enumerate(rules):
        before = [it for it in rules[:number] if forbids(review, it, rule)]
        concerned = review.about & {rule.id, *(it.id for it in before)}
        if not before or not concerned:
            continue
        answer, by = _outside(review, rule, before)
        ids, name = (rule.id, *(it.id for it in by)), names_of(rule)
        if answer.exists is False and by and review.about & set(ids):
            others = names_of(*by, joined=" or ")
            text = f"{name} never applies: whenever it matches, {others} goes before it"
            yield Finding("shadowed", "problem", ids, text, review.shown(rule))
        elif answer.exists is None and by and rule.id in review.about:
            text = f"whether {name} ever applies is not known: {answer.reason}"
            yield Finding("shadowed", "unknown", (rule.id,), text)


def _outside(
    review: Review, rule: CompiledRule, before: Sequence[CompiledRule]
) -> tuple[Answer, list[CompiledRule]]:
    """Look for facts that it matches and none before it, asked of no more of these than matter."""
    asked: list[CompiledRule] = []
    known = review.witnesses.get(rule.id)
    tree = rule.condition.tree
    answer = review.ask(hold=[tree]) if known is None else Answer(exists=True, facts=dict(known))
    while answer.facts is not None:
        facts = answer.facts
        review.witnesses.setdefault(rule.id, facts)
        more = [it for it in before if it not in asked and matches(it, facts)]
        if not more:
            break
        asked += more[:_AT_ONCE]
        answer = review.ask(hold=[tree], fail=[it.condition.tree for it in asked])
    return answer, asked
