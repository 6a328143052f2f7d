"""
One piece of hostile work in a process of its own, which may take so much time and memory and no more.

Time is the processor's, held against a loop measured in the same run, so that a slow or busy machine is
forgiven; a process that only waits is ended by the clock. What this cannot do: run where there is no `fork`.
"""

from __future__ import annotations

import os
import resource
import select
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

_TURNS: Final = 400_000
_SECONDS_FOR_THEM: Final = 0.02  # where the bounds of the attacks were measured
_HARD: Final = 1 << 30  # bytes of address space beyond what the process began with
_PAGE: Final = resource.getpagesize()
_SAID: Final = 60_000  # bytes


@dataclass(frozen=True)
class Ending:
    """How a piece of work ended: what it said, or `broken` for what must not happen, and what it took."""

    said: str
    broken: str
    seconds: float  # of the processor
    megabytes: float


def slowness() -> float:
    """How many times slower this machine is now than the one on which bounds were measured; at least 1."""
    began, total = time.process_time(), 0
    for turn in range(_TURNS):
        total += turn & 7
    return max(1.0, (time.process_time() - began) / _SECONDS_FOR_THEM)


def confined(work: Callable[[], str], *, seconds: float) -> Ending:
    """
    Do the work in a child; what it raises is broken, and so is dying or being killed.

    It is killed after so many seconds of the processor, four times that on the clock.
    """
    reading, writing = os.pipe()
    before = _memory(1)
    child = os.fork()
    if child == 0:
        os.close(reading)
        _work(work, writing, seconds)
    os.close(writing)
    said = _heard(reading, time.monotonic() + 4 * seconds + 1)
    if said is None:
        os.kill(child, signal.SIGKILL)
    os.close(reading)
    _, status, usage = os.wait4(child, 0)
    taken = usage.ru_utime + usage.ru_stime
    megabytes = max(0.0, usage.ru_maxrss / 1024 - before / (1 << 20))
    kind, _, text = (said or b"").decode(errors="replace").partition("\n")
    if os.WIFSIGNALED(status):
        how = signal.Signals(os.WTERMSIG(status)).name
        return Ending("", f"killed by {how} after {taken:.1f} s", taken, megabytes)
    if kind not in {"said", "raised"}:
        return Ending("", f"ended without a word, status {status}", taken, megabytes)
    return Ending(text, "" if kind == "said" else f"raised {text}", taken, megabytes)


def _work(work: Callable[[], str], writing: int, seconds: float) -> NoReturn:
    try:
        most = int(seconds) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (most, most + 1))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        space = _memory(0) + _HARD
        resource.setrlimit(resource.RLIMIT_AS, (space, space))
        try:
            told = f"said\n{work()}"
        except BaseException as fault:  # noqa: BLE001 - whatever it is, the parent hears of it
            told = f"raised\n{type(fault).__name__}: {str(fault)[:300]}"
        os.write(writing, told.encode(errors="replace")[:_SAID])
    finally:
        os._exit(0)


def _heard(reading: int, until: float) -> bytes | None:
    """What the child says before it closes its end; None if the time is over first."""
    parts: list[bytes] = []
    while (left := until - time.monotonic()) > 0:
        if not select.select([reading], [], [], left)[0]:
            break
        part = os.read(reading, _SAID)
        if not part:
            return b"".join(parts)
        parts.append(part)
    return None


def _memory(column: int) -> int:
    """Bytes of address space (0), or of memory (1), that this process has."""
    return int(Path("/proc/self/statm").read_text().split()[column]) * _PAGE
