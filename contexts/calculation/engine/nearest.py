"""
The nearest change of facts that makes a condition match: "12.01 more in cart.subtotal unlocks it".

Looked for by cost: the fewest changed facts first, and of as many the smallest (a number's change is its share of the
number). Whatever is found was decided for real on the changed facts before it is told. What this cannot do:
promise that nothing nearer exists where a condition goes through roundings, patterns or parts of times; what it cannot
say within its allowance it does not say at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from heapq import heappop, heappush
from itertools import count
from typing import Any, Final

from .arithmetic import is_number
from .edits import GONE, Edit, Impossible, Place, Relation, Situation, written
from .errors import FAULTS, StepsExhausted
from .nodes import Node
from .python import Facts
from .repairs import repairs
from .rules import CompiledRule
from .shown import shown
from .units import Steps
from .view import Looks, TooManyLooks, View

MOST_TRIED: Final = 200  # changed facts, for one rule
MOST_TRIED_TOGETHER: Final = 5_000  # for all rules of one explanation
_MOST_LOOKED: Final = 5_000  # parts of a condition, with the same facts
_MOST_LOOKED_TOGETHER: Final = 500_000  # for all rules of one explanation
_MOST_STEPS: Final = 2_000_000  # over list entries, for all rules of one explanation
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
    """What a search may cost: each changed set of facts that is tried, and each list entry that is looked at."""

    def __init__(self) -> None:
        self.tries = MOST_TRIED_TOGETHER
        self.looks = _MOST_LOOKED_TOGETHER
        self.steps = Steps()
        self.steps.total = _MOST_STEPS


def nearest(rule: CompiledRule, facts: Facts, allowance: Allowance | None = None) -> Nearest | None:
    """
    Return the smallest change found that makes the rule match, None if there is none that can be said.

    It never raises, whatever the facts, and gives None for a rule that matches.
    """
    try:
        found = _search(rule, facts, allowance or Allowance())
        return None if found is None else _told(found)
    except (*FAULTS, StepsExhausted):
        return None


def _search(rule: CompiledRule, facts: Facts, allowance: Allowance) -> Situation | None:
    tree = rule.condition.tree
    evaluators = rule.evaluators.setdefault("nearest", {})
    order = count()
    start = Situation(facts, facts)
    queue: list[tuple[tuple[int, float], int, Situation]] = [(start.cost, next(order), start)]
    seen = {start.key}
    tries = min(MOST_TRIED, allowance.tries)
    while queue and tries > 0:
        _, _, here = heappop(queue)
        looks = Looks(min(_MOST_LOOKED, allowance.looks))
        granted = looks.left
        view = View(here, allowance.steps, evaluators, {}, {}, looks)
        allowance.tries -= 1
        tries -= 1
        if view.holds(tree):
            return _without_superfluous(view, rule) if here.edits else None
        for after in _moved(view, tree):
            if after.key not in seen and len(after.edits) <= _MOST_CHANGES:
                seen.add(after.key)
                heappush(queue, (after.cost, next(order), after))
        allowance.looks -= granted - max(looks.left, 0)
    return None


def _moved(view: View, tree: Node) -> Iterator[Situation]:
    """Yield what the facts become by each move, as far as there are not too many ways."""
    try:
        for move in repairs(view, tree, True):
            try:
                yield view.situation.after(move)
            except Impossible:
                continue
    except TooManyLooks:
        return


def _without_superfluous(view: View, rule: CompiledRule) -> Situation:
    """Take back each edit that the others do without."""
    best = view.situation
    for place in list(best.edits):
        kept = [it for it in best.edits.values() if it.place != place]
        moves = tuple(it if it.to is GONE else it._replace(to=best.at(it.place)) for it in kept)
        try:
            fewer = Situation(best.original, best.original).after(moves)
        except Impossible:
            continue
        if replace(view, situation=fewer).holds(rule.condition.tree):
            best = fewer
    return best


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
