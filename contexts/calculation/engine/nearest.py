"""
The nearest change of facts that makes a condition match: "12.01 more in cart.subtotal unlocks it".

Looked for by cost: the fewest changed facts first, and of as many the smallest (a number's change is its share of the
number). What is found was decided for real on the changed facts before it is told, and its numbers are brought back, by
halves, as near to what they were as still will do. What this cannot do: promise that nothing nearer exists, where a
fact stands in a condition twice, where a number will do, no more, and do again on its way, or through roundings, patterns and
parts of times; and see more of a long list than its first items. What it cannot say within its allowance it does not
say at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from heapq import heappop, heappush
from itertools import count, islice
from typing import Any, Final

from .arithmetic import EXACT, is_number
from .edits import (
    GONE,
    Edit,
    Impossible,
    Place,
    Relation,
    Situation,
    fraction,
    places_of,
    written,
)
from .errors import FAULTS, StepsExhausted
from .levers import CENTS
from .nodes import Node
from .python import Facts
from .repairs import repairs
from .rules import CompiledRule
from .shown import shown
from .units import Steps
from .view import View, Weight

MOST_TRIED: Final = 200  # changed facts, for one rule
MOST_TRIED_TOGETHER: Final = 5_000  # for all rules of one explanation
MOST_STEPS: Final = 5_000_000  # for one rule; see `view.py` for what costs how many
MOST_STEPS_TOGETHER: Final = 10_000_000  # for all rules of one explanation
_A_MOVE: Final = 300  # steps
_COPIED_A_STEP: Final = 16  # entries of lists and maps
_MOST_MOVES: Final = 2_000  # from one changed set of facts
_MOST_CHANGES: Final = 8  # what needs more is no near change

_MUST: Final[dict[Relation, str]] = {
    "is": "must be",
    "is not": "must not be",
    "starts with": "must start with",
    "ends with": "must end with",
    "contains": "must contain",
    "does not start with": "must not start with",
    "does not end with": "must not end with",
    "does not contain": "must not contain",
    "includes": "must include",
    "excludes": "must not include",
}


@dataclass(frozen=True, slots=True)
class Change:
    """
    One fact that has to change.

    `relation` says how `to`, which is one value that will do, has to stand to what matched before; of `more items` and
    `fewer items`, `to` is the list's items that were added, or that stay.
    """

    path: str
    was: Any
    to: Any
    relation: Relation
    words: str


@dataclass(frozen=True, slots=True)
class Nearest:
    """Changes that together make a rule match, in one sentence; `facts` are those it was decided with."""

    changes: tuple[Change, ...]
    sentence: str
    facts: Facts = field(repr=False)


class Allowance:
    """
    What a search may cost: each changed set of facts that is tried, and in `steps` whatever else is done.

    Each part that is looked at, each list entry that is read and each move is paid for; 1,000,000 steps are about a
    tenth of a second.
    """

    def __init__(self) -> None:
        self.tries = MOST_TRIED_TOGETHER
        self.steps = Steps()
        self.steps.total = MOST_STEPS_TOGETHER

    def for_a_decision(self, price: int) -> Steps:
        """
        Return the steps that a decision of this price may still take: its loops are paid from them.

        Raises:
            StepsExhausted: there are not so many left.

        """
        self.steps.start_rule()
        self.steps.spend(price)
        self.steps.given_up = None
        return self.steps


def nearest(rule: CompiledRule, facts: Facts, allowance: Allowance | None = None) -> Nearest | None:
    """
    Return the smallest change found that makes the rule match, None if there is none that can be said.

    It never raises, whatever the facts, and gives None for a rule that matches.
    """
    allowance = allowance or Allowance()
    steps = Steps()
    steps.total = before = min(MOST_STEPS, allowance.steps.total)
    try:
        found = _search(rule, facts, allowance, steps)
        return None if found is None else _told(found)
    except (*FAULTS, StepsExhausted):
        return None
    finally:
        steps.start_rule()
        allowance.steps.total -= before - max(steps.total, 0)


def _search(
    rule: CompiledRule, facts: Facts, allowance: Allowance, steps: Steps
) -> Situation | None:
    tree = rule.condition.tree
    evaluators = rule.evaluators.setdefault("nearest", {})
    weights: dict[int, Weight] = {}
    made: set[tuple[int, str]] = set()
    order = count()
    start = Situation(facts, facts)
    queue: list[tuple[tuple[int, float], int, Situation]] = [(start.cost, next(order), start)]
    seen = {start.key}
    tries = min(MOST_TRIED, allowance.tries)
    while queue and tries > 0:
        _, _, here = heappop(queue)
        view = View(here, steps, evaluators, {}, {}, weights, made)
        allowance.tries -= 1
        tries -= 1
        if view.holds(tree):
            return _least(_without_superfluous(view, tree), tree) if here.edits else None
        for move in islice(repairs(view, tree, True), _MOST_MOVES):
            copied = here.entries_along(move) // _COPIED_A_STEP
            steps.spend(_A_MOVE * (1 + len(here.edits)) + copied)
            try:
                after = here.after(move)
            except Impossible:
                continue
            if after.key not in seen and len(after.edits) <= _MOST_CHANGES:
                seen.add(after.key)
                heappush(queue, (after.cost, next(order), after))
    return None


def _without_superfluous(view: View, tree: Node) -> View:
    """Take back each edit that the others do without."""
    best = view
    for place in list(best.situation.edits):
        with suppress(Impossible, StepsExhausted):  # then what was found stays as it is
            fewer = replace(best, situation=_redone(best.situation, place))
            if fewer.holds(tree):
                best = fewer
    return best


def _redone(found: Situation, place: Place, to: Any = None) -> Situation:
    """Make the same edits, but none at this place, or another one there."""
    moves: list[Edit] = []
    for edit in found.edits.values():
        if edit.place != place:
            moves.append(edit if edit.to is GONE else edit._replace(to=found.at(edit.place)))
        elif to is not None:
            moves.append(edit._replace(to=to))
    return Situation(found.original, found.original).after(tuple(moves))


def _least(view: View, tree: Node) -> Situation:
    """
    Bring each number back towards what it was, as far as the condition still holds.

    By halves: what is found is the least where the condition, once it holds on that way, holds from there on.
    """
    best = view.situation
    for place in list(best.edits):
        was, to = best.before(place), best.at(place)
        begun, ended = fraction(was), fraction(to)
        if begun is None or ended is None:  # no number, or one too large to be reckoned with
            continue
        step = _step(was, to)
        too_few, enough = 0, int((ended - begun) / Fraction(step))
        middle = enough - 1  # mostly its neighbour does not do, and all is said
        try:
            while enough - too_few > 1:
                nearer = _redone(best, place, _moved(was, step, middle))
                if replace(view, situation=nearer).holds(tree):
                    best, enough = nearer, middle
                else:
                    too_few = middle
                middle = (too_few + enough) // 2
        except (Impossible, *FAULTS, StepsExhausted):
            break
    return best


def _step(was: Any, to: Any) -> Any:
    """Return the step from one number to another, as small as their digits ask for."""
    sign = 1 if to > was else -1
    if isinstance(was, int) and isinstance(to, int):
        return sign
    return Decimal(sign).scaleb(-max(CENTS, places_of(was), places_of(to)))


def _moved(was: Any, step: Any, times: int) -> Any:
    if isinstance(step, int):
        return was + step * times
    return EXACT.add(Decimal(was), EXACT.multiply(step, Decimal(times)))


def _told(found: Situation) -> Nearest:
    changes = tuple(_changes(found))
    if len(changes) > 1:
        return Nearest(
            changes, f"together: {' and '.join(it.words for it in changes)}", found.facts
        )
    (only,) = changes
    states = only.words.startswith(f"{only.path} must")
    return Nearest(changes, only.words if states else f"{only.words} unlocks it", found.facts)


def _changes(found: Situation) -> Iterator[Change]:
    added: dict[Place, list[Any]] = {}
    for place, edit in found.edits.items():
        if edit.relation == "more items":
            added.setdefault(place[:-1], []).append(found.at(place))
        else:
            was, to = found.before(place), found.at(place)
            yield Change(written(place), was, to, edit.relation, _words(edit, was, to))
    for place, items in added.items():
        path = written(place)
        yield Change(path, found.before(place), items, "more items", _more(path, items))


def _more(path: str, items: list[Any]) -> str:
    like = items[0]
    text = f"{len(items)} more {'item' if len(items) == 1 else 'items'} in {path}"
    if all(it == like for it in items) and isinstance(like, Mapping) and like:
        parts = ", ".join(f"{name} {shown(value)}" for name, value in like.items())
        return f"{text} with {parts}"
    return text


def _words(edit: Edit, was: Any, to: Any) -> str:  # noqa: PLR0911 - one case for each relation
    path = written(edit.place)
    now = "is missing" if was is None else f"is {shown(was)}"
    match edit.relation:
        case "missing":
            return f"{path} must be missing ({now})"
        case "given":
            return f"{path} must be given"
        case "fewer items":
            gone = len(was) - len(to)
            return f"{gone} {'item' if gone == 1 else 'items'} fewer in {path}"
        case "at least" | "at most":
            if is_number(was):
                return f"{shown(abs(to - was))} {'more' if to > was else 'less'} in {path}"
            return f"{path} must be {edit.relation} {shown(to)} ({now})"
        case "is":
            return f"{path} must be {shown(to)} ({now})"
    if isinstance(edit.than, list):
        return f"{path} must not be one of {', '.join(map(shown, edit.than))} ({now})"
    return f"{path} {_MUST[edit.relation]} {shown(edit.than)} ({now})"
