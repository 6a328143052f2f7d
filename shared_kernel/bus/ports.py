"""What the bus needs of an event log: named here, given by the event log when the application starts."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol

from shared_kernel.bus.messages import CommandInHand, Event, Message

Performing = Callable[[CommandInHand], AbstractContextManager[None]]


class EventLog(Protocol):
    """Where events, performed commands and subscriptions are kept."""

    def write_events(self, events: list[Event]) -> None:
        """Append inside the running transaction, with a delivery for each context that listens."""

    def mark_performed(self, command: CommandInHand) -> None:
        """Note inside the running transaction that the command has been performed."""

    def perform_command(
        self, command: Message, key: str, handler: Callable[[Any], Any], performing: Performing
    ) -> Any:
        """Perform it, or answer what was answered the first time."""

    def subscribe(self, *, context: str, events: frozenset[str]) -> None:
        """From now on that context elsewhere hears exactly these events."""

    def contexts_elsewhere(self, event: str) -> frozenset[str]:
        """The contexts in other processes that hear this event."""


_given: list[EventLog] = []


def give_event_log(log: EventLog) -> None:
    _given[:] = [log]


def event_log() -> EventLog:
    return _given[0]
