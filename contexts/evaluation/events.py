"""What evaluation tells."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

import msgspec

from shared_kernel.bus import Event
from shared_kernel.money import Money


class CartEvaluated(Event, frozen=True):
    """
    A cart was priced; `total` is what is due.

    `rules` names the versions that applied (id@version), `algorithms` those that computed (name@version).
    """

    name: ClassVar = "evaluation.cart-evaluated.v1"
    evaluation_id: UUID
    total: Money
    discount: Money
    rules: tuple[str, ...]
    algorithms: tuple[str, ...]

    @property
    def stream(self) -> str:
        return f"evaluation-{self.evaluation_id}"


class SealedEvaluation(msgspec.Struct, frozen=True, array_like=True):
    """An evaluation, the event that told of it, and the digest of both as they were kept."""

    evaluation_id: UUID
    event_id: UUID
    digest: str


class EvaluationsSealed(Event, frozen=True):
    """
    These evaluations were made, and kept as their digests say.

    They are those told after event `after` and up to the last one here, in the order of their moments and ids.
    """

    name: ClassVar = "evaluation.evaluations-sealed.v1"
    after: UUID | None
    after_at: datetime
    until: UUID
    until_at: datetime
    evaluations: tuple[SealedEvaluation, ...]

    @property
    def stream(self) -> str:
        return SEALS


SEALS = "evaluation-seals"


class OrderFileUploaded(Event, frozen=True):
    """Somebody uploaded an order file."""

    name: ClassVar = "evaluation.order-file-uploaded.v1"
    order_file_id: UUID
    file: str
    sha256: str
    orders: int
    uploaded_by: str

    @property
    def stream(self) -> str:
        return f"order-file-{self.order_file_id}"


class OrderFileRemoved(Event, frozen=True):
    """Somebody removed an order file; back-tests over it stay."""

    name: ClassVar = "evaluation.order-file-removed.v1"
    order_file_id: UUID
    removed_by: str

    @property
    def stream(self) -> str:
        return f"order-file-{self.order_file_id}"


class _AboutBackTest(Event, frozen=True):
    back_test_id: UUID
    content_hash: str
    rule_id: str

    @property
    def stream(self) -> str:
        return f"back-test-{self.back_test_id}"


class BackTestAsked(_AboutBackTest, frozen=True):
    """Somebody wants to know what drafts would have done."""

    name: ClassVar = "evaluation.back-test-asked.v1"
    source: str
    asked_by: str


class BackTestFinished(_AboutBackTest, frozen=True):
    """Its result stands, or it failed and `failure` says why; either way it does not change any more."""

    name: ClassVar = "evaluation.back-test-finished.v1"
    carts: int
    touched: int
    failure: str = ""


class _AboutRollout(Event, frozen=True):
    rollout_id: UUID

    @property
    def stream(self) -> str:
        return f"carts-of-rollout-{self.rollout_id}"


class RolloutFollowed(_AboutRollout, frozen=True):
    """Carts are priced by the roll-out for so many of a hundred customers from now on, or not any more."""

    name: ClassVar = "evaluation.rollout-followed.v1"
    percent: Decimal
    is_running: bool


class RolloutGuardBroken(_AboutRollout, frozen=True):
    """What carts show breaks a guard of the roll-out; `evidence` are the figures at that moment, with the carts that change most."""

    name: ClassVar = "evaluation.rollout-guard-broken.v1"
    metric: str
    sentence: str
    evidence: dict[str, Any]
