"""What happens to a version, from its draft on."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from shared_kernel.bus import Event
from shared_kernel.decisions import RuleText


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


class DraftRewritten(_AboutVersion, frozen=True):
    """A draft says something else, or within another window; `revision` counts its rewritings from 1."""

    name: ClassVar = "rules.draft-rewritten.v1"
    point: str
    revision: int
    content_hash: str
    author: str


class DraftDiscarded(_AboutVersion, frozen=True):
    """A draft was thrown away, and with its only version the rule."""

    name: ClassVar = "rules.draft-discarded.v1"
    point: str
    content_hash: str
    author: str
    discarded_by: str


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


class ApprovalTakenBack(_AboutVersion, frozen=True):
    """
    A colleague's approval counts no more, and `missing` says who has to approve now.

    If anybody has, the version is in review again, although it may have been approved before.
    """

    name: ClassVar = "rules.approval-taken-back.v1"
    content_hash: str
    reviewer: str
    missing: str
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
    ends_at: datetime | None = None


class RuleRetired(_AboutVersion, frozen=True):
    """From `at` on the rule does not decide any more."""

    name: ClassVar = "rules.rule-retired.v1"
    point: str
    at: datetime
    retired_by: str


class RuleScheduled(_AboutVersion, frozen=True):
    """The version is going to decide by itself, from `starts_at` on."""

    name: ClassVar = "rules.rule-scheduled.v1"
    point: str
    starts_at: datetime
    scheduled_by: str
    text: RuleText | None = None
    content_hash: str = ""
    ends_at: datetime | None = None


class RuleUnscheduled(_AboutVersion, frozen=True):
    """The version is not going to decide by itself any more."""

    name: ClassVar = "rules.rule-unscheduled.v1"
    point: str
    unscheduled_by: str


class RulePaused(_AboutVersion, frozen=True):
    """From `at` on the rule does not decide, until it is resumed."""

    name: ClassVar = "rules.rule-paused.v1"
    point: str
    at: datetime
    paused_by: str
    reason: str


class RuleResumed(_AboutVersion, frozen=True):
    """From `at` on the version that was paused decides again, as it was approved."""

    name: ClassVar = "rules.rule-resumed.v1"
    point: str
    text: RuleText
    content_hash: str
    at: datetime
    resumed_by: str
    ends_at: datetime | None = None


class RuleCommented(_AboutVersion, frozen=True):
    """Somebody said something about a version, to those who are mentioned above all."""

    name: ClassVar = "rules.rule-commented.v1"
    comment: str
    author: str
    mentions: tuple[str, ...]


class RuleReviewed(_AboutVersion, frozen=True):
    """A colleague approved this very content, and others still have to."""

    name: ClassVar = "rules.rule-reviewed.v1"
    content_hash: str
    reviewer: str
    teams: tuple[str, ...]
    missing: str
    comment: str


class RuleTagged(Event, frozen=True):
    """The rule is found by these words from now on."""

    name: ClassVar = "rules.rule-tagged.v1"
    rule_id: UUID
    tags: tuple[str, ...]
    tagged_by: str

    @property
    def stream(self) -> str:
        return f"rule-{self.rule_id}"
