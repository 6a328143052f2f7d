"""The bus side of evaluation."""

from __future__ import annotations

from typing import Any

from contexts.evaluation import queries, seals
from contexts.evaluation.messages import CheckSeal, TryRules, UnfitEvaluation
from shared_kernel import bus


@bus.answers(TryRules)
def try_rules(query: TryRules) -> dict[str, Any]:
    return queries.try_rules(query.cart, query.drafts)


@bus.answers(CheckSeal)
def check_seal(query: CheckSeal) -> tuple[UnfitEvaluation, ...]:
    return seals.unfit(query.seal)
