"""
What a review finds out about rules, and what it looks at: the set, the rules it is about, the time it has.

What this cannot do: ask anything; `redundancy.py`, `disputes.py` and `guarding.py` do, and `analysis.py` calls them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Final, Literal

from .applying import ONE
from .guarding import Example
from .nodes import Node
from .proofs import Answer, facts_where
from .rules import CompiledRule
from .rulesets import RuleSet, condition_outcome
from .schema import Schema
from .units import Steps

Kind = Literal[
    "guardrail",
    "unreachable",
    "shadowed",
    "duplicate",
    "overlap",
    "contradiction",
    "added up",
    "always true",
    "unfinished",
]
Standing = Literal["problem", "note", "holds", "unknown"]
_MILLISECONDS: Final = 1000  # for one question about conditions


class Late(Exception):
    """The time is over."""


@dataclass(frozen=True)
class Finding:
    """
    What was found about some rules, in a sentence.

    A `problem` should not be approved unseen, a `note` may be meant, a guardrail that `holds` was proved,
    `unknown` is neither. `examples` are facts with what the rules really decide about them.
    """

    kind: Kind
    standing: Standing
    rules: tuple[str, ...]
    sentence: str
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True)
class Review:
    """
    A set of rules that is looked at until the time `ends`.

    Findings concern the rules `about`; `sets` says what an effect sets, by its kind. `assumed` is true of all facts that
    there are. Pairs are looked at `beside` all others, or these. `witnesses` are facts that rules were found to match.
    """

    rules: RuleSet
    schema: Schema
    about: frozenset[str]
    sets: Mapping[str, str]
    ends: float
    assumed: Sequence[Node] = ()
    beside: frozenset[str] | None = None
    witnesses: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def milliseconds(self) -> int:
        """What is left of the time."""
        return int((self.ends - monotonic()) * 1000)

    @property
    def ordered(self) -> list[CompiledRule]:
        return list(self.rules.rules)

    @property
    def is_single(self) -> bool:
        """Whether one rule at most applies."""
        return self.rules.hit_policy in ONE

    def pairs(self) -> Iterator[tuple[CompiledRule, CompiledRule]]:
        """Each rule that is looked at beside each other, the one that is asked first in front."""
        rules = self.ordered
        for number, first in enumerate(rules):
            for other in rules[number + 1 :]:
                if self._is_asked(first, other) or self._is_asked(other, first):
                    yield first, other

    def _is_asked(self, one: CompiledRule, other: CompiledRule) -> bool:
        return one.id in self.about and (self.beside is None or other.id in self.beside)

    def ask(self, *, hold: Sequence[Node] = (), fail: Sequence[Node] = ()) -> Answer:
        """
        Look for facts that make the ones true and the others not.

        Raises:
            Late: the time is over.

        """
        left = self.milliseconds
        if left <= 0:
            raise Late
        most = min(left, _MILLISECONDS)
        return facts_where(self.schema, hold=hold, fail=fail, milliseconds=most)

    def example(self, facts: Mapping[str, Any]) -> Example:
        return Example(facts, self.rules.decide(facts))

    def shown(self, *rules: CompiledRule) -> tuple[Example, ...]:
        """An example that one of these rules matches, if one is known."""
        known = (self.witnesses.get(rule.id) for rule in rules)
        facts = next((it for it in known if it is not None), None)
        return () if facts is None else (self.example(facts),)


def matches(rule: CompiledRule, facts: Mapping[str, Any]) -> bool:
    """Say whether a rule's condition is true of these facts."""
    return condition_outcome(rule, facts, Steps()) is True


def forbids(review: Review, first: CompiledRule, other: CompiledRule) -> bool:
    """
    Say whether `other` surely does not apply where `first`, which is asked before it, matches.

    One that always stacks is hindered by none and takes no place; one that never stacks may itself be hindered. Where
    the best is chosen, the order says nothing.
    """
    if may_fail(first):
        return False
    if review.is_single:
        return True
    one, two = first.source, other.source
    stacking = review.rules.together.stacking
    is_best = stacking is not None and stacking.source.best
    if is_best or two.stacking == "always" or one.stacking == "never":
        return False
    if one.stacking == "always":
        return one.stop
    same_group = one.group is not None and one.group == two.group
    return same_group or (one.stop and one.group is None)


def may_fail(rule: CompiledRule) -> bool:
    """Say whether something of a rule depends on facts, and so may not be computed; then it takes no place."""
    computed = any(len(effect.constants) < len(effect.params) for effect in rule.effects)
    return computed or rule.takes_at_most is not None or rule.source.budget is not None


def names_of(*rules: CompiledRule, joined: str = " and ") -> str:
    return joined.join(f'"{rule.source.name}"' for rule in rules)
