"""What a draft does together with others that do not decide yet: the proofs that were asked beside what decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contexts.calculation import policies
from contexts.calculation.messages import AnalyseBeside, Findings
from contexts.calculation.policies.tables import ids_of, rule_of
from contexts.calculation.queries.reviewing import MOST_SECONDS, finding_of, sound_guardrails
from contexts.calculation.queries.standing import standing_now, with_drafts
from shared_kernel.decisions import RuleText

if TYPE_CHECKING:
    from contexts.calculation.policies import Standing


def analyse_beside(query: AnalyseBeside) -> Findings:
    """
    What there is to say about a draft and others, each in the place of its rule's active version.

    One of the others that is not sound any more is left out, and so is not counted in `beside`.

    Raises:
        UnknownPoint.

    """
    from contexts.calculation.engine.analysis import analyse as analysed  # noqa: PLC0415 - loads Z3

    point = policies.open_point(query.point)
    stands = standing_now(point.name)
    others = [it for it in query.others if _is_sound(stands, it)]
    if not others or not _is_sound(stands, query.draft):
        return Findings(findings=(), beside=0)
    drafted = with_drafts(stands, [*others, query.draft])
    guardrails, _ = sound_guardrails(stands, query.guardrails)
    found = analysed(
        drafted.rules.rules,
        policies.schema_of(point.name, stands.declared),
        point.hit_policy,
        guardrails=guardrails,
        price=policies.price_of(point.name),
        about=_rows(drafted, [query.draft]),
        beside=_rows(drafted, others),
        sets=point.sets,
        seconds=min(max(query.seconds, 0.0), MOST_SECONDS),
    )
    theirs = {it.rule_id for it in others}
    told = tuple(
        finding_of(it)
        for it in found
        if (it.kind == "guardrail" and it.standing == "problem")
        or it.kind == "unfinished"
        or theirs & set(map(rule_of, it.rules))
    )
    return Findings(findings=told, beside=len(others))


def _is_sound(stands: Standing, text: RuleText) -> bool:
    return not policies.checked(stands.point, text, stands.declared).faults


def _rows(stands: Standing, texts: list[RuleText]) -> list[str]:
    return [it for text in texts for it in ids_of(text.rule_id, stands.rows.get(text.rule_id, 0))]
