"""
How quick each algorithm is, beside the plain Python call under it and beside a cache that would save it.

    python tests/performance/bench_calculator.py [seconds per figure]

Columns: `json` reads, computes and writes JSON (what a request costs); `plain` is the bare function on an input that
is read already; `cached` is what a process-local result cache would cost on a hit and on a miss, key included.
Needs neither Django nor a server.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from cachetools import LRUCache

from contexts.calculator import policies

VECTORS = Path(__file__).resolve().parents[1] / "unit/contexts/calculator/vectors.json"
FLOOR = 10_000
"""Operations a second that the calculator promises."""


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def per_second(work: Callable[[], Any], seconds: float) -> float:
    """How often `work` runs in a second: the best of five rounds, as others use the machine too."""
    count = 1
    while _time(work, count) < seconds / 10:
        count *= 2
    return count / min(_time(work, count) for _ in range(5))


def _time(work: Callable[[], Any], count: int) -> float:
    started = perf_counter()
    for _ in range(count):
        work()
    return perf_counter() - started


def cached(
    compute: Callable[[bytes], bytes],
) -> tuple[Callable[[str, bytes], bytes], LRUCache[bytes, bytes]]:
    """A result cache as it would stand in front of an algorithm: bounded, keyed by the input's hash."""
    kept: LRUCache[bytes, bytes] = LRUCache(10_000)

    def answer(key: str, text: bytes) -> bytes:
        place = hashlib.blake2b(key.encode() + text, digest_size=16).digest()
        found = kept.get(place)
        if found is None:
            found = kept[place] = compute(text)
        return found

    return answer, kept


def main(seconds: float) -> int:
    say(
        f"{'algorithm':32}{'json/s':>10}{'plain/s':>11}{'hit/s':>11}{'miss/s':>10}{'pays from':>11}"
    )
    slowest = float("inf")
    first = {vector["algorithm"]: vector for vector in reversed(json.loads(VECTORS.read_text()))}
    for algorithm in policies.all_published():
        text = json.dumps(first[algorithm.key]["input"]).encode()
        asked = algorithm.read(text)
        answer, kept = cached(algorithm.answer)
        through_json = per_second(lambda: algorithm.answer(text), seconds)  # noqa: B023 - runs at once
        plain = per_second(lambda: algorithm.compute(asked), seconds)  # noqa: B023 - runs at once
        hit = per_second(lambda: answer(algorithm.key, text), seconds)  # noqa: B023 - runs at once
        miss = per_second(lambda: (kept.clear(), answer(algorithm.key, text)), seconds)  # noqa: B023 - runs at once
        say(
            f"{algorithm.key:32}{through_json:>10,.0f}{plain:>11,.0f}{hit:>11,.0f}{miss:>10,.0f}"
            f"{_pays_from(through_json, hit, miss):>11}"
        )
        slowest = min(slowest, through_json)
    say(f"slowest: {slowest:,.0f}/s on one core; promised: {FLOOR:,}/s")
    return 0 if slowest >= FLOOR else 1


def _pays_from(without: float, hit: float, miss: float) -> str:
    """The share of hits from which a process-local cache saves time: where h/hit + (1-h)/miss = 1/without."""
    share = (1 / miss - 1 / without) / (1 / miss - 1 / hit) if hit != miss else 1.0
    return f"{max(share, 0):.0%} hits"


if __name__ == "__main__":
    raise SystemExit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 0.2))
