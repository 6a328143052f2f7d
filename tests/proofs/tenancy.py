"""No tenant sees another: by route, by list, by what processes share, by SQL as the application's role."""

from __future__ import annotations

from tests.proofs import fences, routes, sharing
from tests.proofs.facts import effects_once
from tests.proofs.harness import House, Report
from tests.proofs.neighbours import everything_of, neighbours


def prove(under: House, *, seed: int, trials: int) -> Report:
    report = Report("tenancy", seed)
    for _ in range(trials):
        me, other = neighbours(under, report)
        sharing.is_apart(under, me, other, report)
        report.demand(under.quiet(), "the outbox never became quiet")
        before = everything_of(under, other)
        theirs = [row["id"] for rows in before.values() for row in rows]
        routes.closed(me, other, theirs, report)
        for one in (me, other):
            routes.own_is_seen(under, one, report)
        fences.stand(under, me, other, report)
        after = everything_of(under, other)
        changed = [table for table in before if before[table] != after.get(table)]
        report.demand(not changed, f"touched: rows of the other tenant in {changed}")
    effects_once(under, report)
    return report
