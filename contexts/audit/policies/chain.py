"""
An entry and its hash.

The hash is SHA-256 over the entry's fields in the order of `Entry`, the hash itself left out, after the word
`verdict.audit.v1`. Each is written as a netstring, `length:bytes,`, its length in bytes of UTF-8: no two entries have
the same bytes. Numbers are decimal, ids are in lower case with hyphens, moments are whole microseconds since 1970-01-01
UTC. The trigger in `0002_guards` computes the same in SQL.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

WORD = "verdict.audit.v1"
START = "0" * 64
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One act, in its place in the chain of its tenant; `data` is canonical JSON, as text."""

    tenant: UUID
    sequence: int
    id: UUID
    event_id: UUID
    type: str
    actor: str
    subject: str
    version: int
    occurred_at: datetime
    recorded_at: datetime
    correlation: str
    causation: str
    data: str
    previous_hash: str
    hash: str = ""


class Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The newest number of a chain, and that entry's hash."""

    sequence: int = 0
    hash: str = START


class Unreadable(msgspec.Struct, frozen=True):
    """An entry that nobody could have written, such as one of the year 20000."""

    sequence: int


_HASHED = tuple(name for name in Entry.__struct_fields__ if name != "hash")


def canonical(entry: Entry) -> bytes:
    """The bytes that are hashed."""
    return netstrings(WORD, *(getattr(entry, name) for name in _HASHED))


def netstrings(*values: UUID | datetime | int | str) -> bytes:
    """The values one behind the other, so that no others have the same bytes."""
    return b"".join(_netstring(_text(value)) for value in values)


def hash_of(entry: Entry) -> str:
    return hashlib.sha256(canonical(entry)).hexdigest()


def sealed(entry: Entry) -> Entry:
    """The entry under its hash."""
    return msgspec.structs.replace(entry, hash=hash_of(entry))


def canonical_json(data: bytes) -> str:
    """JSON in one way only: names in order, no spaces, text as it is."""
    value: Any = json.loads(data)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _text(value: UUID | datetime | int | str) -> str:
    return str((value - _EPOCH) // _MICROSECOND) if isinstance(value, datetime) else str(value)


def _netstring(text: str) -> bytes:
    data = text.encode()
    return b"%d:%b," % (len(data), data)
