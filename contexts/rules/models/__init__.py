"""What rules keep: rules and their versions, reviews, guardrails."""

from contexts.rules.models.versions import Guardrail, Review, Rule, RuleVersion, Status

__all__ = ["Guardrail", "Review", "Rule", "RuleVersion", "Status"]
