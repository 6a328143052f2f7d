"""`python -m tests.proofs NAME ...`: promises under attack, with real processes and real servers."""

from __future__ import annotations

import os
import random
import sys
from types import ModuleType

from django.db import connections

from tests.proofs import approved, audit, crash, idempotency, replay, requests, sabotage, tenancy
from tests.proofs.harness import INSTANCE, KEYS, House, Report, house

PROOFS: dict[str, tuple[ModuleType, int, int]] = {
    # module, trials when quick, trials otherwise
    "approved": (approved, 1, 3),
    "audit": (audit, 1, 10),
    "replay": (replay, 1, 10),
    "tenancy": (tenancy, 1, 1),
    "idempotency": (idempotency, 3, 20),
    "crash": (crash, 1, 5),
    "requests": (requests, 2, 50),
}


def main(names: list[str]) -> int:
    seed = int(os.environ.get("SEED") or random.randrange(10**6))
    if names == ["proofs"]:
        _use_django()
        report = sabotage.prove(seed=seed)
        report.show()
        return 0 if report.holds else 1
    _use_django()
    with house() as under:
        reports = [_prove(name, under, seed) for name in names]
    return 0 if all(report.holds for report in reports) else 1


def _prove(name: str, under: House, seed: int) -> Report:
    module, quick, long = PROOFS[name]
    connections.close_all()  # the proof before may have killed the server
    trials = int(os.environ.get("TRIALS") or (quick if os.environ.get("QUICK") else long))
    report: Report = module.prove(under, seed=seed, trials=trials)
    report.show()
    return report


def _use_django() -> None:
    """This process speaks to the house's own servers, as the application's role."""
    os.environ.update(
        VERDICT_INSTANCE=INSTANCE,
        DJANGO_SETTINGS_MODULE="config.settings",
        LOG_LEVEL="WARNING",
        LISTEN_FOR_INVALIDATION="false",
        **KEYS,
    )
    import django

    django.setup()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or list(PROOFS)))
