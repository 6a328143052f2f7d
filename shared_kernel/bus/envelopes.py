"""What travels between processes: the call with its context, and the reply."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import msgspec


class Call(msgspec.Struct, frozen=True):
    """A query or command on its way to another process."""

    message: str
    body: msgspec.Raw
    tenant: UUID | None
    actor: str
    correlation: str
    key: str | None = None


class Reply(msgspec.Struct, frozen=True):
    """Either the answer, or the refusal by its public code."""

    body: msgspec.Raw = msgspec.Raw(b"null")
    code: str | None = None
    facts: dict[str, str] = {}
    pointers: tuple[str, ...] = ()


class Description(msgspec.Struct, frozen=True):
    """What a process can do for others."""

    contexts: tuple[str, ...]
    messages: tuple[str, ...]


class Subscription(msgspec.Struct, frozen=True):
    """Which events a context that lives in another process wants to be told, and on which queue."""

    context: str
    events: tuple[str, ...]


def encode(value: Any) -> bytes:
    return msgspec.json.encode(value)


def decode(data: bytes, kind: Any) -> Any:
    return msgspec.json.decode(data, type=kind)


__all__ = ["Call", "Description", "Reply", "Subscription", "decode", "encode"]
