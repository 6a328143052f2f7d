"""What the engine says, in the words of the bus: of a row the id of its table, and the name that tells the row."""

from __future__ import annotations

from contexts.calculation.engine import Decision as EngineDecision
from contexts.calculation.messages import AppliedEffect, AppliedRule
from contexts.calculation.policies.tables import rule_of


def applied(outcome: EngineDecision) -> tuple[AppliedRule, ...]:
    return tuple(
        AppliedRule(
            rule_id=rule_of(match.rule_id),
            version=match.version,
            rule=match.name,
            reason=match.reason,
            effects=tuple(
                AppliedEffect(kind=kind, params=params) for kind, params in match.effects
            ),
        )
        for match in outcome.matches
    )
