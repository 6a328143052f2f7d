"""The bus side of evaluation."""

from __future__ import annotations

from typing import Any

from contexts.evaluation import queries
from contexts.evaluation.messages import TryRules
from shared_kernel import bus


@bus.answers(TryRules)
def try_rules(query: TryRules) -> dict[str, Any]:
    return queries.try_rules(query.cart, query.drafts)
