"""No tenant sees another: by route, by list, by what processes share, by SQL as the application's role."""

from __future__ import annotations

import os
import random
from typing import Any

from tests.proofs import fences, routes, sharing
from tests.proofs.facts import effects_once
from tests.proofs.harness import House, Report
from tests.proofs.neighbours import everything_of, neighbours


def prove(under: House, *, seed: int, trials: int) -> Report:
    report, chance = Report("tenancy", seed), random.Random(seed)
    for _ in range(trials):
        me, other = neighbours(under, report)
        sharing.is_apart(under, me, other, report)
        report.demand(under.quiet(), "the outbox never became quiet")
        before = everything_of(under, other)
        theirs = [row["id"] for rows in before.values() for row in _tried(rows, chance)]
        routes.closed(me, other, theirs, report)
        for one in (me, other):
            routes.own_is_seen(under, one, report)
        fences.stand(under, me, other, report)
        after = everything_of(under, other)
        changed = [table for table in before if before[table] != after.get(table)]
        report.demand(not changed, f"touched: rows of the other tenant in {changed}")
    effects_once(under, report)
    return report


def _tried(rows: list[dict[str, Any]], chance: random.Random) -> list[dict[str, Any]]:
    """Every row of a table; one of them where it has to be quick, another one each time."""
    return [chance.choice(rows)] if os.environ.get("QUICK") and rows else rows
