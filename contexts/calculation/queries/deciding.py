"""Deciding: facts as they travel, the rules that stand, and what they say."""

from __future__ import annotations

from threading import Lock
from uuid import UUID

import structlog
from cachetools import LRUCache
from prometheus_client import Counter

from contexts.calculation import policies
from contexts.calculation.engine import Allowance
from contexts.calculation.engine import Decision as EngineDecision
from contexts.calculation.facts import engine_facts
from contexts.calculation.messages import (
    Decide,
    Decision,
    Decisions,
    RuleExplanation,
    UndecidedRule,
)
from contexts.calculation.policies import Standing
from contexts.calculation.policies.tables import rule_of
from contexts.calculation.queries import standing
from contexts.calculation.queries.applied import applied
from contexts.calculation.queries.explaining import explained
from shared_kernel.tenancy import current_tenant

UNDECIDED = Counter(
    "verdict_rules_undecided_total",
    "Rules left out of a decision because they cost more steps than it allows",
    ["point"],
)
TOLD_ONCE = 10_000  # rules of whom a process remembers that it said so

log = structlog.get_logger(__name__)
_told: LRUCache[tuple[str, str, int], bool] = LRUCache(TOLD_ONCE)
_telling = Lock()


def decide(query: Decide) -> Decisions:
    """
    Decide about every set of facts by the same rules.

    Raises:
        UnknownPoint, UnknownRuleSet; Invalid: a fact is not what its type says.

    """
    stands, rollout = _standing_for(query)
    rules = stands.rules
    facts = engine_facts(query.point, query.facts, stands.declared)
    decided = rules.decide_many(facts)
    allowance = Allowance()  # one for all lines of a cart
    return Decisions(
        fingerprint=stands.fingerprint,
        decisions=tuple(
            said(query.point, outcome, explained(rules, each, query.explain, allowance))
            for each, outcome in zip(facts, decided, strict=True)
        ),
        rollout=rollout,
    )


def said(
    point: str, outcome: EngineDecision, explanations: tuple[RuleExplanation, ...] = ()
) -> Decision:
    """A decision in the words of the bus."""
    return Decision(
        applied=applied(outcome),
        explanations=explanations,
        undecided=_undecided(point, outcome) if outcome.undecided else (),
    )


def _standing_for(query: Decide) -> tuple[Standing, UUID | None]:
    """What decides, and the roll-out that tries it."""
    point, rollout = query.point, None
    policies.open_point(point)
    if query.fingerprint is not None:
        stands = standing.recorded(point, query.fingerprint)
    elif query.known_at is not None:
        stands = standing.standing_known(point, query.at or query.known_at, query.known_at)
    elif query.at is not None:
        stands = standing.standing_at(point, query.at)
    else:
        tried = standing.tried(point, query.rollout) if query.rollout else None
        rollout = query.rollout if tried is not None else None
        stands = tried or standing.active(point)
    drafted = standing.with_drafts(stands, query.drafts) if query.drafts else stands
    return drafted, rollout


def _undecided(point: str, outcome: EngineDecision) -> tuple[UndecidedRule, ...]:
    """Each rule that was given up, counted every time and said once in a process."""
    found = tuple(
        UndecidedRule(rule_id=rule_of(it.rule_id), version=it.version, rule=it.name, why=it.why)
        for it in outcome.undecided
    )
    UNDECIDED.labels(point).inc(len(found))
    for it in found:
        key = (str(current_tenant()), it.rule_id, it.version)
        with _telling:
            is_new = key not in _told
            _told[key] = True
        if is_new:
            log.warning(
                "rule not decided", point=point, rule=it.rule_id, version=it.version, why=it.why
            )
    return found
