"""Which values the facts of recent carts had: what whoever writes a rule is offered to pick from."""

from __future__ import annotations

from django.db import connection

from contexts.evaluation.messages import SeenValue
from shared_kernel.tenancy import current_tenant

NEWEST = 500  # carts that are looked at
LINES = 20_000  # and lines of them
MOST = 200  # values of a fact, the most frequent first
# neither coupon codes nor who bought: a list to pick from is no place for them
_SEEN = """
WITH newest AS MATERIALIZED (
  SELECT cart FROM evaluation_evaluationrecord WHERE tenant_id = %(tenant)s ORDER BY evaluated_at DESC LIMIT %(newest)s
), lines AS (
  SELECT line FROM newest, jsonb_array_elements(cart->'lines') line LIMIT %(lines)s
), met AS (
  SELECT 'line' record, key field, value FROM lines, jsonb_each_text(line) WHERE key IN ('sku', 'product', 'category', 'brand')
  UNION ALL SELECT 'customer', key, value FROM newest, jsonb_each_text(cart->'customer') WHERE key IN ('tier', 'country')
  UNION ALL SELECT 'customer', 'segments', value FROM newest, jsonb_array_elements_text(cart->'customer'->'segments') value
  UNION ALL SELECT 'customer', 'tags', value FROM newest, jsonb_array_elements_text(cart->'customer'->'tags') value
  UNION ALL SELECT 'cart', key, value FROM newest, jsonb_each_text(cart) WHERE key IN ('channel', 'currency')
  UNION ALL SELECT 'shipping', 'method', cart->'shipping'->>'method' FROM newest
  UNION ALL SELECT 'shipping', 'country', cart->'shipping'->'address'->>'country' FROM newest
), counted AS (
  SELECT record, field, value, row_number() OVER (PARTITION BY record, field ORDER BY count(*) DESC, value) place
  FROM met WHERE value <> '' GROUP BY record, field, value
)
SELECT record, field, value FROM counted WHERE place <= %(most)s ORDER BY record, field, place
"""


def seen_values() -> tuple[SeenValue, ...]:
    """Each value that a fact had lately, the most frequent first; a category comes with those that it lies in."""
    limits = {"newest": NEWEST, "lines": LINES, "most": MOST}
    with connection.cursor() as cursor:
        cursor.execute(_SEEN, {"tenant": current_tenant(), **limits})
        found = [SeenValue(*row) for row in cursor.fetchall()]
    paths = {it.value for it in found if it.field == "category"}
    above = {
        "/".join(path.split("/")[:depth])
        for path in paths
        for depth in range(1, path.count("/") + 1)
    }
    return (*found, *(SeenValue("line", "category", it) for it in sorted(above - paths)))
