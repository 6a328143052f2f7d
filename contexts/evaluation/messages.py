"""What evaluation may be asked."""

from __future__ import annotations

from typing import Any, ClassVar, Literal
from uuid import UUID

import msgspec

from contexts.evaluation.events import EvaluationsSealed
from shared_kernel.bus import Query
from shared_kernel.decisions import RuleText


class TryRules(Query[dict[str, Any]], frozen=True):
    """
    What would this cart cost if these drafts were active, and why?

    `cart` and the answer have the shapes of `POST /api/v1/evaluations`; `drafts` by decision point, each in place
    of its rule's active version. Nothing is recorded.
    """

    name: ClassVar = "evaluation.try-rules.v1"
    cart: dict[str, Any]
    drafts: dict[str, tuple[RuleText, ...]]


class UnfitEvaluation(msgspec.Struct, frozen=True):
    """An evaluation that is not as it was sealed: changed, missing, or put in among those that were."""

    evaluation_id: UUID
    problem: Literal["changed", "missing", "put in"]


class CheckSeal(Query[tuple[UnfitEvaluation, ...]], frozen=True):
    """Which evaluations are not as this seal says?"""

    name: ClassVar = "evaluation.check-seal.v1"
    seal: EvaluationsSealed
