"""Processes that outlived their supervisor: found by a mark in their environment, and ended."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

MARK = "VERDICT_LAUNCH"
PROC = Path("/proc")
LEAVE_WITHIN = 5.0


def end_leftovers(launch_id: str) -> None:
    """End every process of this launch that still runs: asked first, then killed."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        for pid in _marked(launch_id):
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        deadline = time.monotonic() + LEAVE_WITHIN
        while any(_marked(launch_id)) and time.monotonic() < deadline:
            time.sleep(0.05)


def _marked(launch_id: str) -> Iterator[int]:
    """Processes that inherited the mark; none where the system does not show environments."""
    if not PROC.is_dir():
        return
    mark = f"{MARK}={launch_id}".encode()
    for entry in PROC.iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with suppress(OSError):
                if mark in (entry / "environ").read_bytes().split(b"\0"):
                    yield int(entry.name)
