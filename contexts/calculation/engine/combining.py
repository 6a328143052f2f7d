"""
Rules that match to rules that apply together, where they are compared with each other or stack in a way of their own.

What this cannot do: price a cart; it says which rules apply, and `terms` what they take and within which limits. A
rule that is set aside says by whom and why.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from .best import Best
from .choosing import Choosing, Kept, in_order
from .discounts import Terms
from .errors import FAULTS, StepsExhausted
from .hitpolicies import Collected, Over, aggregate, check_rules, single_hit
from .python import Facts
from .resolver import COMPARING, SINGLE, HitPolicy, SetAside, failed, said_of
from .rules import CompiledRule, Match
from .terms import Computed, Situation, Stacking, check_unstacked
from .units import Steps

_ONE_RULE: Final = SINGLE | {"unique", "any"}


class Together(NamedTuple):
    """How the rules of a set decide together; `hit_policy` aggregates `over` a parameter of an effect."""

    hit_policy: HitPolicy
    over: Over | None = None
    stacking: Stacking | None = None

    @property
    def name(self) -> str:
        """What a fingerprint counts of it."""
        parts = [self.hit_policy, *(self.over or ()), self.stacking.hash if self.stacking else ""]
        return "\n".join(parts) if self.over or self.stacking else self.hit_policy

    def check(self, rules: Iterable[CompiledRule]) -> None:
        """Refuse rules that cannot decide together in this way."""
        check_rules(rules, self.hit_policy, self.over)
        if self.stacking is None:
            check_unstacked(rules)
        else:
            self.stacking.check(rules)

    def is_plain(self, rules: Iterable[CompiledRule]) -> bool:
        """Say whether the short way of resolving gives the same."""
        if self.stacking is not None or self.hit_policy in COMPARING:
            return False
        return all(rule.source.stacking == "normal" for rule in rules)


class Resolution(NamedTuple):
    """What applies, what is set aside, and what else the hit policy and the stacking have to say."""

    matches: tuple[Match, ...]
    set_aside: tuple[SetAside, ...]
    error: str | None = None
    collected: Collected | None = None
    terms: Terms | None = None
    best: Best | None = None


def combine(
    matching: Sequence[CompiledRule],
    together: Together,
    facts: Facts,
    steps: Steps,
) -> Resolution:
    """
    Say which of the matching rules, given in their order, apply together.

    A rule whose effects, cap or budget cannot be computed does not apply. Where an amount or a cap of the whole set
    cannot be, none does: `error` says which.
    """
    policy, what, stacking = together
    computed = [_computed(rule, facts, steps) for rule in matching]
    situation: Situation | None = None
    if stacking is not None:
        steps.start_rule()
        try:
            situation = stacking.situation(facts, steps)
        except (*FAULTS, StepsExhausted) as fault:
            error = f"what rules may take is not known: {said_of(fault)}"
            return Resolution((), tuple(failed(it.source, error) for it in matching), error)
        computed = [situation.settled(it) for it in computed]
    collected, best = None, None
    if policy in _ONE_RULE:
        aside: Sequence[SetAside] = ()
        hits = single_hit(policy, computed)
    else:
        kept, aside, best = _kept(computed, stacking, situation)
        hits, collected = aggregate(policy, what, kept)
    terms = None
    if stacking is not None and situation is not None:
        terms = stacking.terms(situation, hits.kept)
    told = {it.rule_id: it for it in (*aside, *hits.aside)}
    in_their_order = tuple(told[rule.id] for rule in matching if rule.id in told)
    matches = tuple(map(_match, hits.kept))
    return Resolution(matches, in_their_order, hits.error, collected, terms, best)


def _computed(rule: CompiledRule, facts: Facts, steps: Steps) -> Computed:
    steps.start_rule()
    try:
        effects = rule.compute_effects(facts, steps)
        allowed = None if rule.takes_at_most is None else rule.takes_at_most.allowed(facts, steps)
    except (*FAULTS, StepsExhausted) as fault:
        if isinstance(fault, StepsExhausted):
            steps.give_up(rule, fault)
        return Computed(rule, (), None, said_of(fault))
    return Computed(rule, effects, allowed)


def _match(one: Computed) -> Match:
    source = one.rule.source
    return Match(source.id, source.version, source.name, source.reason, source.group, one.effects)


def _kept(
    computed: Sequence[Computed], stacking: Stacking | None, situation: Situation | None
) -> Kept:
    if stacking is None or situation is None or not stacking.source.best:
        return in_order(computed)
    sound = [it for it in computed if it.fault is None]
    kept, aside, best = Choosing(sound, stacking, situation).kept()
    spoilt = [failed(it.rule.source, it.fault) for it in computed if it.fault is not None]
    return Kept(kept, [*aside, *spoilt], best)
