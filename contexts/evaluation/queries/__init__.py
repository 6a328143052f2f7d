"""Reads of evaluation: a cart priced, a record replayed, a back-test or roll-out shown."""

from contexts.evaluation.queries.assigning import assigned
from contexts.evaluation.queries.back_tests import (
    back_test_of,
    back_tests_of,
    kept,
    order_file_of,
    shown,
    summary_of,
)
from contexts.evaluation.queries.comparing import compared, rule_sets_now
from contexts.evaluation.queries.pricing import (
    Drafts,
    Priced,
    dry_run,
    price,
    record_of,
    replay,
    try_rules,
)
from contexts.evaluation.queries.rollouts import figures_of
from contexts.evaluation.queries.seen import seen_values
from contexts.evaluation.queries.sources import (
    RECORDED_AT_MOST,
    next_orders,
    packed,
    recorded_since,
)
from contexts.evaluation.queries.spending import spending
from contexts.evaluation.queries.usage import rules_used

__all__ = [
    "RECORDED_AT_MOST",
    "Drafts",
    "Priced",
    "assigned",
    "back_test_of",
    "back_tests_of",
    "compared",
    "dry_run",
    "figures_of",
    "kept",
    "next_orders",
    "order_file_of",
    "packed",
    "price",
    "record_of",
    "recorded_since",
    "replay",
    "rule_sets_now",
    "rules_used",
    "seen_values",
    "shown",
    "spending",
    "summary_of",
    "try_rules",
]
