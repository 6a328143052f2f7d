"""Who has to approve, who stands in, what always has to hold, and which points are stopped."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from shared_kernel.bus import Event
from shared_kernel.decisions import GuardrailText


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
    proof_demanded: bool = False

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
