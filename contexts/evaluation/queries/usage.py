"""Which rules changed amounts lately: counted by the database, over the newest recorded carts."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection

from contexts.evaluation.messages import RulesUsed, RuleUse
from shared_kernel import clock
from shared_kernel.tenancy.scope import current_tenant

LOOKED_AT = 20_000
# the index by time gives the newest; what they cost is bounded by their number, not by the table
_USED = """
WITH looked_at AS MATERIALIZED (
  SELECT id, priced, evaluated_at FROM evaluation_evaluationrecord
  WHERE tenant_id = %s AND evaluated_at >= %s ORDER BY evaluated_at DESC LIMIT %s
), used AS (
  SELECT DISTINCT l.id, l.evaluated_at, it ->> 'rule_id' AS rule_id FROM looked_at l,
    LATERAL jsonb_path_query(l.priced, '$.**.adjustments[*]') it
)
SELECT NULL, count(*), min(evaluated_at) FROM looked_at
UNION ALL
SELECT rule_id, count(*), max(evaluated_at) FROM used WHERE rule_id IS NOT NULL GROUP BY rule_id
"""


def rules_used(days: int) -> RulesUsed:
    """In how many of the carts of so many last days each rule changed an amount."""
    since = clock.now() - timedelta(days=days)
    with connection.cursor() as cursor:
        cursor.execute(_USED, [current_tenant(), since, LOOKED_AT])
        found = cursor.fetchall()
    (_, carts, first) = next(row for row in found if row[0] is None)
    rules = tuple(RuleUse(str(it), count, last) for it, count, last in found if it is not None)
    return RulesUsed(carts=carts, since=first, rules=rules)
