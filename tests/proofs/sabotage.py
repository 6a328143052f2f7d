"""A proof that cannot fail is a defect: take each guard away, and see its proof turn red for that reason."""

from __future__ import annotations

import os
import traceback
from contextlib import nullcontext
from typing import Any
from unittest.mock import patch

from tests.proofs import approved, audit, crash, hostile, idempotency, requests, tenancy
from tests.proofs.attacks import ATTACKS
from tests.proofs.guards import (
    IN_THE_DATABASE,
    IN_THE_ENGINE,
    IN_THE_PROCESSES,
    EngineGuard,
    Guard,
)
from tests.proofs.harness import House, Report, house


def prove(*, seed: int) -> Report:
    """GUARDS= chooses those whose name contains it; with all guards up every proof must be green first."""
    report, wanted = Report("proofs", seed), os.environ.get("GUARDS", "")
    for bound in IN_THE_ENGINE:
        if wanted in bound.name:
            _breaks(bound, seed, report)
    in_turn = [it for it in IN_THE_DATABASE if wanted in it.name]
    if in_turn or not wanted:
        with house() as under:
            if not wanted:
                _all_green(under, seed, report)
            for guard in in_turn:
                _turns_red(under, guard, seed, report)
    for guard in IN_THE_PROCESSES:
        if wanted in guard.name:
            with house(**guard.environment) as under:
                _turns_red(under, guard, seed, report)
    return report


def _breaks(bound: EngineGuard, seed: int, report: Report) -> None:
    """Each attack on a bound is green with it, and breaks without it."""
    attacks = [it for it in ATTACKS if bound.attacks in it.name]
    green = hostile.prove(chosen=seed, attacks=attacks)
    report.demand(
        not _of(green, ("",)), f"hostile is red although nothing is missing: {bound.name}"
    )
    print(f"  without this: {bound.name}")
    with patch.multiple(bound.module, **dict.fromkeys(bound.attributes, bound.instead)):
        red = hostile.prove(chosen=seed, attacks=attacks)
    red.show()
    noticed = _of(red, bound.notices)
    report.demand(bool(noticed), f"hostile did not notice that this is missing: {bound.name}")


def _of(found: Report, beginnings: tuple[str, ...]) -> list[str]:
    """The attacks that broke so; that some kind of ending never came is no attack's."""
    broken = [it for it in found.violations if not it.startswith("never happened")]
    return [it for it in broken if it.startswith(beginnings)]


def _all_green(under: House, seed: int, report: Report) -> None:
    for proof in (approved, audit, idempotency, requests, crash, tenancy):
        found = proof.prove(under, seed=seed, trials=1)
        print("  with every guard:")
        found.show()
        report.demand(found.holds, f"{found.name} is red although nothing is missing")


def _in_this_process(guard: Guard) -> Any:
    return patch(guard.in_place_of, guard.instead) if guard.in_place_of else nullcontext()


def _turns_red(under: House, guard: Guard, seed: int, report: Report) -> None:
    if guard.without:
        under.truth(guard.without)
    try:
        with _in_this_process(guard):
            found = guard.proof.prove(under, seed=seed, trials=guard.trials)
    except Exception as fault:  # noqa: BLE001 - a proof that breaks has not noticed anything
        traceback.print_exc()
        found = Report(guard.proof.__name__, seed, violations=[f"broke: {fault!r}"])
    finally:
        if guard.back:
            under.truth(guard.back)
    print(f"  without this: {guard.name}")
    found.show()
    noticed = [it for it in found.violations if it.startswith(guard.notices)]
    report.demand(bool(noticed), f"{found.name} did not notice that this is missing: {guard.name}")
