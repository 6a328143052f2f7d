"""What rules tell."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from shared_kernel.bus import Event
from shared_kernel.decisions import GuardrailText, RuleText


class _AboutVersion(Event, frozen=True):
    rule_id: UUID
    version: int

    @property
    def stream(self) -> str:
        return f"rule-{self.rule_id}"


class RuleDrafted(_AboutVersion, frozen=True):
    """A new version was begun."""

    name: ClassVar = "rules.rule-drafted.v1"
    point: str
    author: str


class RuleSubmitted(_AboutVersion, frozen=True):
    """A version waits for a colleague; it does not change any more."""

    name: ClassVar = "rules.rule-submitted.v1"
    content_hash: str
    submitted_by: str


class RuleApproved(_AboutVersion, frozen=True):
    """A colleague approved this very content."""

    name: ClassVar = "rules.rule-approved.v1"
    content_hash: str
    reviewer: str
    comment: str


class RuleRejected(_AboutVersion, frozen=True):
    """A colleague refused it and said why."""

    name: ClassVar = "rules.rule-rejected.v1"
    reviewer: str
    comment: str


class RuleActivated(_AboutVersion, frozen=True):
    """From `at` on this version decides, in place of whichever version of the rule did before."""

    name: ClassVar = "rules.rule-activated.v1"
    point: str
    text: RuleText
    content_hash: str
    at: datetime
    activated_by: str


class RuleRetired(_AboutVersion, frozen=True):
    """From `at` on the rule does not decide any more."""

    name: ClassVar = "rules.rule-retired.v1"
    point: str
    at: datetime
    retired_by: str


class GuardrailStated(Event, frozen=True):
    """From now on every review of that point's rules proves this claim, or shows what breaks it."""

    name: ClassVar = "rules.guardrail-stated.v1"
    guardrail_id: UUID
    point: str
    guardrail: GuardrailText
    stated_by: str

    @property
    def stream(self) -> str:
        return f"guardrail-{self.guardrail_id}"


class GuardrailWithdrawn(Event, frozen=True):
    """The claim is not made any more."""

    name: ClassVar = "rules.guardrail-withdrawn.v1"
    guardrail_id: UUID
    withdrawn_by: str

    @property
    def stream(self) -> str:
        return f"guardrail-{self.guardrail_id}"
