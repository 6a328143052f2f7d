"""One starter at a time, by a file lock that dies with its holder."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from shared_kernel.embedded.errors import StillLocked

PATIENCE = 120.0
STEP = 0.05


@contextmanager
def held(lock: Path, *, patience: float = PATIENCE) -> Iterator[None]:
    """
    Hold the lock; wait at most `patience` seconds for it.

    Raises:
        StillLocked: somebody else kept it for longer.

    """
    deadline = time.monotonic() + patience
    descriptor = _opened(lock)
    try:
        while not _taken(descriptor, lock):
            if time.monotonic() > deadline:
                raise StillLocked(lock=lock, seconds=patience)
            time.sleep(STEP)
            os.close(descriptor)
            descriptor = _opened(lock)
        yield
    finally:
        os.close(descriptor)


def _opened(lock: Path) -> int:
    return os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def _taken(descriptor: int, lock: Path) -> bool:
    """Whether we now hold the file of that name; a holder may have removed the one we opened."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return lock.stat().st_ino == os.fstat(descriptor).st_ino
    except (BlockingIOError, FileNotFoundError):
        return False
