"""
Identifiers: UUID version 7 (RFC 9562, section 5.7), which sort by the moment they were made.

Layout of the 128 bits: 48 of Unix milliseconds, 4 of version, 12 + 62 which here form one 74-bit counter
(RFC 9562, section 6.2, method 2): random at each new millisecond, then raised by a random step, so that ids
of one process only grow and the next cannot be guessed from the last. When the wall clock steps back
the last millisecond is kept. Ids follow the wall clock, never a frozen one: they must stay unique.
"""

from __future__ import annotations

import os
import threading
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_COUNTER_BITS = 74
_LOW_BITS = 62
_LOW_MASK = (1 << _LOW_BITS) - 1
_VERSION_AND_VARIANT = (7 << 76) | (2 << _LOW_BITS)
_VERSION = 7


class _Sequence:
    """The last id made by this process: milliseconds and counter, guarded by a lock."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._millisecond = 0
        self._counter = 0

    def next(self) -> tuple[int, int]:
        with self._lock:
            now = _milliseconds()
            if now > self._millisecond:
                self._start(now)
            else:
                self._counter += 1 + int.from_bytes(os.urandom(4), "big")
                if self._counter >> _COUNTER_BITS:
                    self._start(self._millisecond + 1)
            return self._millisecond, self._counter

    def _start(self, millisecond: int) -> None:
        self._millisecond = millisecond
        # the top bit stays free: room for 2**73 / 2**32 further ids before the millisecond overflows
        self._counter = int.from_bytes(os.urandom(10), "big") >> 7


def _milliseconds() -> int:
    return time.time_ns() // 1_000_000


_sequence = _Sequence()


def new_id() -> UUID:
    """A UUIDv7, greater than every other this process made, in any thread."""
    millisecond, counter = _sequence.next()
    return UUID(
        int=(millisecond << 80)
        | _VERSION_AND_VARIANT
        | (counter >> _LOW_BITS) << 64
        | (counter & _LOW_MASK)
    )


def time_of(identifier: UUID) -> datetime:
    """
    When an id was made, in UTC, to the millisecond.

    Raises:
        ValueError: the id is not of version 7 and carries no such time.

    """
    if identifier.version != _VERSION:
        msg = (
            f"{identifier} is not a UUID of version 7 and carries no time; only ids of new_id() do"
        )
        raise ValueError(msg)
    return _EPOCH + timedelta(milliseconds=identifier.int >> 80)


def _start_afresh() -> None:
    """Give a forked child its own sequence: its parent's would repeat, and its lock may be held."""
    global _sequence  # noqa: PLW0603 - a process has exactly one sequence
    _sequence = _Sequence()


os.register_at_fork(after_in_child=_start_afresh)
