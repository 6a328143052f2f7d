"""What processes share between tenants: caches, idempotency keys, the workers' tasks."""

from __future__ import annotations

import json
from uuid import uuid4

from tests.proofs.harness import CART, House, Report, call, code_of
from tests.proofs.neighbours import Neighbour

OK, CREATED = 200, 201
ALGORITHM = "sum"
CALCULATION = {
    "algorithm": ALGORITHM, "version": 1,
    "input": {"amounts": [{"amount": "0.10", "currency": "EUR"}], "currency": "EUR"},
}  # fmt: skip
TURNS = 5


def is_apart(under: House, me: Neighbour, other: Neighbour, report: Report) -> None:
    _rules(me, other, report)
    _withdrawals(me, other, report)
    _keys(me, other, report)
    _tasks(under, me, other, report)


def _rules(me: Neighbour, other: Neighbour, report: Report) -> None:
    """Asked in turn, each is decided by its own rules: the cached set is kept per tenant."""
    decided: dict[str, set[str]] = {me.mark: set(), other.mark: set()}
    for _ in range(TURNS):
        for one in (me, other):
            answer = json.loads(call(one.author, "POST", "evaluations", CART)[1])
            decided[one.mark] |= {
                it["rule_id"] for line in answer["lines"] for it in line["adjustments"]
            }
    report.demand(all(decided.values()), f"cache: no rule decided anything: {decided}")
    report.demand(not decided[me.mark] & decided[other.mark], "cache: another's rule decided")


def _withdrawals(me: Neighbour, other: Neighbour, report: Report) -> None:
    """What one withdraws, the other goes on using, from a cache that both have filled."""
    path = f"calculator/algorithms/{ALGORITHM}/1/withdraw"
    for one in (me, other):
        call(one.author, "POST", "calculator/calculations", CALCULATION)
    status, body = call(other.author, "POST", path, {"reason": "proof", "forced": True})
    report.demand(status == OK, f"cache: the withdrawal was refused: {code_of(body)}")
    for _ in range(TURNS):
        refused, body = call(other.author, "POST", "calculator/calculations", CALCULATION)
        report.demand(
            refused != OK and code_of(body) == "calculator.version-withdrawn",
            f"cache: a withdrawn version answers: {refused} {code_of(body)}",
        )
        status, body = call(me.author, "POST", "calculator/calculations", CALCULATION)
        report.demand(status == OK, f"cache: another's withdrawal counts here: {code_of(body)}")


def _keys(me: Neighbour, other: Neighbour, report: Report) -> None:
    """The same idempotency key and body in two tenants: two evaluations."""
    key, ids = str(uuid4()), set()
    for one in (me, other, me, other):
        status, body = call(one.author, "POST", "evaluations", CART, key=key)
        report.demand(status == CREATED, f"key: {status} {code_of(body)}")
        ids.add(json.loads(body).get("id"))
    report.demand(len(ids) == 2, f"key: {len(ids)} evaluations under one key of two tenants")


def _tasks(under: House, me: Neighbour, other: Neighbour, report: Report) -> None:
    """What a worker did for a tenant's event is that tenant's."""
    report.demand(under.quiet(), "task: the outbox never became quiet")
    for table, event in (
        ("eventlog_inboxentry", "event_id"),
        ("eventlog_delivery", "event_id"),
    ):
        strayed = under.count(
            f"SELECT count(*) FROM {table} t JOIN eventlog_eventrecord e ON e.id = t.{event} "
            "WHERE e.tenant_id <> t.tenant_id"
        )
        report.demand(strayed == 0, f"task: {strayed} rows of {table} are of another tenant")
    for one in (me, other):
        heard = under.count(
            "SELECT count(*) FROM eventlog_inboxentry WHERE tenant_id = %s", one.tenant
        )
        report.witnessed(heard, f"an event of {one.mark} heard by a worker")
