"""Asking and sending: find who answers, here or elsewhere, and measure what it takes."""

from __future__ import annotations

from time import perf_counter
from typing import Any, TypeVar, cast

from prometheus_client import Histogram

from shared_kernel.bus import remote
from shared_kernel.bus.errors import ContextAbsent, RefusedInsideUnitOfWork
from shared_kernel.bus.messages import Command, Message, Query, owner_of
from shared_kernel.bus.ports import event_log
from shared_kernel.bus.registry import handler_of
from shared_kernel.bus.unit_of_work import inside_unit_of_work, performing
from shared_kernel.ids import new_id

A = TypeVar("A")

CALLS = Histogram(
    "verdict_bus_call_seconds",
    "Queries asked and commands sent, by message, place and outcome",
    ["message", "place", "outcome"],
    buckets=(0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5),
)
_meters: dict[tuple[str, str, str], Any] = {}


def ask(query: Query[A]) -> A:
    """The answer to a query, from whichever context answers it."""
    if inside_unit_of_work():
        raise RefusedInsideUnitOfWork(query.name)
    return cast("A", _measured(query, None))


def send(command: Command[A], *, key: str | None = None) -> A:
    """
    Have a command performed once, and its outcome.

    Sent again with the same `key`, the first outcome is answered and nothing is done a second time.
    """
    if inside_unit_of_work():
        raise RefusedInsideUnitOfWork(command.name)
    return cast("A", _measured(command, key))


def _measured(message: Message, key: str | None) -> Any:
    handler = handler_of(type(message))
    place = "here" if handler else "elsewhere"
    started = perf_counter()
    outcome = "refused"
    try:
        if handler is None:
            answer = _elsewhere(message, key)
        elif key is None:
            answer = handler(message)
        else:
            answer = perform_once(message, key)
        outcome = "answered"
        return answer
    finally:
        _meter(message.name, place, outcome).observe(perf_counter() - started)


def _elsewhere(message: Message, key: str | None) -> Any:
    address = remote.address_of(owner_of(type(message)))
    if address is None:
        raise ContextAbsent(context=owner_of(type(message)))
    needs_key = isinstance(message, Command) and key is None
    return remote.call(address, message, str(new_id()) if needs_key else key)


def _meter(message: str, place: str, outcome: str) -> Any:
    labels = (message, place, outcome)
    meter = _meters.get(labels)
    if meter is None:
        meter = _meters[labels] = CALLS.labels(*labels)
    return meter


def perform_once(command: Message, key: str) -> Any:
    """Perform a command here, unless its key shows that it has been performed already."""
    handler = handler_of(type(command))
    if handler is None:
        raise ContextAbsent(context=owner_of(type(command)))
    return event_log().perform_command(command, key, handler, performing)
