"""
How much could go wrong with a version: judged when it is submitted, and once more when a colleague approves it.

What this cannot do: tell of rules that others are going to activate, or of what comes after the last approval. What begins is
proved beside what decides by then; its risk is not judged once more.
"""

from __future__ import annotations

from time import monotonic

from contexts.calculation.messages import Finding, MeasureRule
from contexts.evaluation.messages import BackTestSummary
from contexts.rules import policies
from contexts.rules.errors import RiskRisen
from contexts.rules.models import RuleVersion
from contexts.rules.queries import policies_of
from contexts.rules.services.proving import (
    SECONDS,
    active_at,
    demand_unbroken,
    name_of,
    proved,
    stated_at,
)
from shared_kernel import bus
from shared_kernel.decisions import DecisionPoint, GuardrailText, known_points

BRIEFLY = 2.0  # for the risk alone
LEFT = 1.0  # for the margins, however long the proofs took
HALF = "no more than half of a price"  # not stated by anybody: it tells how large an amount can be


def risk_of(version: RuleVersion) -> policies.Risk:
    """
    How much could go wrong with a version: its largest discount, what the guardrails say, and how near it comes to them.

    Raises:
        GuardrailBroken: one does not hold with this version in place of the active one.

    """
    point = known_points()[version.rule.point]
    stated = stated_at(point.name)
    half = _half(point) if policies.facts_of(point, version.text).takes_amounts else ()
    findings: tuple[Finding, ...] = ()
    begun, active = monotonic(), active_at(point.name)
    with_it = {**active, version.rule_id: version.text}.values()
    if stated:
        findings = proved(point.name, with_it, stated)
    broken_already = demand_unbroken(point.name, stated, findings, before=active.values())
    holding = {name_of(it, stated) for it in findings if it.standing == "holds"}
    measured = bus.ask(
        MeasureRule(
            point=point.name,
            draft=version.text,
            guardrails=tuple(it for it in stated if it.name in holding),
            seconds=max(SECONDS - (monotonic() - begun), LEFT),
        )
    )
    facts = policies.facts_of(
        point,
        version.text,
        guardrails_unknown=sum(
            it.standing == "unknown" and name_of(it, stated) != "" for it in findings
        ),
        share_touched=_share_touched(version),
        always=measured.always,
        margins=measured.margins,
        guardrails_broken=broken_already,
        takes_half=bool(half)
        and any(
            it.standing == "problem" and str(version.rule_id) in it.rules
            for it in proved(point.name, with_it, half, BRIEFLY)
        ),
    )
    return policies.risk_of(facts)


def demand_no_higher_risk(version: RuleVersion) -> None:
    """
    Refuse an approval if the risk has risen since the version was submitted, and a policy asks for others then.

    Rules that began since, or a guardrail that was stated since, can bring that about. It is judged only where a higher
    risk would make a difference.

    Raises:
        RiskRisen; GuardrailBroken.

    """
    point = version.rule.point
    judged: policies.RiskLevel = version.risk.get("level", "low")
    stated = policies_of()
    then = policies.policy_for(stated, point, judged)
    higher = policies.RISKS[policies.RISKS.index(judged) + 1 :]
    if all(policies.policy_for(stated, point, it) == then for it in higher):
        return
    risk = risk_of(version)
    now = policies.policy_for(stated, point, risk.level)
    if risk.level in higher and now != then:
        raise RiskRisen(
            version=version.number,
            before=judged,
            now=risk.level,
            why="; ".join(risk.reasons),
            wanted=policies.said(now.requirements),
        )


def _share_touched(version: RuleVersion) -> float | None:
    """Per cent of the carts of its newest back-test, if there is one and somebody to say."""
    try:
        tested = bus.ask(
            BackTestSummary(content_hash=version.content_hash, rule_id=str(version.rule_id))
        )
    except (bus.ContextAbsent, bus.ContextUnreachable):
        return None
    return 100 * tested.touched / tested.carts if tested and tested.carts else None


def _half(point: DecisionPoint) -> tuple[GuardrailText, ...]:
    """Whether more than half of a price can go: what an amount comes to is known of prices only."""
    if point.price is None:
        return ()
    return (GuardrailText(name=HALF, claim="outcome.discount <= outcome.start * 0.5"),)
