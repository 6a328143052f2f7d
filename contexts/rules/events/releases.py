"""Releases on their way through the stages, and bundles that came in."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from shared_kernel.bus import Event


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


class PromotionApprovalTakenBack(_AboutRelease, frozen=True):
    """A colleague's approval that the release reaches a stage counts no more; who has to approve now is `missing`."""

    name: ClassVar = "rules.promotion-approval-taken-back.v1"
    stage: str
    reviewer: str
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
