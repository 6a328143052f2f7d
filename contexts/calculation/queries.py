"""Reads of calculation: deciding."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from contexts.calculation import policies
from contexts.calculation.engine import Allowance, RuleSet
from contexts.calculation.engine import Decision as EngineDecision
from contexts.calculation.engine import Nearest as EngineNearest
from contexts.calculation.engine import explain as explain_decision
from contexts.calculation.errors import UnknownRuleSet
from contexts.calculation.events import RuleSetChanged
from contexts.calculation.facts import engine_facts
from contexts.calculation.messages import (
    AnalyseRules,
    AppliedEffect,
    AppliedRule,
    Decide,
    Decision,
    Decisions,
    Example,
    Finding,
    Findings,
    Nearest,
    NearestChange,
    RuleExplanation,
)
from contexts.calculation.models import PublishedRule, RuleSetRecord
from shared_kernel.cache import TwoLevelCache
from shared_kernel.decisions import GuardrailText, RuleText
from shared_kernel.tenancy import current_tenant

if TYPE_CHECKING:
    from contexts.calculation.engine.findings import Finding as EngineFinding
    from contexts.calculation.engine.guardrails import CheckedGuardrail

MOST_SECONDS = 30.0

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
    allowance = Allowance()  # one for all lines of a cart
    return Decisions(
        fingerprint=rules.fingerprint,
        decisions=tuple(
            Decision(
                applied=_applied(outcome),
                explanations=_explained(rules, each, query.explain, allowance),
            )
            for each, outcome in zip(facts, decided, strict=True)
        ),
    )


def analyse(query: AnalyseRules) -> Findings:
    """
    What there is to say about drafts beside the rules active now.

    Raises:
        UnknownPoint.

    """
    from contexts.calculation.engine.analysis import analyse as analysed  # noqa: PLC0415 - loads Z3

    point = policies.open_point(query.point)
    replaced = {draft.rule_id for draft in query.drafts}
    texts = [it for it in _texts(point.name, None) if it.rule_id not in replaced]
    unsound = [it for draft in query.drafts for it in _unsound(point.name, draft)]
    if unsound:
        return Findings(findings=tuple(unsound), beside=len(texts))
    guardrails, refused = _guardrails(point.name, query.guardrails)
    found = analysed(
        policies.rule_set(point.name, [*texts, *query.drafts]).rules,
        policies.schema_of(point.name),
        point.hit_policy,
        guardrails=guardrails,
        price=policies.price_of(point.name),
        about=[draft.rule_id for draft in query.drafts],
        sets=point.sets,
        seconds=min(max(query.seconds, 0.0), MOST_SECONDS),
    )
    return Findings(findings=(*refused, *map(_finding, found)), beside=len(texts))


def _unsound(point: str, draft: RuleText) -> Iterator[Finding]:
    for fault in policies.checked(point, draft).faults:
        text = f'"{draft.name}" is not sound at {fault.pointer}: {fault.message}'
        yield Finding(kind="unsound", standing="problem", sentence=text, rules=(draft.rule_id,))


def _guardrails(
    point: str, texts: tuple[GuardrailText, ...]
) -> tuple[list[CheckedGuardrail], list[Finding]]:
    """Those that can be asked, and what is to be said of the others."""
    sound, refused = [], []
    for text in texts:
        faults = policies.checked_guardrail(point, text).faults
        if not faults:
            sound.append(policies.guardrail_of(point, text))
            continue
        sentence = f"{text.name}: unknown, it cannot be read: {faults[0].message}"
        refused.append(Finding(kind="guardrail", standing="unknown", sentence=sentence))
    return sound, refused


def _finding(found: EngineFinding) -> Finding:
    examples = tuple(
        Example(facts=dict(it.facts), applied=_applied(it.decision), figures=dict(it.figures))
        for it in found.examples
    )
    return Finding(
        kind=found.kind,
        standing=found.standing,
        sentence=found.sentence,
        rules=found.rules,
        examples=examples,
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


def _nearest(found: EngineNearest | None) -> Nearest | None:
    if found is None:
        return None
    changes = tuple(
        NearestChange(path=it.path, was=it.was, to=it.to, relation=it.relation, words=it.words)
        for it in found.changes
    )
    return Nearest(sentence=found.sentence, changes=changes)


def _explained(
    rules: RuleSet,
    facts: dict[str, object],
    level: Literal["none", "applied", "full", "nearest"],
    allowance: Allowance,
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
            nearest=_nearest(one.nearest),
        )
        for one in explain_decision(rules, facts, level, allowance)
    )
