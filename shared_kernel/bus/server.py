"""The answering side of the seam: one small gRPC service that hands envelopes to the bus of this process."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import msgspec
import structlog
from django.conf import settings
from django.db import close_old_connections
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

from shared_kernel.bus.dispatch import perform_once
from shared_kernel.bus.envelopes import Call, Reply, Subscription, decode, encode
from shared_kernel.bus.errors import ContextAbsent
from shared_kernel.bus.messages import Command, Message, message_named
from shared_kernel.bus.ports import event_log
from shared_kernel.bus.registry import handler_of
from shared_kernel.errors import DomainError, Invalid
from shared_kernel.observability import tracing
from shared_kernel.tenancy.scope import tenant_scope

log = structlog.get_logger(__name__)
SERVICE = "verdict.bus.v1.Bus"
MAX_BYTES = 16 * 1024 * 1024


def serve(address: str, *, threads: int = 8) -> grpc.Server:
    """A started server that answers for every context of this process at `address` (`unix:…` or host:port)."""
    server = grpc.server(
        ThreadPoolExecutor(threads, thread_name_prefix="bus"),
        options=[("grpc.max_receive_message_length", MAX_BYTES), ("grpc.so_reuseport", 0)],
    )
    methods = {"Call": _guarded(_call), "Subscribe": _guarded(_subscribe)}
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, methods),))
    condition = health.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(condition, server)
    condition.set(SERVICE, health_pb2.HealthCheckResponse.SERVING)
    if server.add_insecure_port(address) == 0:
        raise OSError(f"cannot listen at {address}: is another process there?")
    server.start()
    return server


def _guarded(work: Callable[[bytes, dict[str, str]], bytes]) -> grpc.RpcMethodHandler:
    def handle(request: bytes, context: grpc.ServicerContext) -> bytes:
        metadata = dict(context.invocation_metadata())
        expected = f"Bearer {settings.BUS_SECRET}"
        if not hmac.compare_digest(metadata.get("authorization", ""), expected):
            context.abort(grpc.StatusCode.UNAUTHENTICATED, "the bus wants BUS_SECRET")
        close_old_connections()
        try:
            return work(request, metadata)
        except msgspec.ValidationError as fault:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(fault))
            raise
        except Exception:
            log.exception("bus call failed")
            context.abort(grpc.StatusCode.INTERNAL, "the answering process failed; see its log")
            raise
        finally:
            close_old_connections()

    return grpc.unary_unary_rpc_method_handler(handle)


def _call(request: bytes, metadata: dict[str, str]) -> bytes:
    call = decode(request, Call)
    try:
        with tracing.incoming(metadata, actor=call.actor, correlation=call.correlation):
            return encode(Reply(body=msgspec.Raw(encode(_answered(call)))))
    except DomainError as refusal:
        facts = {name: str(fact) for name, fact in refusal.facts.items()}
        return encode(Reply(code=refusal.code, facts=facts, pointers=refusal.pointers))


def _answered(call: Call) -> Any:
    kind = message_named(call.message)
    if kind is None:
        raise Invalid(reason=f"{call.message} is no message this release knows")
    message: Message = decode(call.body, kind)
    handler = handler_of(kind)
    if handler is None:
        raise ContextAbsent(context=call.message.partition(".")[0])
    if call.tenant is None:
        return handler(message)
    with tenant_scope(call.tenant):
        if isinstance(message, Command):
            return perform_once(message, call.key or "")
        return handler(message)


def _subscribe(request: bytes, metadata: dict[str, str]) -> bytes:
    del metadata
    subscription = decode(request, Subscription)
    event_log().subscribe(context=subscription.context, events=frozenset(subscription.events))
    return encode(Reply())
