"""Which rules changed amounts lately: counted by the database, over the newest recorded carts."""

from __future__ import annotations

from datetime import timedelta

from django.db import connection

from contexts.evaluation.messages import RulesUsed, RuleUse
from shared_kernel import clock
from shared_kernel.money import Money
from shared_kernel.tenancy.scope import current_tenant

LOOKED_AT = 20_000
# each change of an amount by a rule, of a row with the column `priced`
CHANGES = """LATERAL (
    SELECT jsonb_path_query(priced, '$.lines[*].adjustments[*]')
    UNION ALL SELECT jsonb_path_query(priced, '$.shipping.adjustments[*]')
  ) changed (it)"""
# the index by time gives the newest; what they cost is bounded by their number, not by the table
_USED = f"""
WITH looked_at AS MATERIALIZED (
  SELECT id, priced, evaluated_at FROM evaluation_evaluationrecord
  WHERE tenant_id = %s AND evaluated_at >= %s ORDER BY evaluated_at DESC LIMIT %s
), adjusted AS (
  SELECT l.id, l.evaluated_at, it ->> 'rule_id' AS rule_id, it -> 'amount' ->> 'currency' AS currency,
    (it -> 'amount' ->> 'amount')::numeric AS amount
  FROM looked_at l, {CHANGES}
)
SELECT NULL, NULL, count(*), NULL, min(evaluated_at) FROM looked_at
UNION ALL
SELECT rule_id, currency, count(DISTINCT id), -sum(amount), max(evaluated_at) FROM adjusted
WHERE rule_id IS NOT NULL GROUP BY rule_id, currency ORDER BY 1, 2
"""  # noqa: S608 - nothing of it comes from outside


def rules_used(days: int) -> RulesUsed:
    """In how many of the carts of so many last days each rule changed an amount, and what it gave."""
    since = clock.now() - timedelta(days=days)
    with connection.cursor() as cursor:
        cursor.execute(_USED, [current_tenant(), since, LOOKED_AT])
        found = cursor.fetchall()
    carts, first = next((it[2], it[4]) for it in found if it[0] is None)
    by_rule: dict[str, RuleUse] = {}
    for rule_id, currency, count, given, last in found:
        if rule_id is None:
            continue
        before = by_rule.get(rule_id, RuleUse(rule_id, 0, last))
        by_rule[rule_id] = RuleUse(
            rule_id=rule_id,
            carts=before.carts + count,
            last_at=max(before.last_at, last),
            given=(*before.given, Money.parse(given, currency)),
        )
    return RulesUsed(carts=carts, since=first, rules=tuple(by_rule.values()))
