"""The bus side of calculation."""

from __future__ import annotations

from typing import Literal

from contexts.calculation import policies, queries, services
from contexts.calculation.messages import (
    AnalyseBeside,
    AnalyseRules,
    Attributes,
    Blanks,
    CheckCondition,
    CheckedRule,
    CheckedTemplate,
    CheckGuardrail,
    CheckRule,
    CheckTemplate,
    ComparedDecisions,
    CompareDecisions,
    ConditionTree,
    Decide,
    Decisions,
    FilledTemplate,
    FillTemplate,
    Findings,
    ListAttributes,
    ListBlanks,
    ListNeverApplying,
    ListSpoken,
    ListVocabulary,
    MeasuredRule,
    MeasureRule,
    NeverApplying,
    OpenBlanks,
    OpenedTemplate,
    ProveGuardrails,
    ReadCondition,
    SaidRules,
    SayRules,
    SpokenOf,
    Stops,
    StopsOf,
    TellFate,
    Vocabulary,
    WriteCondition,
    WrittenCondition,
)
from contexts.calculation.policies.attributes import in_order
from contexts.rules.events import (
    PointFreed,
    PointHalted,
    RolloutCompleted,
    RolloutRolledBack,
    RolloutStarted,
    RuleActivated,
    RulePaused,
    RuleResumed,
    RuleRetired,
    RuleScheduled,
    RuleUnscheduled,
)
from shared_kernel import bus


@bus.answers(CheckRule)
def check_rule(query: CheckRule) -> CheckedRule:
    if query.attributes is None:
        return policies.checked(query.point, query.text, queries.declared())
    declared = in_order((policies.place_of(it.record), it.name, it.type) for it in query.attributes)
    return policies.checked(query.point, query.text, declared)


@bus.answers(CheckCondition)
def check_condition(query: CheckCondition) -> CheckedRule:
    return policies.checked_condition(query.point, query.condition, queries.declared())


@bus.answers(CheckTemplate)
def check_template(query: CheckTemplate) -> CheckedTemplate:
    return policies.checked_template(query.point, query.template, queries.declared())


@bus.answers(FillTemplate)
def fill_template(query: FillTemplate) -> FilledTemplate:
    return policies.filled_template(query, queries.declared())


@bus.answers(ListBlanks)
def list_blanks(query: ListBlanks) -> Blanks:
    return policies.blanks_of(query.point, query.text, queries.declared())


@bus.answers(OpenBlanks)
def open_blanks(query: OpenBlanks) -> OpenedTemplate:
    return policies.opened(query, queries.declared())


@bus.answers(SayRules)
def say_rules(query: SayRules) -> SaidRules:
    declared = queries.declared()
    said = (policies.said_rule(query.point, text, declared) for text in query.texts)
    return SaidRules(rules=tuple(said))


@bus.answers(ListSpoken)
def list_spoken(query: ListSpoken) -> SpokenOf:
    declared = queries.declared()
    spoken = (policies.spoken_of(query.point, text, declared) for text in query.texts)
    return SpokenOf(rules=tuple(spoken))


@bus.answers(TellFate)
def tell_fate(query: TellFate) -> Literal["never", "always", "open"]:
    return policies.fate_of(query.point, query.text, query.lacking, queries.declared())


@bus.answers(ReadCondition)
def read_condition(query: ReadCondition) -> ConditionTree:
    return policies.read_condition(query.condition)


@bus.answers(WriteCondition)
def write_condition(query: WriteCondition) -> WrittenCondition:
    return policies.write_condition(query.tree)


@bus.answers(ListVocabulary)
def list_vocabulary(query: ListVocabulary) -> Vocabulary:
    attributes = queries.attributes_of(query.point).attributes
    return policies.vocabulary(query.point, attributes, query.seen, queries.declared(), query.met)


@bus.answers(CheckGuardrail)
def check_guardrail(query: CheckGuardrail) -> CheckedRule:
    return policies.checked_guardrail(query.point, query.guardrail, queries.declared())


@bus.answers(ListAttributes)
def list_attributes(query: ListAttributes) -> Attributes:
    return queries.attributes_of(query.point)


@bus.answers(AnalyseRules)
def analyse_rules(query: AnalyseRules) -> Findings:
    return queries.analyse(query)


@bus.answers(ProveGuardrails)
def prove_guardrails(query: ProveGuardrails) -> Findings:
    return queries.prove(query)


@bus.answers(ListNeverApplying)
def list_never_applying(query: ListNeverApplying) -> NeverApplying:
    return queries.never_applying(query)


@bus.answers(AnalyseBeside)
def analyse_beside(query: AnalyseBeside) -> Findings:
    return queries.analyse_beside(query)


@bus.answers(MeasureRule)
def measure_rule(query: MeasureRule) -> MeasuredRule:
    return queries.measure(query)


@bus.answers(Decide)
def decide(query: Decide) -> Decisions:
    return queries.decide(query)


@bus.answers(CompareDecisions)
def compare_decisions(query: CompareDecisions) -> ComparedDecisions:
    return queries.compare(query)


@bus.answers(StopsOf)
def stops_of(query: StopsOf) -> Stops:
    return queries.stops_of(query)


@bus.hears(RuleActivated)
def publish_activated_rule(event: RuleActivated) -> None:
    services.publish_rule(
        point=event.point,
        text=event.text,
        content_hash=event.content_hash,
        at=event.at,
        ends_at=event.ends_at,
    )


@bus.hears(RuleScheduled)
def plan_scheduled_rule(event: RuleScheduled) -> None:
    if event.text is not None:  # nothing was told of it before
        services.plan_rule(
            point=event.point,
            text=event.text,
            content_hash=event.content_hash,
            starts_at=event.starts_at,
            ends_at=event.ends_at,
        )


@bus.hears(RuleUnscheduled)
def unplan_rule(event: RuleUnscheduled) -> None:
    services.unplan_rule(point=event.point, rule_id=event.rule_id, version=event.version)


@bus.hears(RuleRetired)
def withdraw_retired_rule(event: RuleRetired) -> None:
    services.withdraw_rule(point=event.point, rule_id=event.rule_id, at=event.at)


@bus.hears(RulePaused)
def withdraw_paused_rule(event: RulePaused) -> None:
    services.withdraw_rule(point=event.point, rule_id=event.rule_id, at=event.at)


@bus.hears(RuleResumed)
def publish_resumed_rule(event: RuleResumed) -> None:
    services.publish_rule(
        point=event.point,
        text=event.text,
        content_hash=event.content_hash,
        at=event.at,
        ends_at=event.ends_at,
    )


@bus.hears(PointHalted)
def halt_point(event: PointHalted) -> None:
    services.halt_point(point=event.point, at=event.at)


@bus.hears(PointFreed)
def free_point(event: PointFreed) -> None:
    services.free_point(point=event.point, at=event.at)


@bus.hears(RolloutStarted)
def try_candidates(event: RolloutStarted) -> None:
    services.try_rules(rollout_id=event.rollout_id, candidates=event.candidates, at=event.at)


@bus.hears(RolloutRolledBack)
def drop_candidates(event: RolloutRolledBack) -> None:
    services.stop_trying(rollout_id=event.rollout_id, at=event.at)


@bus.hears(RolloutCompleted)
def drop_promoted_candidates(event: RolloutCompleted) -> None:
    services.stop_trying(rollout_id=event.rollout_id, at=event.at)
