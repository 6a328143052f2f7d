"""
Compiled rules to a rule set that decides.

Rules are compiled in blocks of straight-line code; a rule's block follows from its id alone, so that a set
has the same blocks however it came to be, and a changed rule costs its own block only. What this cannot
do yet: skip rules by index; the cost grows with the rules that exist, some tens of nanoseconds each.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, NamedTuple

from .canonical import content_hash
from .errors import FAULTS, DefinitionError, EvaluationError, StepsExhausted
from .python import Facts, compile_block, compile_outcomes
from .resolver import HIT_POLICIES, HitPolicy, Match, SetAside, rank, resolve
from .rules import CompiledRule, Effect
from .units import Steps

BLOCK_SIZE: Final = (
    64  # rules, about: a bigger block decides a little faster, and is replaced slower
)


class Block(NamedTuple):
    """Rules that are compiled together; `ranks` are their places in the set."""

    rules: tuple[CompiledRule, ...]
    function: object
    ranks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """What applies, in order; what matched and does not; and which rules were asked."""

    matches: tuple[Match, ...]
    set_aside: tuple[SetAside, ...]
    fingerprint: str


class RuleSet:
    """Rules that decide together. It never changes: a changed rule makes a new set."""

    def __init__(
        self, rules: tuple[CompiledRule, ...], hit_policy: HitPolicy, blocks: tuple[Block, ...]
    ) -> None:
        self.rules = rules  # in the order of their rank
        self.hit_policy: HitPolicy = hit_policy
        self._blocks = blocks
        named = sorted([rule.id, rule.source.version, rule.content_hash] for rule in rules)
        self.fingerprint = content_hash(json.dumps([hit_policy, named], separators=(",", ":")))

    def decide(self, facts: Facts) -> Decision:
        """
        Decide which rules apply to these facts; no facts, however wrong, make it raise.

        Facts are dicts, lists, str, int, Decimal, bool, aware datetime and timedelta, by variable. A rule
        whose condition is an error does not match: `explain` says why.
        """
        steps = Steps()
        found: list[int] = []
        for members, block, ranks in self._blocks:
            hits: list[int] = []
            try:
                block(facts, steps, hits.append)  # type: ignore[operator]  # a generated function
            except FAULTS:
                hits = _decide_alone(members, facts, steps)
            if hits:
                found += [ranks[hit] for hit in hits]
        found.sort()
        rules = self.rules

        def compute(rule: CompiledRule) -> tuple[Effect, ...]:
            steps.start_rule()
            return rule.compute_effects(facts, steps)

        matches, aside = resolve([rules[number] for number in found], self.hit_policy, compute)
        return Decision(matches, aside, self.fingerprint)

    def decide_many(self, many: Iterable[Facts]) -> list[Decision]:
        """Decide about each of many facts, in their order."""
        return [self.decide(facts) for facts in many]

    def replace(self, *changed: CompiledRule, removed: Sequence[str] = ()) -> "RuleSet":
        """Return a set in which these rules take the place of those of the same id, or are added."""
        rules = {rule.id: rule for rule in self.rules} | {rule.id: rule for rule in changed}
        for rule_id in removed:
            rules.pop(rule_id, None)
        return compile_set(rules.values(), self.hit_policy, previous=self)

    @property
    def blocks(self) -> tuple[Block, ...]:
        return self._blocks


def condition_outcome(rule: CompiledRule, facts: Facts, steps: Steps) -> bool | EvaluationError:
    """Return what one rule's condition is, and of an error which one."""
    if "condition" not in rule.evaluators:
        rule.evaluators["condition"] = compile_outcomes([rule.condition.tree])[0]
    steps.start_rule()
    try:
        outcome = rule.evaluators["condition"](facts, steps)
    except StepsExhausted as exhausted:
        return EvaluationError(str(exhausted))
    return outcome if isinstance(outcome, EvaluationError) else outcome is True


def _decide_alone(rules: Sequence[CompiledRule], facts: Facts, steps: Steps) -> list[int]:
    """Decide rule by rule: facts of a wrong shape spoil those rules only that look at them."""
    return [
        number for number, rule in enumerate(rules) if condition_outcome(rule, facts, steps) is True
    ]


def compile_set(
    rules: Iterable[CompiledRule],
    hit_policy: str = "collect",
    *,
    previous: RuleSet | None = None,
) -> RuleSet:
    """
    Compile rules that decide together; blocks that a previous set has already are taken over.

    Raises:
        DefinitionError: two rules have one id, or the hit policy is unknown.

    """
    policy = _policy(hit_policy)
    ordered = tuple(sorted(rules, key=lambda rule: rank(rule.source, policy)))
    ranks = {rule.id: number for number, rule in enumerate(ordered)}
    if len(ranks) < len(ordered):
        raise DefinitionError("two rules of one set have the same id: keep one of them")
    known = {block.rules: block.function for block in previous.blocks} if previous else {}
    blocks: list[Block] = []
    for members in _blocks(ordered):
        function = known.get(members) or compile_block(
            (number, rule.condition.tree) for number, rule in enumerate(members)
        )
        blocks.append(Block(members, function, tuple(ranks[rule.id] for rule in members)))
    return RuleSet(ordered, policy, tuple(blocks))


def _policy(name: str) -> HitPolicy:
    for policy in HIT_POLICIES:
        if policy == name:
            return policy
    raise DefinitionError(f"no hit policy {name!r:.40}: use {', '.join(HIT_POLICIES)}")


def _blocks(rules: Sequence[CompiledRule]) -> list[tuple[CompiledRule, ...]]:
    """Spread rules over a power of two of blocks, by the hash of their ids alone."""
    count = 1
    while count * BLOCK_SIZE < len(rules):
        count *= 2
    blocks: dict[int, list[CompiledRule]] = {}
    for rule in sorted(rules, key=lambda rule: rule.id):
        place = int.from_bytes(sha256(rule.id.encode()).digest()[:8], "big") % count
        blocks.setdefault(place, []).append(rule)
    return [tuple(blocks[place]) for place in sorted(blocks)]
