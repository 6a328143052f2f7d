"""Guardrails of rules that somebody names: of a set that may never have decided, and that nobody had to hear of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from contexts.calculation import policies
from contexts.calculation.engine import DefinitionError, ExpressionError
from contexts.calculation.messages import Finding, Findings, ProveGuardrails
from contexts.calculation.policies.standing import rules_of
from contexts.calculation.queries.attributes import declared
from contexts.calculation.queries.reviewing import MOST_SECONDS, finding_of, sound_guardrails
from shared_kernel.decisions import RuleText


def prove(query: ProveGuardrails) -> Findings:
    """
    Whether the guardrails hold of these rules; `beside` counts those of them that are sound.

    Raises:
        UnknownPoint.

    """
    from contexts.calculation.engine.analysis import analyse as analysed  # noqa: PLC0415 - loads Z3

    point, known = policies.open_point(query.point), declared()
    unsound = {it.rule_id: why for it, why in _unsound(point.name, query.rules, known)}
    texts = [it for it in query.rules if it.rule_id not in unsound]
    stands = policies.standing_of(point.name, texts, known)
    guardrails, refused = sound_guardrails(stands, query.guardrails)
    found = analysed(
        stands.rules.rules,
        policies.schema_of(point.name, stands.declared),
        point.hit_policy,
        guardrails=guardrails,
        price=policies.price_of(point.name),
        about=(),
        sets=point.sets,
        seconds=min(max(query.seconds, 0.0), MOST_SECONDS),
    )
    told = (*unsound.values(), *refused, *map(finding_of, found))
    return Findings(findings=told, beside=len(texts))


def _unsound(
    point: str, texts: Iterable[RuleText], known: policies.Declared
) -> Iterator[tuple[RuleText, Finding]]:
    for text in texts:
        try:
            rules_of(point, text, known)
        except (ExpressionError, DefinitionError) as fault:
            said = f'"{text.name}" is not sound: {fault}'
            yield text, Finding("unsound", "problem", said, rules=(text.rule_id,))
