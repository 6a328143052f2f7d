"""What time it is: one source for the whole program, replaceable in a test. Always UTC, always aware."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta


class FrozenClock:
    """A clock that stands still until it is told to move."""

    def __init__(self, at: datetime) -> None:
        self._at = _in_utc(at)

    def __call__(self) -> datetime:
        return self._at

    def move_to(self, at: datetime) -> None:
        self._at = _in_utc(at)

    def advance(self, by: timedelta) -> None:
        self._at += by


def _wall_clock() -> datetime:
    return datetime.now(UTC)


_source: ContextVar[Callable[[], datetime]] = ContextVar("clock", default=_wall_clock)


def now() -> datetime:
    """The present moment, aware and in UTC, to the microsecond."""
    return _source.get()()


@contextmanager
def frozen(at: datetime) -> Iterator[FrozenClock]:
    """
    Stop the clock at a moment for the code inside; nests, and restores the outer clock.

    Holds for the current context (this thread, this task): a thread started inside goes by the wall
    clock unless it runs in a copied context (`contextvars.copy_context().run`).

    Raises:
        ValueError: the moment has no time zone.

    """
    clock = FrozenClock(at)
    token = _source.set(clock)
    try:
        yield clock
    finally:
        _source.reset(token)


def _in_utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        msg = (
            f"{at!r} has no time zone; write datetime(..., tzinfo=UTC) so that it names one moment"
        )
        raise ValueError(msg)
    return at.astimezone(UTC)
