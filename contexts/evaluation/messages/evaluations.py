"""Carts that were priced: tried again, what stood in them, and whether they are as they were sealed."""

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


class SeenValue(msgspec.Struct, frozen=True, array_like=True):
    """A value that the field of a record, such as the category of a line, had in recent carts."""

    record: str
    field: str
    value: str


class ListSeenValues(Query[tuple[SeenValue, ...]], frozen=True):
    """Which values did the facts of recent carts have? Neither coupon codes nor anything that names a customer."""

    name: ClassVar = "evaluation.list-seen-values.v1"


class UnfitEvaluation(msgspec.Struct, frozen=True):
    """An evaluation that is not as it was sealed: changed, missing, or put in among those that were."""

    evaluation_id: UUID
    problem: Literal["changed", "missing", "put in"]


class CheckSeal(Query[tuple[UnfitEvaluation, ...]], frozen=True):
    """Which evaluations are not as this seal says?"""

    name: ClassVar = "evaluation.check-seal.v1"
    seal: EvaluationsSealed
