"""
`make fuzz MINUTES=10`: drawn and mutated input against parser, checker, evaluators and explanations.

Each execution is drawn from the seed, its target and its number alone: `SEED=… CASE=texts:1234` runs it again. A
finding is written to `var/fuzz/` with both, and makes the command fail; it goes on until its time is over.
What this cannot do: look at coverage, or make a failing input smaller.
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any, Final

from contexts.calculation.engine import rulesets
from tests.proofs.targets import TARGETS

_FOUND: Final = Path(__file__).resolve().parents[2] / "var" / "fuzz"
_PROGRESS: Final = 30.0  # seconds
_SLOW: Final = 20.0  # seconds of one execution, on a busy machine


def run(target: str, seed: int, number: int) -> str:
    """Run one execution; what is wrong with it, or nothing."""
    kept: dict[str, Any] = {}
    began = time.process_time()
    try:
        TARGETS[target][0](random.Random(f"{seed}/{target}/{number}"), kept)
    except Exception as fault:  # noqa: BLE001 - every one is a finding
        return _written(target, seed, number, f"{type(fault).__name__}: {fault}", kept)
    taken = time.process_time() - began
    if taken > _SLOW:
        return _written(target, seed, number, f"took {taken:.1f} s", kept)
    return ""


def _written(target: str, seed: int, number: int, wrong: str, kept: dict[str, Any]) -> str:
    _FOUND.mkdir(parents=True, exist_ok=True)
    again = f"make fuzz SEED={seed} CASE='{target}:{number}'"
    lines = [again, wrong, *(f"{name} = {value!r}" for name, value in kept.items())]
    path = _FOUND / f"{target.replace(' ', '-')}-{seed}-{number}.txt"
    path.write_text("\n".join(lines) + "\n", errors="backslashreplace")
    return f"{again}\n    {ascii(wrong)[:300]}\n    {path.name}"


def fuzz(seed: int, seconds: float) -> tuple[Counter[str], list[str]]:
    """Execute the targets in turn until the time is over: how often each was, and what was found."""
    done: Counter[str] = Counter()
    found: list[str] = []
    turn = [name for name, (_, often) in TARGETS.items() for _ in range(often)]
    began = shown = time.monotonic()
    while (now := time.monotonic()) - began < seconds:
        target = turn[done.total() % len(turn)]
        if wrong := run(target, seed, done[target]):
            found.append(wrong)
            print(f"  found: {wrong}", flush=True)
        done[target] += 1
        if now - shown > _PROGRESS:
            shown = now
            print(f"  {now - began:4.0f} s: {_counted(done)}, {len(found)} findings", flush=True)
    return done, found


def _counted(done: Counter[str]) -> str:
    return ", ".join(f"{name} {done[name]:,}" for name in TARGETS)


def main() -> int:
    seed = int(os.environ.get("SEED") or random.randrange(10**6))
    rulesets.SMALL = 0  # type: ignore[misc]  # small sets are looked up too
    if case := os.environ.get("CASE"):
        target, _, number = case.rpartition(":")
        wrong = run(target, seed, int(number))
        print(wrong or f"{case} of seed {seed}: nothing wrong")
        return 1 if wrong else 0
    minutes = float(os.environ.get("MINUTES") or 10)
    print(f"fuzz: seed {seed}, {minutes:g} minutes", flush=True)
    done, found = fuzz(seed, minutes * 60)
    print(
        f"fuzz: seed {seed}, {done.total():,} executions, {len(found)} findings: {_counted(done)}"
    )
    return 1 if found or not done else 0


if __name__ == "__main__":
    sys.exit(main())
