"""One use case, one transaction: what it records and what it tells become true together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import msgspec
from django.db import transaction

from shared_kernel.bus.messages import CommandInHand, Event
from shared_kernel.bus.ports import event_log
from shared_kernel.tenancy.acts import prove_act

_told: ContextVar[Told | None] = ContextVar("told", default=None)
_command: ContextVar[CommandInHand | None] = ContextVar("command", default=None)


class Told(msgspec.Struct, frozen=True):
    """What the running unit of work has published so far."""

    events: list[Event]
    of_listener: bool


@contextmanager
def unit_of_work() -> Iterator[None]:
    """
    Run the block in one transaction and write what it publishes to the event log, last of all.

    Nothing of it happens when it raises. It cannot be nested, for a use case is one transaction; only a
    listener's effect joins the transaction of its inbox row.
    """
    told = _told.get()
    if told is not None and told.of_listener:
        yield
        return
    if told is not None:
        raise RuntimeError("a unit of work is one transaction: call the inner function outside it")
    with transaction.atomic(durable=True), _collecting(Told([], of_listener=False)) as told:
        yield
        command = _command.get()
        if command is not None:
            event_log().mark_performed(command)
            _command.set(None)
        if told.events:
            event_log().write_events(told.events)


@contextmanager
def act() -> Iterator[None]:
    """A unit of work that the database knows as the application's own: what is governed takes no other (`own_acts_only`)."""
    with unit_of_work():
        prove_act()
        yield


@contextmanager
def listening() -> Iterator[None]:
    """The block hears one event, inside a transaction that the caller holds; what it tells is written with it."""
    with _collecting(Told([], of_listener=True)) as told:
        yield
        if told.events:
            event_log().write_events(told.events)


@contextmanager
def _collecting(told: Told) -> Iterator[Told]:
    token = _told.set(told)
    try:
        yield told
    finally:
        _told.reset(token)


@contextmanager
def performing(command: CommandInHand) -> Iterator[None]:
    """The next unit of work also records that this command was performed."""
    token = _command.set(command)
    try:
        yield
    finally:
        _command.reset(token)


def publish(event: Event) -> None:
    """Tell whoever listens, once the unit of work has been committed."""
    told = _told.get()
    if told is None:
        raise RuntimeError("publish inside a unit of work: an event is true only if its change is")
    told.events.append(event)


def inside_unit_of_work() -> bool:
    return _told.get() is not None
