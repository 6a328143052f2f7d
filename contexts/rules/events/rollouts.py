"""Roll-outs of releases: what is tried on how many, and how it ends."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import ClassVar, Literal
from uuid import UUID

import msgspec

from shared_kernel.bus import Event
from shared_kernel.decisions import RuleText


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
