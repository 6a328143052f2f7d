"""The event that is being heard: who told it, when, in which place of its stream, for listeners who keep that."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from uuid import UUID

import msgspec


class Heard(msgspec.Struct, frozen=True):
    """An event as it travelled; `data` is its JSON."""

    id: UUID
    type: str
    stream: str
    version: int
    occurred_at: datetime
    actor: str
    correlation: str
    causation: str
    data: bytes


_heard: ContextVar[Heard | None] = ContextVar("heard", default=None)


def being_heard() -> Heard:
    """
    The event whose listener this is.

    Raises:
        RuntimeError: nothing is being heard.

    """
    heard = _heard.get()
    if heard is None:
        raise RuntimeError("only a listener knows what is being heard: call this from one")
    return heard


@contextmanager
def hearing(event: Heard) -> Iterator[None]:
    """The block is the listeners of this event."""
    token = _heard.set(event)
    try:
        yield
    finally:
        _heard.reset(token)
