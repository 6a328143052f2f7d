"""
Facts with some of them changed: which, to what, and how much of a change that is.

Facts are never changed in place: each edit gives a copy along its own path. What this cannot do: take
an item out of the middle of a list of records, whose other items would then be called otherwise.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, Literal, NamedTuple

from . import limits
from .arithmetic import is_number
from .canonical import quoted

Place = tuple[str | int, ...]
Relation = Literal[
    "is",
    "is not",
    "at least",
    "at most",
    "starts with",
    "ends with",
    "contains",
    "does not start with",
    "does not end with",
    "does not contain",
    "includes",
    "excludes",
    "given",
    "missing",
    "more items",
    "fewer items",
]
GONE: Final = object()  # in the place of a fact that has to be missing
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


class Edit(NamedTuple):
    """One fact set to a value; `relation` and `than` say what the value has to be, `to` is one that is."""

    place: Place
    to: Any
    relation: Relation = "is"
    than: Any = None


Move = tuple[Edit, ...]


class Impossible(Exception):
    """Facts have another shape than the edit needs."""


@dataclass(frozen=True)
class Situation:
    """Facts, and the edits that made them out of the `original` ones."""

    original: Mapping[str, Any]
    facts: Mapping[str, Any]
    edits: dict[Place, Edit] = field(default_factory=dict)

    def after(self, move: Move) -> "Situation":
        """
        Make these edits too; one at the place of another takes its place.

        Raises:
            Impossible: the facts have not the shape.

        """
        facts, edits = self.facts, dict(self.edits)
        for edit in move:
            if any(len(it) > len(edit.place) and _under(it, edit.place) for it in edits):
                raise Impossible
            facts = _put(facts, edit.place, edit.to)
            above = [it for it in edits if _under(edit.place, it) and it != edit.place]
            for place in above:
                if edits[place].relation == "given":
                    del edits[place]
            if not any(edits[it].relation == "more items" for it in above if it in edits):
                before = edits.get(edit.place)
                twice = before is not None and before.relation not in _same_as(edit.relation)
                # what two terms ask of one fact is not said by one of them: its value is
                edits[edit.place] = edit._replace(relation="is") if twice else edit
        return Situation(self.original, facts, edits)

    def at(self, place: Place) -> Any:
        """What stands at a place now; None where nothing does."""
        return at(self.facts, place)

    def before(self, place: Place) -> Any:
        """What stood there at first."""
        return at(self.original, place)

    def entries_along(self, move: Move) -> int:
        """Return how many entries these edits copy, and write."""
        found = 0
        for edit in move:
            inner: Any = self.facts
            for step in edit.place:
                found += len(inner) if isinstance(inner, Mapping | list) else 0
                inner = at(inner, (step,))
            found += len(edit.to) if isinstance(edit.to, list | str) else 0
        return found

    def is_added(self, place: Place) -> bool:
        """Say whether a place lies in an item that an edit added."""
        return any(
            edit.relation == "more items" and _under(place, edit.place)
            for edit in self.edits.values()
        )

    @property
    def cost(self) -> tuple[int, float]:
        """How many facts were changed, and by how much in all: a number's change is its share of it."""
        return len(self.edits), sum(
            _share(self.before(edit.place), edit.to) for edit in self.edits.values()
        )

    @property
    def key(self) -> frozenset[tuple[Place, str]]:
        """What tells these facts from others that the same original ones were changed to."""
        return frozenset((place, repr(self.at(place))) for place in self.edits)


def _same_as(relation: Relation) -> set[Relation]:
    """What may have been asked of a fact before this, that this says as well."""
    return {"given", relation} if relation in {"at least", "at most"} else {"given"}


def _under(place: Place, above: Place) -> bool:
    return place[: len(above)] == above


def fraction(value: Any) -> Fraction | None:
    """Return a number as a fraction; None for what is none, or has more digits than a rule computes with."""
    if not is_number(value):
        return None
    if isinstance(value, Decimal):
        _, digits, exponent = value.as_tuple()
        most = limits.MAX_DECIMAL_DIGITS
        if len(digits) > most or not isinstance(exponent, int) or abs(exponent) > most:
            return None
    elif not limits.MIN_INT <= value <= limits.MAX_INT:
        return None
    return Fraction(value)


def _share(was: Any, to: Any) -> float:
    one, other = fraction(was), fraction(to)
    if one is None or other is None:
        return 1.0
    return float(abs(other - one) / max(abs(one), abs(other), Fraction(1)))


def at(value: Any, place: Place) -> Any:
    """Return what stands at a place of a value, None where nothing does."""
    for step in place:
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and 0 <= step < len(value) else None
        else:
            value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _put(value: Any, place: Place, to: Any) -> Any:
    head, rest = place[0], place[1:]
    if isinstance(head, int):
        if not isinstance(value, list) or not 0 <= head <= len(value):
            raise Impossible
        inner = value[head] if head < len(value) else None
        return [*value[:head], _put(inner, rest, to) if rest else to, *value[head + 1 :]]
    if value is not None and not isinstance(value, Mapping):
        raise Impossible
    copy = dict(value or {})
    if rest:
        copy[head] = _put(copy.get(head), rest, to)
    elif to is GONE:
        copy.pop(head, None)
    else:
        copy[head] = to
    return copy


def written(place: Place) -> str:
    """Return a place as a rule would write it: `lines[0].quantity`."""
    text = ""
    for step in place:
        if isinstance(step, int):
            text += f"[{step}]"
        elif _NAME.match(step):
            text += f".{step}" if text else step
        else:
            text += f"[{quoted(step)}]"
    return text


def places_of(number: Any) -> int:
    """Return how many digits a number has behind its point; 10 and 10.00 are one number, and have none."""
    if not isinstance(number, Decimal) or not number.is_finite():
        return 0
    _, digits, exponent = number.as_tuple()
    if not isinstance(exponent, int) or exponent >= 0 or not any(digits):
        return 0
    return max(0, -exponent - len(digits) + len("".join(map(str, digits)).rstrip("0")))
