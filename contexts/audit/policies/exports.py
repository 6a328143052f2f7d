"""
A chain as JSON Lines, for whoever checks it elsewhere: an entry a line, and in the end a signed head.

The signature is HMAC-SHA256 under `AUDIT_SIGNING_KEY`, over netstrings as in `chain`. Whoever checks it needs the key:
it shows that the head came from this house, not to strangers who of two holders of the key made it.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain as joined
from typing import TypeVar
from uuid import UUID

import msgspec

from contexts.audit.policies.chain import START, Entry, Head, Unreadable, netstrings
from contexts.audit.policies.checking import HEAD, MISPLACED, Misfit, Walk

T = TypeVar("T", bound=msgspec.Struct)
WORD = "verdict.audit.head.v1"


class SignedHead(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a chain ended when it was exported; the entries are those behind `after`."""

    tenant: UUID
    after: int
    sequence: int
    hash: str
    exported_at: datetime
    signature: str = ""

    @property
    def head(self) -> Head:
        return Head(self.sequence, self.hash)


class LastLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The end of an export."""

    head: SignedHead


class Checked(msgspec.Struct, frozen=True):
    """What checking an export found; `head` is what it ends with, if it does."""

    entries: int
    head: SignedHead | None
    findings: tuple[Misfit, ...]


def signed(head: SignedHead, key: str) -> SignedHead:
    said = netstrings(
        WORD, head.tenant, head.after, head.sequence, head.hash, head.exported_at
    )  # the signature is not part of what is signed
    code = hmac.new(key.encode(), said, hashlib.sha256).hexdigest()
    return msgspec.structs.replace(head, signature=f"hmac-sha256:{code}")


def is_signed(head: SignedHead, key: str) -> bool:
    return hmac.compare_digest(signed(head, key).signature, head.signature)


def line_of(value: msgspec.Struct) -> bytes:
    return msgspec.json.encode(value) + b"\n"


def read_head(line: bytes) -> SignedHead | None:
    """The head that an export ends with; nothing if this line is none."""
    found = _read(line, LastLine)
    return found.head if found else None


def check_export(lines: Iterable[bytes], key: str) -> Checked:
    """What does not fit of an export, without any database. Lines are read one by one."""
    waiting = iter(lines)
    first = next(waiting, b"")
    begin = _first_of(first)
    after = begin.sequence - 1 if begin and begin.sequence > 0 else 0
    walk = Walk(after=after, behind=None if after else START)
    findings: list[Misfit] = []
    head: SignedHead | None = None
    tenant = begin.tenant if begin else None
    for line in joined([first], waiting):
        if not line.strip():
            continue
        if head is not None:
            findings.append(
                Misfit(head.sequence, MISPLACED, "Something stands behind the signed head.")
            )
            break
        head = read_head(line)
        if head is None:
            entry = _entry(line, walk.last.sequence + 1)
            findings += walk.findings(entry)
            if isinstance(entry, Entry) and entry.tenant != tenant:
                findings.append(
                    Misfit(
                        entry.sequence, MISPLACED, f"Entry {entry.sequence} is of another tenant."
                    )
                )
    findings += _end(walk, head, key, after=after, tenant=tenant)
    return Checked(walk.entries, head, tuple(findings))


def _first_of(line: bytes) -> Entry | None:
    found = _entry(line, 0)
    return found if isinstance(found, Entry) else None


def _entry(line: bytes, number: int) -> Entry | Unreadable:
    return _read(line, Entry) or Unreadable(number)


def _read(line: bytes, kind: type[T]) -> T | None:
    """What the line says, if it is written as an export writes it, to the byte."""
    try:
        found = msgspec.json.decode(line, type=kind)
        return found if line_of(found).rstrip(b"\n") == line.rstrip(b"\n") else None
    except (msgspec.DecodeError, UnicodeError):
        return None


def _end(
    walk: Walk, head: SignedHead | None, key: str, *, after: int, tenant: UUID | None
) -> Iterator[Misfit]:
    last = walk.last.sequence
    if head is None:
        yield Misfit(last, HEAD, f"The export breaks off behind entry {last}: it has no head.")
        return
    if not is_signed(head, key):
        yield Misfit(head.sequence, HEAD, "The head is not signed with this house's key.")
    if head.after != after and walk.entries:
        yield Misfit(head.after + 1, HEAD, f"The export should begin behind entry {head.after}.")
    if tenant is not None and head.tenant != tenant:
        yield Misfit(last, HEAD, "The head is of another tenant.")
    if walk.entries or head.sequence > head.after:
        yield from walk.end(head.head)
