"""The caller's side of the seam: the same message over gRPC, with deadline, trace and breaker."""

from __future__ import annotations

import os
from typing import Any

import grpc
import msgspec
from django.conf import settings

from shared_kernel.bus.envelopes import Call, Reply, Subscription, decode, encode
from shared_kernel.bus.errors import ContextUnreachable
from shared_kernel.bus.messages import Message, answer_type, owner_of
from shared_kernel.errors import error_from
from shared_kernel.observability import tracing
from shared_kernel.resilience import BreakerOpen, breaker, retrying
from shared_kernel.tenancy.scope import tenant_or_none

CALL = "/verdict.bus.v1.Bus/Call"
SUBSCRIBE = "/verdict.bus.v1.Bus/Subscribe"

_channels: dict[tuple[int, str], grpc.Channel] = {}
_TRANSIENT = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)


class Unanswered(Exception):
    """The other process could not be reached, or took too long."""


def address_of(context: str) -> str | None:
    address: str | None = settings.TOPOLOGY.address_of(context)
    return address


def call(address: str, message: Message, key: str | None) -> Any:
    """Have the process at `address` answer a query or perform a command."""
    context = owner_of(type(message))
    request = encode(
        Call(
            message=message.name,
            body=msgspec.Raw(encode(message)),
            tenant=tenant_or_none(),
            actor=tracing.actor(),
            correlation=tracing.correlation_id(),
            key=key,
        )
    )
    # a command carries its key, so repeating it is as harmless as repeating a question
    attempt = retrying(Unanswered, attempts=3, seconds=settings.BUS_DEADLINE)
    try:
        data = attempt(lambda: breaker(f"bus-{context}").call(_exchange, address, CALL, request))
    except (Unanswered, BreakerOpen) as failure:
        raise ContextUnreachable(context=context, message=message.name, reason=failure) from failure
    reply = decode(data, Reply)
    if reply.code is not None:
        raise error_from(reply.code, reply.facts, reply.pointers)
    return decode(reply.body, answer_type(type(message)))


def subscribe(address: str, subscription: Subscription) -> None:
    """Ask the process at `address` to tell these events to that context from now on."""
    _exchange(address, SUBSCRIBE, encode(subscription))


def _exchange(address: str, method: str, request: bytes) -> bytes:
    try:
        reply: bytes = _channel(address).unary_unary(method)(
            request, timeout=settings.BUS_DEADLINE, metadata=_metadata()
        )
    except grpc.RpcError as failure:
        if failure.code() in _TRANSIENT:
            raise Unanswered(failure.details() or failure.code().name) from failure
        raise
    return reply


def _metadata() -> list[tuple[str, str]]:
    return [("authorization", f"Bearer {settings.BUS_SECRET}"), *tracing.outgoing().items()]


def _channel(address: str) -> grpc.Channel:
    """One channel per process: a channel does not survive a fork."""
    place = (os.getpid(), address)
    channel = _channels.get(place)
    if channel is None:
        channel = _channels[place] = grpc.insecure_channel(address)
    return channel
