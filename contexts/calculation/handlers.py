"""The bus side of calculation."""

from __future__ import annotations

from contexts.calculation import policies, queries, services
from contexts.calculation.messages import (
    AnalyseRules,
    Attributes,
    CheckCondition,
    CheckedRule,
    CheckGuardrail,
    CheckRule,
    ComparedDecisions,
    CompareDecisions,
    Decide,
    Decisions,
    Findings,
    ListAttributes,
)
from contexts.rules.events import RuleActivated, RuleRetired
from shared_kernel import bus


@bus.answers(CheckRule)
def check_rule(query: CheckRule) -> CheckedRule:
    return policies.checked(query.point, query.text, queries.declared())


@bus.answers(CheckCondition)
def check_condition(query: CheckCondition) -> CheckedRule:
    return policies.checked_condition(query.point, query.condition, queries.declared())


@bus.answers(CheckGuardrail)
def check_guardrail(query: CheckGuardrail) -> CheckedRule:
    return policies.checked_guardrail(query.point, query.guardrail, queries.declared())


@bus.answers(ListAttributes)
def list_attributes(query: ListAttributes) -> Attributes:
    return queries.attributes_of(query.point)


@bus.answers(AnalyseRules)
def analyse_rules(query: AnalyseRules) -> Findings:
    return queries.analyse(query)


@bus.answers(Decide)
def decide(query: Decide) -> Decisions:
    return queries.decide(query)


@bus.answers(CompareDecisions)
def compare_decisions(query: CompareDecisions) -> ComparedDecisions:
    return queries.compare(query)


@bus.hears(RuleActivated)
def publish_activated_rule(event: RuleActivated) -> None:
    services.publish_rule(
        point=event.point, text=event.text, content_hash=event.content_hash, at=event.at
    )


@bus.hears(RuleRetired)
def withdraw_retired_rule(event: RuleRetired) -> None:
    services.withdraw_rule(point=event.point, rule_id=event.rule_id, at=event.at)
