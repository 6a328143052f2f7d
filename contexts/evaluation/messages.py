"""What evaluation may be asked."""

from __future__ import annotations

from typing import Any, ClassVar

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
