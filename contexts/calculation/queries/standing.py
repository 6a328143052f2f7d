"""
Which rules stand together: now, at a moment (as known at another), or as they were recorded; each set made of the one this process has.

The active set of a point is kept until an event says that it changed. The set before stays at hand in its process, so
that a change costs the rules that changed; whoever decides with it meanwhile is not disturbed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from threading import Lock
from uuid import UUID

from cachetools import LRUCache

from contexts.calculation import policies
from contexts.calculation.errors import UnknownRuleSet
from contexts.calculation.events import CandidatesChanged, RuleSetChanged
from contexts.calculation.models import (
    CandidateRule,
    HaltedPoint,
    PlannedRule,
    PublishedRule,
    RuleSetRecord,
)
from contexts.calculation.policies import Standing
from contexts.calculation.policies.standing import with_rules
from contexts.calculation.queries.attributes import declared
from shared_kernel.cache import TwoLevelCache
from shared_kernel.decisions import RuleText
from shared_kernel.tenancy import current_tenant

SETS_AT_HAND = 500  # of all tenants and points in a process; a set of 1,000 rules is about 2 MB

# the compiled set stays in its process; what it is compiled from is one indexed read away
_active: TwoLevelCache[Standing] = TwoLevelCache(
    "rule-sets", stale_after=(RuleSetChanged.name,), seconds_here=5.0
)
# nothing where no such roll-out runs at the point; what is made of the active set goes stale with it
_tried: TwoLevelCache[Standing | None] = TwoLevelCache(
    "candidate-sets", stale_after=(RuleSetChanged.name, CandidatesChanged.name), seconds_here=5.0
)
_at_hand: LRUCache[tuple[UUID, str], Standing] = LRUCache(SETS_AT_HAND)
_reaching = Lock()
# sets that share an index are made one after the other; other points and tenants seldom wait for it
_making = tuple(Lock() for _ in range(64))


def active(point: str) -> Standing:
    """What decides now, at most a moment old."""
    return _active.get(current_tenant(), point, lambda: standing_now(point))


def standing_now(point: str) -> Standing:
    """
    What decides as this transaction sees it.

    It is the one from which the next is made, even if the transaction fails: a version's text never changes.
    """
    key = (current_tenant(), point)
    wanted, known = _versions(point, None), declared()
    with _lock_of(key):
        made = _derived(point, wanted, known, lasting=True)
        with _reaching:
            _at_hand[key] = made
    return made


def tried(point: str, rollout: UUID) -> Standing | None:
    """What a roll-out tries at a point, at most a moment old; nothing if it does not run there."""
    key = f"{point} {rollout}"
    return _tried.get(current_tenant(), key, lambda: tried_now(point, rollout))


def tried_now(point: str, rollout: UUID) -> Standing | None:
    """The active rules with those of the roll-out in the place of theirs, as this transaction sees it; of a stopped point none."""
    candidates = list(CandidateRule.running(point).filter(rollout_id=rollout))
    if not candidates:
        return None
    stands = standing_now(point)
    if HaltedPoint.is_halted(point, None):
        return stands
    return with_drafts(stands, [it.as_written() for it in candidates])


def standing_at(point: str, moment: datetime) -> Standing:
    """What decided at a moment."""
    return _derived(point, _versions(point, moment), declared(moment), lasting=False)


def standing_known(point: str, moment: datetime, known_at: datetime) -> Standing:
    """
    What decides at a moment, past or to come, as far as was known at another.

    What was planned by then to begin or end by that moment has begun or ended; stops last until they are lifted.
    """
    known = declared(moment, known_at)
    if HaltedPoint.was_known_halted(point, moment, known_at):
        return policies.standing_of(point, [], known)
    planned = list(PlannedRule.known(point, moment, known_at))
    replaced = {it.rule_id for it in planned}  # also by what is over again at that moment
    published = PublishedRule.known(point, moment, known_at).exclude(rule_id__in=replaced)
    texts = {it.rule_id: it.as_written() for it in published}
    texts |= {it.rule_id: it.as_written() for it in planned if not it.is_over(moment)}
    return policies.standing_of(point, texts.values(), known)


def recorded(point: str, fingerprint: str) -> Standing:
    """
    The set of that fingerprint, with the attributes as they were declared when it decided.

    Raises:
        UnknownRuleSet: it never decided.

    """
    nothing = policies.standing_of(point, [])
    if fingerprint == nothing.fingerprint:
        return nothing
    record = RuleSetRecord.objects.filter(point=point, fingerprint=fingerprint).first()
    if record is None:
        raise UnknownRuleSet(point=point, fingerprint=fingerprint)
    known = tuple((place, name, kind) for place, name, kind in record.declared)
    return _derived(point, dict(record.members), known, lasting=False)


def with_drafts(standing: Standing, drafts: Iterable[RuleText]) -> Standing:
    """The same with drafts in the places of their rules, for one question."""
    return with_rules(standing, drafts, lasting=False)


def _derived(
    point: str, wanted: Mapping[str, int], known: policies.Declared, *, lasting: bool
) -> Standing:
    with _reaching:
        before = _at_hand.get((current_tenant(), point))

    def texts(rules: Collection[str]) -> list[RuleText]:
        return _texts(point, {it: wanted[it] for it in rules})

    return policies.derived(before, point, wanted, texts, declared=known, lasting=lasting)


def _lock_of(key: tuple[UUID, str]) -> Lock:
    return _making[hash(key) % len(_making)]


def _versions(point: str, at: datetime | None) -> dict[str, int]:
    if HaltedPoint.is_halted(point, at):
        return {}
    rows = PublishedRule.at(point, at).values_list("rule_id", "version")
    return {str(rule_id): version for rule_id, version in rows}


def _texts(point: str, wanted: Mapping[str, int]) -> list[RuleText]:
    rules = PublishedRule.objects.filter(point=point, rule_id__in=list(wanted))
    # a version that was paused and resumed stands there more than once, and says the same
    texts = {it.rule_id: it.as_written() for it in rules if wanted[str(it.rule_id)] == it.version}
    if len(texts) < len(wanted):  # of a set that a roll-out tried
        tried = CandidateRule.objects.filter(point=point, rule_id__in=list(wanted))
        for it in tried:
            if wanted[str(it.rule_id)] == it.version:
                texts.setdefault(it.rule_id, it.as_written())
    return list(texts.values())
