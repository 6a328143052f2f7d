"""What rules tell."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import ClassVar, Literal
from uuid import UUID

import msgspec

from shared_kernel.bus import Event
from shared_kernel.decisions import GuardrailText, RuleText
from shared_kernel.money import Money


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


class _AboutPoint(Event, frozen=True):
    point: str
    at: datetime

    @property
    def stream(self) -> str:
        return f"point-{self.point}"


class PointHalted(_AboutPoint, frozen=True):
    """From `at` on no rule of the point decides, until that is lifted."""

    name: ClassVar = "rules.point-halted.v1"
    halted_by: str
    reason: str


class PointFreed(_AboutPoint, frozen=True):
    """From `at` on the rules of the point decide again."""

    name: ClassVar = "rules.point-freed.v1"
    freed_by: str


class ApprovalPolicySet(Event, frozen=True):
    """From now on these colleagues have to approve what is submitted at the point, from that risk on."""

    name: ClassVar = "rules.approval-policy-set.v1"
    policy_id: UUID
    point: str
    from_risk: str
    requirements: str
    set_by: str

    @property
    def stream(self) -> str:
        return f"approval-policy-{self.policy_id}"


class ApprovalPolicyRemoved(Event, frozen=True):
    """The policy holds no more for what is submitted from now on."""

    name: ClassVar = "rules.approval-policy-removed.v1"
    policy_id: UUID
    point: str
    from_risk: str
    removed_by: str

    @property
    def stream(self) -> str:
        return f"approval-policy-{self.policy_id}"


class AbsenceTold(Event, frozen=True):
    """Somebody is away, and a colleague stands in for them."""

    name: ClassVar = "rules.absence-told.v1"
    absence_id: UUID
    person: str
    delegate: str
    starts_at: datetime
    ends_at: datetime
    told_by: str

    @property
    def stream(self) -> str:
        return f"absence-{self.absence_id}"


class AbsenceChanged(Event, frozen=True):
    """An absence that lies ahead is at another time, or somebody else stands in."""

    name: ClassVar = "rules.absence-changed.v1"
    absence_id: UUID
    person: str
    delegate: str
    starts_at: datetime
    ends_at: datetime
    changed_by: str

    @property
    def stream(self) -> str:
        return f"absence-{self.absence_id}"


class AbsenceEnded(Event, frozen=True):
    """From `at` on nobody stands in any more, before the time that was told; what was approved so stays approved."""

    name: ClassVar = "rules.absence-ended.v1"
    absence_id: UUID
    person: str
    delegate: str
    at: datetime
    ended_by: str

    @property
    def stream(self) -> str:
        return f"absence-{self.absence_id}"


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


class _AboutRelease(Event, frozen=True):
    release_id: UUID
    number: int
    digest: str

    @property
    def stream(self) -> str:
        return f"release-{self.release_id}"


class ReleaseMade(_AboutRelease, frozen=True):
    """Approved versions were put together, to go to customers together."""

    name: ClassVar = "rules.release-made.v1"
    title: str
    members: tuple[str, ...]
    made_by: str


class PromotionApproved(_AboutRelease, frozen=True):
    """A colleague said that this very release may reach a stage; who still has to is `missing`."""

    name: ClassVar = "rules.promotion-approved.v1"
    stage: str
    reviewer: str
    teams: tuple[str, ...]
    missing: str
    comment: str


class ReleasePromoted(_AboutRelease, frozen=True):
    """The release reached a stage; at the last one these rules began and ended to decide with it."""

    name: ClassVar = "rules.release-promoted.v1"
    stage: str
    began: tuple[str, ...]
    ended: tuple[str, ...]
    promoted_by: str


class StagePolicySet(Event, frozen=True):
    """From now on these colleagues have to approve what reaches the stage."""

    name: ClassVar = "rules.stage-policy-set.v1"
    policy_id: UUID
    stage: str
    requirements: str
    set_by: str

    @property
    def stream(self) -> str:
        return f"stage-policy-{self.policy_id}"


class RulesImported(Event, frozen=True):
    """Drafts were made of what a bundle says otherwise; they are reviewed like any other."""

    name: ClassVar = "rules.rules-imported.v1"
    import_id: UUID
    digest: str
    signed: bool
    drafted: tuple[str, ...]
    unchanged: int
    author: str

    @property
    def stream(self) -> str:
        return f"import-{self.import_id}"


class _AboutTemplate(Event, frozen=True):
    template_id: UUID
    version: int

    @property
    def stream(self) -> str:
        return f"template-{self.template_id}"


class TemplateDrafted(_AboutTemplate, frozen=True):
    """A new version of a template was begun."""

    name: ClassVar = "rules.template-drafted.v1"
    point: str
    author: str


class TemplateRewritten(_AboutTemplate, frozen=True):
    """A template's draft says something else; `revision` counts its rewritings from 1."""

    name: ClassVar = "rules.template-rewritten.v1"
    revision: int
    content_hash: str
    author: str


class TemplateDiscarded(_AboutTemplate, frozen=True):
    """A template's draft was thrown away, and with its only version the template."""

    name: ClassVar = "rules.template-discarded.v1"
    content_hash: str
    discarded_by: str


class TemplateSubmitted(_AboutTemplate, frozen=True):
    """A version of a template waits for a colleague; it does not change any more."""

    name: ClassVar = "rules.template-submitted.v1"
    content_hash: str
    submitted_by: str


class TemplateApproved(_AboutTemplate, frozen=True):
    """A colleague approved this very content: rules are made from it, and from no earlier version, from now on."""

    name: ClassVar = "rules.template-approved.v1"
    content_hash: str
    reviewer: str
    comment: str


class TemplateRejected(_AboutTemplate, frozen=True):
    """A colleague refused the template's version and said why."""

    name: ClassVar = "rules.template-rejected.v1"
    reviewer: str
    comment: str


class TemplateRetired(_AboutTemplate, frozen=True):
    """No rule is made from this version any more; those that were decide on."""

    name: ClassVar = "rules.template-retired.v1"
    retired_by: str


class RuleMadeFromTemplate(_AboutVersion, frozen=True):
    """A version of a rule says what this template says with these arguments, which are JSON."""

    name: ClassVar = "rules.rule-made-from-template.v1"
    template_id: UUID
    template_version: int
    arguments: str
    made_by: str


class AttentionWanted(Event, frozen=True):
    """
    Something wants these people's attention, or these teams', or with neither that of whoever is concerned.

    `kind` is `review-wanted`, `mentioned`, `approved`, `rejected`, `taken-back`, `not-begun`, `rolled-back` or
    `budget-used`; `path` is where it is to be seen.
    """

    name: ClassVar = "rules.attention-wanted.v1"
    notice_id: UUID
    kind: str
    sentence: str
    people: tuple[str, ...]
    teams: tuple[str, ...]
    path: str

    @property
    def stream(self) -> str:
        return f"notice-{self.notice_id}"


class _AboutHook(Event, frozen=True):
    hook_id: UUID
    url: str

    @property
    def stream(self) -> str:
        return f"notice-hook-{self.hook_id}"


class NoticeHookSet(_AboutHook, frozen=True):
    """Notices of these kinds are posted to this address from now on; of none, all."""

    name: ClassVar = "rules.notice-hook-set.v1"
    kinds: tuple[str, ...]
    set_by: str


class NoticeHookRemoved(_AboutHook, frozen=True):
    """Notices are posted nowhere any more."""

    name: ClassVar = "rules.notice-hook-removed.v1"
    removed_by: str


class RolloutCandidate(msgspec.Struct, frozen=True):
    """A rule that is being rolled out at a point: as written, and the hash of what was approved."""

    point: str
    text: RuleText
    content_hash: str


class RolloutGuard(msgspec.Struct, frozen=True):
    """
    A limit that a roll-out must keep, from so many carts on; beyond `at_most` it is rolled back.

    `discount-increase`, `revenue-decrease` and `touched` are percentages of what carts decided by today's rules would
    come to otherwise; `discount-share` is how many percentage points more of their subtotals candidates' carts get off.
    """

    metric: Literal["discount-increase", "revenue-decrease", "touched", "discount-share"]
    at_most: Decimal
    min_carts: int


class _AboutRollout(Event, frozen=True):
    rollout_id: UUID
    release_id: UUID
    number: int
    at: datetime

    @property
    def stream(self) -> str:
        return f"rollout-{self.rollout_id}"


class RolloutStarted(_AboutRollout, frozen=True):
    """From `at` on a release is tried: at 0 percent compared only, else it decides for so many of a hundred customers."""

    name: ClassVar = "rules.rollout-started.v1"
    digest: str
    salt: str
    percent: Decimal
    candidates: tuple[RolloutCandidate, ...]
    guards: tuple[RolloutGuard, ...]
    started_by: str


class RolloutStepped(_AboutRollout, frozen=True):
    """From `at` on the release decides for so many of a hundred customers."""

    name: ClassVar = "rules.rollout-stepped.v1"
    step: int
    percent: Decimal
    stepped_by: str


class RolloutPaused(_AboutRollout, frozen=True):
    """The roll-out stays where it is until it is resumed: whoever has the new rules keeps them."""

    name: ClassVar = "rules.rollout-paused.v1"
    reason: str
    paused_by: str


class RolloutResumed(_AboutRollout, frozen=True):
    """The roll-out goes on."""

    name: ClassVar = "rules.rollout-resumed.v1"
    resumed_by: str


class RolloutRolledBack(_AboutRollout, frozen=True):
    """From `at` on today's rules decide for everybody again."""

    name: ClassVar = "rules.rollout-rolled-back.v1"
    reason: str
    rolled_back_by: str


class RolloutCompleted(_AboutRollout, frozen=True):
    """The release reached production: its members decide for everybody."""

    name: ClassVar = "rules.rollout-completed.v1"
    completed_by: str


class _AboutBudget(Event, frozen=True):
    budget_id: UUID
    at: datetime

    @property
    def stream(self) -> str:
        return f"budget-{self.budget_id}"


class BudgetSet(_AboutBudget, frozen=True):
    """What a rule, or the rules that bear a tag, give is watched against an amount; nothing is limited."""

    name: ClassVar = "rules.budget-set.v1"
    title: str
    rule_id: UUID | None
    tag: str
    amount: Money
    starts_at: datetime
    ends_at: datetime | None
    set_by: str


class BudgetClosed(_AboutBudget, frozen=True):
    """The budget is watched no more."""

    name: ClassVar = "rules.budget-closed.v1"
    closed_by: str


class BudgetUsed(_AboutBudget, frozen=True):
    """
    So many percent of a budget were used when somebody looked: told once at 80 and once at 100.

    Who finds it beyond both at once tells only the higher. `used` is what carts were priced with, not what was ordered.
    """

    name: ClassVar = "rules.budget-used.v1"
    percent: int
    used: Money
    amount: Money
