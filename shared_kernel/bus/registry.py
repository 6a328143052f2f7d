"""Who answers, performs and hears what in this process. Filled by the `handlers` module of each context."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from shared_kernel.bus.messages import Command, Event, Message, Query
from shared_kernel.bus.ports import event_log

Q = TypeVar("Q", bound=Message)
A = TypeVar("A")
E = TypeVar("E", bound=Event)


class Listener(NamedTuple):
    context: str
    hear: Callable[[Any], None]


_handlers: dict[type[Message], Callable[[Any], Any]] = {}
_listeners: dict[str, list[Listener]] = defaultdict(list)


def answers(query: type[Query[A]]) -> Callable[[Callable[[Q], A]], Callable[[Q], A]]:
    """This function answers that query, and changes nothing."""
    return _handles(query)


def performs(command: type[Command[A]]) -> Callable[[Callable[[Q], A]], Callable[[Q], A]]:
    """This function performs that command, in its own unit of work."""
    return _handles(command)


def _handles(message: type[Message]) -> Callable[[Callable[[Q], A]], Callable[[Q], A]]:
    def register(handler: Callable[[Q], A]) -> Callable[[Q], A]:
        if message in _handlers:
            raise TypeError(f"{message.name} is already handled by {_handlers[message].__module__}")
        _handlers[message] = handler
        return handler

    return register


def hears(event: type[E]) -> Callable[[Callable[[E], None]], Callable[[E], None]]:
    """This function hears that event, once, in the transaction of its effect."""

    def register(listener: Callable[[E], None]) -> Callable[[E], None]:
        _listeners[event.name].append(Listener(_context_of(listener), listener))
        return listener

    return register


def _context_of(listener: Callable[..., Any]) -> str:
    package, _, rest = listener.__module__.partition(".")
    return rest.partition(".")[0] if package == "contexts" else listener.__module__


def handler_of(message: type[Message]) -> Callable[[Any], Any] | None:
    return _handlers.get(message)


def listeners_of(event: str, context: str) -> list[Listener]:
    return [listener for listener in _listeners.get(event, []) if listener.context == context]


def heard_by(context: str) -> frozenset[str]:
    """The names of the events that a context in this process listens to."""
    return frozenset(
        name for name, all_of in _listeners.items() if any(it.context == context for it in all_of)
    )


def listening_contexts(event: str) -> frozenset[str]:
    """Every context that hears this event, here or in a process that subscribed from elsewhere."""
    here = frozenset(listener.context for listener in _listeners.get(event, []))
    return here | event_log().contexts_elsewhere(event)


def everything_handled() -> dict[type[Message], Callable[[Any], Any]]:
    return dict(_handlers)


def everything_heard() -> dict[str, list[Listener]]:
    return {name: list(listeners) for name, listeners in _listeners.items()}
