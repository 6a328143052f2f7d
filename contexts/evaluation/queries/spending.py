"""What rules gave by day: summed by the database over all carts of a time, none left out."""

from __future__ import annotations

from django.db import connection

from contexts.evaluation.messages import DayGiven, Spending
from contexts.evaluation.queries.usage import CHANGES
from shared_kernel.money import Money
from shared_kernel.tenancy.scope import current_tenant

_GIVEN = f"""
SELECT (evaluated_at AT TIME ZONE 'UTC')::date AS day, it ->> 'rule_id' AS rule_id, count(DISTINCT e.id),
  -sum((it -> 'amount' ->> 'amount')::numeric)
FROM evaluation_evaluationrecord e, {CHANGES}
WHERE tenant_id = %s AND evaluated_at >= %s AND evaluated_at < %s AND currency = %s
  AND it ->> 'rule_id' = ANY(%s)
GROUP BY 1, 2 ORDER BY 1, 2
"""  # noqa: S608 - nothing of it comes from outside


def spending(asked: Spending) -> tuple[DayGiven, ...]:
    """By day in UTC and rule; a cart that a rule changed in two lines is one cart."""
    if not asked.rules:
        return ()
    rules = list(asked.rules)
    with connection.cursor() as cursor:
        cursor.execute(_GIVEN, [current_tenant(), asked.since, asked.until, asked.currency, rules])
        return tuple(
            DayGiven(day, rule_id, carts, Money.parse(amount, asked.currency))
            for day, rule_id, carts, amount in cursor.fetchall()
        )
