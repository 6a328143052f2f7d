"""What must be true of the database once everything is quiet, whatever was done before."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.proofs.harness import House, Report

_EXPECTED_USES = """
SELECT tenant_id::text, algorithm, count(*) FROM (
  SELECT tenant_id, jsonb_array_elements_text(data->'algorithms') AS algorithm
  FROM eventlog_eventrecord WHERE type = 'evaluation.cart-evaluated.v1'
  UNION ALL
  SELECT tenant_id, (data->>'algorithm') || '@' || (data->>'version')
  FROM eventlog_eventrecord WHERE type = 'calculator.calculation-recorded.v1'
) told GROUP BY 1, 2
"""
_COUNTED_USES = """
SELECT tenant_id::text, name || '@' || version, uses FROM calculator_algorithmusage
"""
_RECORDS_AND_EVENTS = """
SELECT coalesce(r.id::text, e.data->>'evaluation_id'), count(r.id), count(e.id)
FROM evaluation_evaluationrecord r FULL JOIN
  (SELECT * FROM eventlog_eventrecord WHERE type = 'evaluation.cart-evaluated.v1') e
  ON e.data->>'evaluation_id' = r.id::text AND e.tenant_id = r.tenant_id
GROUP BY 1 HAVING count(r.id) <> 1 OR count(e.id) <> 1
"""
_PUBLISHED = """
SELECT e.data->>'rule_id', e.data->>'version', count(DISTINCT e.id), count(DISTINCT p.id)
FROM eventlog_eventrecord e LEFT JOIN calculation_publishedrule p
  ON p.tenant_id = e.tenant_id AND p.rule_id::text = e.data->>'rule_id'
  AND p.version = (e.data->>'version')::int
WHERE e.type IN ('rules.rule-activated.v1', 'rules.rule-resumed.v1') GROUP BY 1, 2
"""
# the version that the last word about a rule lets decide, if any
_DECIDING = """
SELECT DISTINCT ON (data->>'rule_id') data->>'rule_id',
  CASE WHEN type IN ('rules.rule-activated.v1', 'rules.rule-resumed.v1') THEN (data->>'version')::int END
FROM eventlog_eventrecord WHERE type IN ('rules.rule-activated.v1', 'rules.rule-resumed.v1',
  'rules.rule-paused.v1', 'rules.rule-retired.v1') ORDER BY data->>'rule_id', version DESC
"""


def effects_once(under: House, report: Report) -> None:
    """Stored is told, told is heard by every listener once, and each hearing took effect once."""
    _told(under, report)
    _heard(under, report)
    _counted(under, report)
    _published(under, report)
    parked = under.count(
        "SELECT count(*) FROM eventlog_delivery d JOIN eventlog_eventrecord e ON e.id = d.event_id "
        "WHERE d.status = 'parked'"
    )
    report.demand(parked == 0, f"parked: {parked} messages")


def _told(under: House, report: Report) -> None:
    """Each record of an evaluation has its event, and each event its record."""
    odd = under.truth(_RECORDS_AND_EVENTS)
    report.demand(
        not odd, f"untold: {len(odd)} evaluations whose record or event is alone: {odd[:2]}"
    )
    report.witnessed(under.count("SELECT count(*) FROM evaluation_evaluationrecord"), "a record")


def _heard(under: House, report: Report) -> None:
    """The inbox is exactly: each event, in each context that listens to its kind."""
    from shared_kernel.bus.registry import listening_contexts

    told: Counter[tuple[Any, ...]] = Counter(
        (tenant, context, event)
        for tenant, event, kind in under.truth(
            "SELECT tenant_id, id, type FROM eventlog_eventrecord"
        )
        for context in listening_contexts(kind)
    )
    heard = Counter(under.truth("SELECT tenant_id, context, event_id FROM eventlog_inboxentry"))
    report.witnessed(len(told), "an event that somebody listens to")
    lost, twice = told - heard, heard - told
    report.demand(not lost, f"unheard: {lost.total()} of {told.total()} deliveries")
    report.demand(not twice, f"heard again: {twice.total()} inbox rows too many")


def _counted(under: House, report: Report) -> None:
    """The calculator counted each use that was told, per tenant and algorithm."""
    told = {row[:2]: row[2] for row in under.truth(_EXPECTED_USES)}
    counted = {row[:2]: row[2] for row in under.truth(_COUNTED_USES)}
    report.witnessed(len(told), "a use of an algorithm")
    for place in told.keys() | counted.keys():
        events, uses = told.get(place, 0), counted.get(place, 0)
        report.demand(uses == events, f"effects: {events} events took effect {uses} times: {place}")


def _published(under: House, report: Report) -> None:
    """A version is published as often as it was activated or resumed; open is what the last word about its rule says."""
    rows = under.truth(_PUBLISHED)
    report.witnessed(len(rows), "an activation")
    for rule, version, told, published in rows:
        report.demand(
            told == published,
            f"published: {rule}@{version} told {told}, held {published} times",
        )
    open_now = dict(
        under.truth(
            "SELECT rule_id::text, version FROM calculation_publishedrule WHERE active_to IS NULL"
        )
    )
    deciding = dict(under.truth(_DECIDING))
    wrong = {rule for rule, version in deciding.items() if open_now.get(rule) != version}
    report.demand(not wrong, f"published: another version than the last decides for {wrong}")
