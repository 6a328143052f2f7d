"""
Compiled rules to a rule set that decides.

A small set is one block of straight-line code after the other. In a larger one a rule is found by its keys,
and only what is found is decided; rules without a key stay in blocks. A rule's block follows from its id
alone, and a changed rule is decided by itself until there are many of them, so that a change costs
what the rule costs. What this cannot do: notice that a rule is found often and true seldom.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from operator import attrgetter
from typing import Any, Final, NamedTuple

from .best import Best
from .combining import Together, combine
from .discounts import Terms
from .errors import FAULTS, DefinitionError, EvaluationError, OutOfSteps, StepsExhausted
from .fingerprints import Fingerprint
from .hitpolicies import Collected, aggregated
from .index import Index
from .keys import Access, Shape, accesses
from .members import Members
from .python import Facts, Test, compile_block, compile_outcomes, compile_test
from .resolver import AS_WRITTEN, HIT_POLICIES, HitPolicy, SetAside, Undecided, rank, resolve
from .rules import CompiledRule, Match, nothing_collected
from .terms import Stacking
from .units import Steps

BLOCK_SIZE: Final = 64  # rules, about: more decide a little faster, and are replaced slower
SMALL: Final = 64  # rules, up to which straight-line code is as fast as looking them up
FEW: Final = 64  # rules, so many of which may stand under a key worth looking up
SHARE: Final = 64  # and of a large set one in so many
_BY_PRIORITY: Final = attrgetter("by_priority")
_AS_WRITTEN: Final = attrgetter("source.order", "source.id")
LOOSE: Final = 64  # changed rules that are decided one by one before their blocks are made anew


class Block(NamedTuple):
    """Rules that are compiled together."""

    rules: tuple[CompiledRule, ...]
    function: Any


@dataclass(frozen=True, slots=True)
class Decision:
    """
    What applies, in order; what matched and does not; and which rules were asked.

    `undecided` are rules that are left out because their steps were spent before it was known whether they apply.
    `error` says what the hit policy has against the rules that matched, `collected` what it made of
    them; `terms` are the discounts with their limits, `best` how good a choice of them is.
    """

    matches: tuple[Match, ...]
    set_aside: tuple[SetAside, ...]
    fingerprint: str
    error: str | None = None
    collected: Collected | None = None
    terms: Terms | None = None
    best: Best | None = None
    undecided: tuple[Undecided, ...] = ()


class RuleSet:
    """
    Rules that decide together. It never changes: a changed rule makes a new set.

    `blocks` and `index` may hold rules of other sets beside its own, and are shared with those; `loose`
    are rules of its own that stand in neither. `sole` says that blocks and index hold no others so far.
    """

    def __init__(
        self,
        members: Members,
        hit_policy: HitPolicy,
        *,
        blocks: tuple[Block, ...],
        index: Index | None,
        loose: tuple[CompiledRule, ...],
        named: Fingerprint,
        together: Together | None = None,
        plain: bool = True,
        sole: bool = False,
    ) -> None:
        self._members = members
        self.hit_policy: HitPolicy = hit_policy
        self.blocks, self.index, self.loose = blocks, index, loose
        self.named = named
        self.together = together or Together(hit_policy)
        self.plain = plain
        self.fingerprint = named.of(self.together.name)
        self._sole, self._indexed = sole, index.size if index is not None else 0

    @cached_property
    def rules(self) -> tuple[CompiledRule, ...]:
        """Its rules in the order of their lanes and their rank."""
        return tuple(sorted(self._members, key=self._rank_in_lanes))

    def members(self) -> Iterable[CompiledRule]:
        """Return its rules in no order."""
        return self._members

    def __len__(self) -> int:
        return len(self._members)

    def _rank_in_lanes(self, rule: CompiledRule) -> tuple[int, int, int, str]:
        stacking = self.together.stacking
        lane = stacking.lanes[rule.source.lane] if stacking else 0
        return (lane, *rank(rule.source, self.hit_policy))

    def decide(self, facts: Facts, steps: Steps | None = None) -> Decision:
        """
        Decide which rules apply to these facts; no facts, however wrong, make it raise.

        Facts are dicts, lists, str, int, Decimal, bool, aware datetime and timedelta, by variable. A rule
        whose condition is an error does not match: `explain` says why. `steps` is what the decision may cost, if
        that is not its own.
        """
        steps = steps or Steps()
        matching = self._matching(facts, steps)
        if not self.plain:
            matching.sort(key=self._rank_in_lanes)
            found = combine(matching, self.together, facts, steps)
            decision = Decision(found.matches, found.set_aside, self.fingerprint, *found[2:])
        else:
            matching.sort(key=_AS_WRITTEN if self.hit_policy in AS_WRITTEN else _BY_PRIORITY)
            matches, aside = resolve(matching, self.hit_policy, facts, steps)
            decision = Decision(matches, aside, self.fingerprint)
        return replace(decision, undecided=self._undecided(steps)) if steps.given_up else decision

    def _matching(self, facts: Facts, steps: Steps) -> list[CompiledRule]:
        found = self._in_blocks(facts, steps) if self.blocks else []
        candidates = self._candidates(facts)
        if not self._is_sole():  # asked after they were found: a newcomer would be among them
            candidates = self._own(candidates)
        for rule in candidates:
            try:
                if (rule.test or _test_of(rule))(facts, steps):
                    found.append(rule)
            except FAULTS:
                if _is_true(rule, facts, steps):
                    found.append(rule)
            except StepsExhausted as spent:
                steps.give_up(rule, spent)
        return found

    def _in_blocks(self, facts: Facts, steps: Steps) -> list[CompiledRule]:
        found: list[CompiledRule] = []
        for members, block in self.blocks:
            hits: list[int] = []
            try:
                block(facts, steps, hits.append)
            except FAULTS:
                hits = _decide_alone(members, facts, steps)
            if steps.given_up:
                steps.given_up = _by_rule(steps.given_up, members)
            found += [members[hit] for hit in hits]
        return found if self._sole else self._own(found)

    def _own(self, rules: Iterable[CompiledRule]) -> list[CompiledRule]:
        own = self._members.get
        return [rule for rule in rules if own(rule.source.id) is rule]

    def _is_sole(self) -> bool:
        """Say whether the index holds no rules but its own."""
        return self._sole and (self.index is None or self.index.size == self._indexed)

    def _undecided(self, steps: Steps) -> tuple[Undecided, ...]:
        """The rules of this set that were given up, each once, in the order of the set."""
        told: dict[CompiledRule, str] = {}
        own = set(self._members)
        for rule, why in steps.given_up or ():
            if rule in own:
                told.setdefault(rule, why)
        return tuple(
            Undecided(it.id, it.source.version, it.source.name, told[it])
            for it in sorted(told, key=self._rank_in_lanes)
        )

    def _candidates(self, facts: Facts) -> Iterable[CompiledRule]:
        """Return each rule outside of blocks that may be true, once; it may be one of another set."""
        if self.index is None:
            return self.loose
        try:
            found = self.index.candidates(facts)
        except FAULTS:  # facts of a wrong shape have no key: each rule is asked
            return (*self.index.rules(), *self.loose)
        return dict.fromkeys((*found, *self.loose) if self.loose else found)

    def decide_many(self, many: Iterable[Facts]) -> list[Decision]:
        """Decide about each of many facts, in their order."""
        return [self.decide(facts) for facts in many]

    def _is_worn(self, rules: int, loose: int) -> bool:
        """Say whether so many changes came together that a new beginning is cheaper."""
        if self.index is None:
            return rules > SMALL or loose > LOOSE
        return loose > LOOSE or self.index.size > 2 * rules + LOOSE

    def replace(
        self, *changed: CompiledRule, removed: Sequence[str] = (), lasting: bool = True
    ) -> "RuleSet":
        """
        Return a set in which these rules take the place of those of the same id, or are added.

        What does not last, such as a draft that is tried, is decided by itself and leaves no trace in what sets share.
        """
        gone = frozenset(removed)
        changed = tuple(
            it for it in changed if self._members.get(it.id) is not it and it.id not in gone
        )
        self.together.check(changed)
        members = self._members.replaced(changed, removed)
        loose = [rule for rule in self.loose if members.get(rule.id) is rule]
        if lasting and self._is_worn(len(members), len(loose) + len(changed)):
            return _compile_together(members, self.together, previous=self)
        for rule in changed:
            if any(rule in block.rules for block in self.blocks):
                continue  # it was removed before, and stands there still
            ways = accesses(rule.condition.tree) if lasting and self.index is not None else None
            if ways and self.index is not None:
                self.index.add(rule, ways)
            else:
                loose.append(rule)
        named = self.named.replaced(changed, [it for it in removed if it in self._members])
        return RuleSet(
            members,
            self.hit_policy,
            blocks=self.blocks,
            index=self.index,
            loose=tuple(loose),
            named=named,
            together=self.together,
            plain=self.plain and self.together.is_plain(changed),
        )


def _test_of(rule: CompiledRule) -> Test:
    rule.test = compile_test(rule.condition.tree)
    return rule.test


def condition_outcome(rule: CompiledRule, facts: Facts, steps: Steps) -> bool | EvaluationError:
    """Return what one rule's condition is, and of an error which one."""
    if "condition" not in rule.evaluators:
        rule.evaluators["condition"] = compile_outcomes([rule.condition.tree])[0]
    steps.start_rule()
    try:
        outcome = rule.evaluators["condition"](facts, steps)
    except StepsExhausted as spent:
        return OutOfSteps(str(spent))
    return outcome if isinstance(outcome, EvaluationError) else outcome is True


def _decide_alone(rules: Sequence[CompiledRule], facts: Facts, steps: Steps) -> list[int]:
    """Decide rule by rule: facts of a wrong shape spoil those rules only that look at them."""
    steps.given_up = [it for it in steps.given_up or () if type(it[0]) is not int] or None
    return [number for number, rule in enumerate(rules) if _is_true(rule, facts, steps)]


def _is_true(rule: CompiledRule, facts: Facts, steps: Steps) -> bool:
    outcome = condition_outcome(rule, facts, steps)
    if isinstance(outcome, OutOfSteps):
        steps.give_up(rule, outcome)
    return outcome is True


def _by_rule(
    given_up: list[tuple[Any, str]], members: Sequence[CompiledRule]
) -> list[tuple[Any, str]]:
    """What a block says by number, by rule."""
    return [(members[it] if type(it) is int else it, why) for it, why in given_up]


def compile_set(
    rules: Iterable[CompiledRule],
    hit_policy: str = "collect",
    *,
    previous: RuleSet | None = None,
    over: str | None = None,
    stacking: Stacking | None = None,
) -> RuleSet:
    """
    Compile rules that decide together; blocks that a previous set has already are taken over.

    `over` is what "collect sum", "collect min" and "collect max" aggregate, such as `percent_off.percent`.

    Raises:
        DefinitionError: two rules have one id, the hit policy is unknown, or a rule does not fit it.

    """
    policy = _policy(hit_policy)
    together = Together(policy, aggregated(over, policy), stacking)
    with nothing_collected():
        return _compile_together(rules, together, previous=previous)


def _compile_together(
    rules: Iterable[CompiledRule], together: Together, *, previous: RuleSet | None
) -> RuleSet:
    listed = list(rules)
    members = Members().replaced(listed)
    if len(members) < len(listed):
        raise DefinitionError("two rules of one set have the same id: keep one of them")
    together.check(listed)
    index, unkeyed = _indexed(listed) if len(listed) > SMALL else (None, listed)
    known = {block.rules: block.function for block in previous.blocks} if previous else {}
    blocks = tuple(
        Block(together, known.get(together) or compile_block(_numbered(together)))
        for together in _blocks(unkeyed)
    )
    named = Fingerprint.of_rules(listed)
    return RuleSet(
        members,
        together.hit_policy,
        blocks=blocks,
        index=index,
        loose=(),
        named=named,
        together=together,
        plain=together.is_plain(listed),
        sole=True,
    )


def _indexed(rules: Iterable[CompiledRule]) -> tuple[Index, list[CompiledRule]]:
    """An index of the rules that have a rare key, and the rules that have none."""
    ways = {rule: accesses(rule.condition.tree) for rule in rules}
    under = Counter(place for found in ways.values() for place in _places(found))
    index, unkeyed = Index(), []
    for rule, found in ways.items():
        if found and all(under[it] <= max(FEW, len(ways) // SHARE) for it in _places(found)):
            index.add(rule, found)
        else:
            unkeyed.append(rule)
    index.settle()
    return index, unkeyed


def _places(found: tuple[Access, ...] | None) -> Iterator[tuple[Shape, tuple[Any, ...]]]:
    """The keys under which nothing but the key tells rules from one another."""
    for access in found or ():
        if access.range is None:
            for key in access.keys:
                yield access.shape, key


def _numbered(rules: Iterable[CompiledRule]) -> Iterable[tuple[int, Any]]:
    return ((number, rule.condition.tree) for number, rule in enumerate(rules))


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
