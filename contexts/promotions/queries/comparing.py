"""
What drafts would change of the discounts of many carts: each priced as it is now, and again where it can differ.

A point is asked a second time only about carts that reach it with other remainders, or if drafts are of that point.
Everything else is as it was: the same rules, asked about the same facts, decide the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from django.conf import settings

from contexts.calculation.messages import (
    ComparedDecisions,
    CompareDecisions,
    Decide,
    Decision,
    Decisions,
)
from contexts.promotions.decisions import LINE_DISCOUNTS, ORDER_DISCOUNTS, SHIPPING_DISCOUNTS
from contexts.promotions.messages import ChangedDiscounts, CompareDiscounts, Comparison
from contexts.promotions.queries.deciding import (
    Ask,
    Facts,
    InHand,
    line_facts,
    off_order,
    off_shipping,
    take_off_lines,
)
from shared_kernel import bus
from shared_kernel.decisions import RuleText

LINES_A_MESSAGE = 8_000  # about 2 MB: every line is decided about with all lines of its cart
Step = Callable[[Sequence[InHand], Ask], None]


def compare_discounts(query: CompareDiscounts) -> Comparison:
    """The discounts of every cart now, and those with the drafts where they are others."""
    found: dict[str, str] = {}

    def now(point: str, facts: Facts) -> Decisions:
        decided = _asked(point, facts, query.fingerprints.get(point))
        found[point] = decided.fingerprint
        return decided

    def then(point: str, facts: Facts) -> Decisions:
        return _asked(point, facts, found[point], query.drafts.get(point, ()))

    before = [InHand.of(cart) for cart in query.carts]
    after = _after_lines(before, query, found)
    for step, point in ((off_order, ORDER_DISCOUNTS.name), (off_shipping, SHIPPING_DISCOUNTS.name)):
        _after_step(step, before, after, now, then, has_drafts=point in query.drafts)
    return Comparison(
        fingerprints=found,
        carts=tuple(
            ChangedDiscounts(
                before=tuple(one.discounts),
                after=None if other.discounts == one.discounts else tuple(other.discounts),
            )
            for one, other in zip(before, after, strict=True)
        ),
    )


def _asked(
    point: str, facts: Facts, fingerprint: str | None, drafts: tuple[RuleText, ...] = ()
) -> Decisions:
    """What is decided about all of these facts by one set of rules."""
    decisions: list[Decision] = []
    decided = None
    for part in _parts(facts):
        decided = bus.ask(Decide(point=point, facts=part, fingerprint=fingerprint, drafts=drafts))
        decisions += decided.decisions
        if not drafts:
            fingerprint = decided.fingerprint
    if decided is None:
        raise ValueError("there is nothing to decide about")
    return Decisions(fingerprint=decided.fingerprint, decisions=tuple(decisions))


def _compared(
    point: str, facts: Facts, fingerprint: str | None, drafts: tuple[RuleText, ...]
) -> ComparedDecisions:
    """What is decided about all of these facts by one set of rules, and with the drafts where that is something else."""
    before: list[Decision] = []
    after: list[Decision | None] = []
    for part in _parts(facts):
        found = bus.ask(
            CompareDecisions(point=point, facts=part, fingerprint=fingerprint, drafts=drafts)
        )
        fingerprint = found.fingerprint
        before += found.before
        after += found.after
    return ComparedDecisions(
        fingerprint=fingerprint or "", before=tuple(before), after=tuple(after)
    )


def _parts(facts: Facts) -> Iterator[Facts]:
    """All facts at once where they stay in the process; else so few that a message holds them with their carts."""
    if "calculation" in settings.TOPOLOGY.here:
        yield facts
        return
    begun = lines = 0
    for number, one in enumerate(facts):
        lines += len(one["lines"])
        if lines > LINES_A_MESSAGE and number > begun:
            yield facts[begun:number]
            begun, lines = number, len(one["lines"])
    yield facts[begun:]


def _after_lines(
    before: list[InHand], query: CompareDiscounts, found: dict[str, str]
) -> list[InHand]:
    """Take lines' discounts off; the carts as they would be with the drafts."""
    point = LINE_DISCOUNTS.name
    facts, fingerprint = line_facts(before), query.fingerprints.get(point)
    drafts = query.drafts.get(point, ())
    if not drafts:
        decided = _asked(point, facts, fingerprint)
        found[point] = decided.fingerprint
        take_off_lines(before, decided.decisions)
        return [one.copy() for one in before]
    both = _compared(point, facts, fingerprint, drafts)
    found[point] = both.fingerprint
    after, place = [], 0
    for one in before:
        lines = slice(place, place + len(one.cart.lines))
        place = lines.stop
        others = both.after[lines]
        other = one.copy()
        take_off_lines([one], both.before[lines])
        if any(it is not None for it in others):
            pairs = zip(both.before[lines], others, strict=True)
            take_off_lines([other], [now if then is None else then for now, then in pairs])
        else:
            other = one.copy()
        after.append(other)
    return after


def _after_step(
    step: Step,
    before: list[InHand],
    after: list[InHand],
    now: Ask,
    then: Ask,
    *,
    has_drafts: bool,
) -> None:
    taken = [len(one.discounts) for one in before]
    reached_alike = [
        one.remaining == other.remaining for one, other in zip(before, after, strict=True)
    ]
    step(before, now)
    asked = []
    for one, other, alike, number in zip(before, after, reached_alike, taken, strict=True):
        if has_drafts or not alike:
            asked.append(other)
        else:
            other.discounts += one.discounts[number:]
            other.remaining = list(one.remaining)
    step(asked, then)
