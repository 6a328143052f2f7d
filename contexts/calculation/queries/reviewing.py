"""What a reviewer should know about drafts: the engine's proofs, asked about the rules of a tenant."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from contexts.calculation import policies
from contexts.calculation.messages import AnalyseRules, Example, Finding, Findings
from contexts.calculation.policies import Standing
from contexts.calculation.policies.tables import ids_of, rule_of
from contexts.calculation.queries import tables
from contexts.calculation.queries.applied import applied
from contexts.calculation.queries.standing import standing_now, with_drafts
from shared_kernel.decisions import GuardrailText, RuleText

if TYPE_CHECKING:
    from contexts.calculation.engine.findings import Finding as EngineFinding
    from contexts.calculation.engine.guardrails import CheckedGuardrail

MOST_SECONDS = 30.0


def analyse(query: AnalyseRules) -> Findings:
    """
    What there is to say about drafts beside the rules active now.

    Raises:
        UnknownPoint.

    """
    from contexts.calculation.engine.analysis import analyse as analysed  # noqa: PLC0415 - loads Z3

    point = policies.open_point(query.point)
    stands = standing_now(point.name)
    beside = len(stands.members.keys() - {draft.rule_id for draft in query.drafts})
    unsound = [it for draft in query.drafts for it in _unsound(stands, draft)]
    if unsound:
        return Findings(findings=tuple(unsound), beside=beside)
    guardrails, refused = sound_guardrails(stands, query.guardrails)
    drafted = with_drafts(stands, query.drafts)
    seconds = min(max(query.seconds, 0.0), MOST_SECONDS)
    of_tables, left = tables.looked_at(drafted, query.drafts, seconds / 2)
    found = analysed(
        drafted.rules.rules,
        policies.schema_of(point.name, stands.declared),
        point.hit_policy,
        guardrails=guardrails,
        price=policies.price_of(point.name),
        about=[
            it
            for one in query.drafts
            for it in ids_of(one.rule_id, drafted.rows.get(one.rule_id, 0))
        ],
        sets=point.sets,
        assumed=policies.assumed_of(point.name),
        seconds=seconds / 2 + left,
    )
    told = [finding_of(it) for it in found if not tables.is_within_one(it.rules)]
    guarded = [it for it in told if it.kind == "guardrail"]
    others = [it for it in told if it.kind != "guardrail"]
    return Findings(findings=(*refused, *guarded, *of_tables, *others), beside=beside)


def _unsound(stands: Standing, draft: RuleText) -> Iterator[Finding]:
    for fault in policies.checked(stands.point, draft, stands.declared).faults:
        text = f'"{draft.name}" is not sound at {fault.pointer}: {fault.message}'
        yield Finding(kind="unsound", standing="problem", sentence=text, rules=(draft.rule_id,))


def sound_guardrails(
    stands: Standing, texts: tuple[GuardrailText, ...]
) -> tuple[list[CheckedGuardrail], list[Finding]]:
    """Those that can be asked, and what is to be said of the others."""
    sound, refused = [], []
    for text in texts:
        faults = policies.checked_guardrail(stands.point, text, stands.declared).faults
        if not faults:
            sound.append(policies.guardrail_of(stands.point, text, stands.declared))
            continue
        sentence = f"{text.name}: unknown, it cannot be read: {faults[0].message}"
        refused.append(Finding(kind="guardrail", standing="unknown", sentence=sentence))
    return sound, refused


def finding_of(found: EngineFinding) -> Finding:
    """What the engine found, in the words of the bus; of a table's rows it is told as of the table."""
    examples = tuple(
        Example(facts=dict(it.facts), applied=applied(it.decision), figures=dict(it.figures))
        for it in found.examples
    )
    return Finding(
        kind=found.kind,
        standing=found.standing,
        sentence=found.sentence,
        rules=tuple(dict.fromkeys(map(rule_of, found.rules))),
        examples=examples,
    )
