"""Use cases of rules."""

from contexts.rules.services.drafting import (
    activate_version,
    approve_version,
    create_rule,
    discard_draft,
    draft_version,
    reject_version,
    retire_version,
    rewrite_draft,
    state_guardrail,
    submit_version,
    withdraw_guardrail,
)

__all__ = [
    "activate_version",
    "approve_version",
    "create_rule",
    "discard_draft",
    "draft_version",
    "reject_version",
    "retire_version",
    "rewrite_draft",
    "state_guardrail",
    "submit_version",
    "withdraw_guardrail",
]
