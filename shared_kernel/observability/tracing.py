"""Who acts, and which request it belongs to, carried along over HTTP, bus and broker (W3C trace context)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

import structlog
from opentelemetry import propagate, trace
from opentelemetry.sdk.trace import TracerProvider

from shared_kernel.ids import new_id

_actor: ContextVar[str] = ContextVar("actor", default="system")
_correlation: ContextVar[str] = ContextVar("correlation", default="")
_causation: ContextVar[str] = ContextVar("causation", default="")

trace.set_tracer_provider(TracerProvider(shutdown_on_exit=False))
_tracer = trace.get_tracer("verdict")


def actor() -> str:
    """Who acts: `user:anna`, `key:vk_1a2b3c`, or `system`."""
    return _actor.get()


def correlation_id() -> str:
    """The request or message that all this work began with."""
    return _correlation.get() or str(new_id())


def causation_id() -> str:
    """The event that this work is the effect of, if any."""
    return _causation.get()


def trace_id() -> str:
    return format(trace.get_current_span().get_span_context().trace_id, "032x")


def outgoing() -> dict[str, str]:
    """The headers that carry the current trace to another process."""
    headers: dict[str, str] = {}
    propagate.inject(headers)
    return headers


@contextmanager
def incoming(
    headers: Mapping[str, str],
    *,
    actor: str = "system",
    correlation: str = "",
    causation: str = "",
    name: str = "work",
) -> Iterator[None]:
    """Work that another process asked for goes on in its trace, under its correlation id."""
    parent = propagate.extract(headers)
    correlation = correlation or str(new_id())
    tokens = (_actor.set(actor), _correlation.set(correlation), _causation.set(causation))
    with (
        _tracer.start_as_current_span(name, context=parent),
        structlog.contextvars.bound_contextvars(correlation_id=correlation, trace_id=trace_id()),
    ):
        try:
            yield
        finally:
            _actor.reset(tokens[0])
            _correlation.reset(tokens[1])
            _causation.reset(tokens[2])


@contextmanager
def acting_as(name: str) -> Iterator[None]:
    """Work inside is done in the name of this actor."""
    token = _actor.set(name)
    try:
        yield
    finally:
        _actor.reset(token)
