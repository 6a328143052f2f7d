"""Reads of calculation: deciding."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from contexts.calculation import policies
from contexts.calculation.engine import Decision as EngineDecision
from contexts.calculation.engine import RuleSet
from contexts.calculation.engine import explain as explain_decision
from contexts.calculation.errors import UnknownRuleSet
from contexts.calculation.events import RuleSetChanged
from contexts.calculation.facts import engine_facts
from contexts.calculation.messages import (
    AppliedEffect,
    AppliedRule,
    Decide,
    Decision,
    Decisions,
    RuleExplanation,
)
from contexts.calculation.models import PublishedRule, RuleSetRecord
from shared_kernel.cache import TwoLevelCache
from shared_kernel.decisions import RuleText
from shared_kernel.tenancy import current_tenant

# the compiled set stays in its process; what it is compiled from is one indexed read away
_active: TwoLevelCache[RuleSet] = TwoLevelCache(
    "rule-sets", stale_after=(RuleSetChanged.name,), seconds_here=5.0
)


def decide(query: Decide) -> Decisions:
    """
    Decide about every set of facts by the same rules.

    Raises:
        UnknownPoint, UnknownRuleSet; Invalid: a fact's text is not what its type says.

    """
    rules = _rules_for(query)
    facts = engine_facts(query.point, query.facts)
    decided = rules.decide_many(facts)
    return Decisions(
        fingerprint=rules.fingerprint,
        decisions=tuple(
            Decision(applied=_applied(outcome), explanations=_explained(rules, each, query.explain))
            for each, outcome in zip(facts, decided, strict=True)
        ),
    )


def _rules_for(query: Decide) -> RuleSet:
    point = query.point
    policies.open_point(point)
    if query.fingerprint is not None:
        return _recorded(point, query.fingerprint)
    if query.drafts:
        replaced = {draft.rule_id for draft in query.drafts}
        texts = [it for it in _texts(point, query.at) if it.rule_id not in replaced]
        return policies.rule_set(point, [*texts, *query.drafts])
    if query.at is not None:
        return policies.rule_set(point, _texts(point, query.at))
    return _active.get(
        current_tenant(), point, lambda: policies.rule_set(point, _texts(point, None))
    )


def _texts(point: str, at: datetime | None) -> list[RuleText]:
    return [rule.as_written() for rule in PublishedRule.at(point, at)]


def _recorded(point: str, fingerprint: str) -> RuleSet:
    nothing = policies.rule_set(point, [])
    if fingerprint == nothing.fingerprint:
        return nothing
    record = RuleSetRecord.objects.filter(point=point, fingerprint=fingerprint).first()
    if record is None:
        raise UnknownRuleSet(point=point, fingerprint=fingerprint)
    wanted = {(rule_id, version) for rule_id, version in record.members}
    rules = PublishedRule.objects.filter(point=point, rule_id__in={it for it, _ in wanted})
    texts = [rule.as_written() for rule in rules if (str(rule.rule_id), rule.version) in wanted]
    return policies.rule_set(point, texts)


def _applied(outcome: EngineDecision) -> tuple[AppliedRule, ...]:
    return tuple(
        AppliedRule(
            rule_id=match.rule_id,
            version=match.version,
            rule=match.name,
            reason=match.reason,
            effects=tuple(
                AppliedEffect(kind=kind, params=params) for kind, params in match.effects
            ),
        )
        for match in outcome.matches
    )


def _explained(
    rules: RuleSet, facts: dict[str, object], level: Literal["none", "applied", "full"]
) -> tuple[RuleExplanation, ...]:
    if level == "none":
        return ()
    return tuple(
        RuleExplanation(
            rule_id=one.rule_id,
            version=one.version,
            rule=one.name,
            outcome=one.outcome,
            sentence=one.sentence,
        )
        for one in explain_decision(rules, facts, level=level)
    )
