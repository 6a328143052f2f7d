"""
`make prove-hostile`: whatever is written or sent, the engine answers or refuses within its bound.

Each attack runs in a process of its own with a limit of memory and a limit of time, which a slow machine has more of.
It must end with an answer or with an error that its door promises: no crash, no hang, no other exception, and
none that was swallowed on the way. ATTACKS= chooses those whose name contains it; QUICK=1 leaves nine of ten to the
long run, drawn by the seed.
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Iterable

from tests.proofs.attacks import ATTACKS, Attack
from tests.proofs.confined import Ending, confined, slowness
from tests.proofs.harness import Report

_SWALLOWED = ("RecursionError", "MemoryError", "SystemError", "AssertionError")


def prove(*, chosen: int, attacks: Iterable[Attack] = ATTACKS, loud: bool = False) -> Report:
    """Run each attack, and demand that it ends within its bound."""
    report, slow = Report("hostile", chosen), 1.0
    refused = answered = 0
    for attack in attacks:
        slow = max(slow, slowness())
        ending = confined(attack.run, seconds=attack.seconds * slow)
        report.seconds.append(ending.seconds)
        wrong = _wrong(attack, ending)
        report.demand(not wrong, f"{wrong}: {attack.name}")
        refused += ending.said.startswith("refused")
        answered += ending.said.startswith("answered")
        if loud or wrong:
            said = wrong or ending.said.partition("\n")[0]
            print(
                f"  {ending.seconds:6.2f} s {ending.megabytes:4.0f} MB  {attack.name}: {said:.90}"
            )
    report.witnessed(refused, "a refusal")
    report.witnessed(answered, "an answer")
    worst = max(report.seconds, default=0.0)
    print(f"  {answered} answered, {refused} refused, the slowest took {worst:.1f} s")
    return report


def _wrong(attack: Attack, ending: Ending) -> str:
    if ending.broken:
        return ending.broken
    if ending.megabytes > attack.megabytes:
        return f"took {ending.megabytes:.0f} MB of {attack.megabytes:.0f}"
    swallowed = [it for it in _SWALLOWED if it in ending.said]
    return f"swallowed a {swallowed[0]}" if swallowed else ""


def chosen_attacks(chosen: int) -> list[Attack]:
    wanted = os.environ.get("ATTACKS", "")
    found = [it for it in ATTACKS if wanted in it.name]
    if os.environ.get("QUICK") and not wanted:
        found = random.Random(chosen).sample(found, len(found) // 10)
    return found


def main() -> int:
    chosen = int(os.environ.get("SEED") or random.randrange(10**6))
    loud = bool(os.environ.get("LOUD"))
    report = prove(chosen=chosen, attacks=chosen_attacks(chosen), loud=loud)
    report.show()
    return 0 if report.holds else 1


if __name__ == "__main__":
    sys.exit(main())
