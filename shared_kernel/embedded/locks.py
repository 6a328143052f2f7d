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
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        _wait(descriptor, lock, patience)
        yield
    finally:
        os.close(descriptor)


def _wait(descriptor: int, lock: Path, patience: float) -> None:
    deadline = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise StillLocked(lock=lock, seconds=patience) from None
            time.sleep(STEP)
        else:
            return
