"""
What a release says of itself: its members in one way only, their digest, and what another release has otherwise.

The canonical JSON of the members is an array in order of their slugs (by code point); each is an object with the names
`content_hash`, `point`, `rule_id`, `slug`, `version` in this order, without spaces. The digest is SHA-256 over its UTF-8,
in lower hexadecimal. The trigger in migration 0007 computes the same in SQL.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any, Final, Literal

import msgspec

from contexts.rules.policies import Requirement

Stage = Literal["development", "staging", "production"]
STAGES: Final[tuple[Stage, ...]] = ("development", "staging", "production")
LAST: Final[Stage] = "production"  # where members decide for customers
OTHERWISE: Final[dict[str, tuple[Requirement, ...]]] = {LAST: (Requirement(1),)}


class Member(msgspec.Struct, frozen=True):
    """One version of a rule, by its very content; fields in the order of the canonical JSON."""

    content_hash: str
    point: str
    rule_id: str
    slug: str
    version: int


class Changes(msgspec.Struct, frozen=True):
    """What one release has otherwise than another: each with what it was and what it is."""

    added: tuple[Member, ...]
    removed: tuple[Member, ...]
    changed: tuple[tuple[Member, Member], ...]


def members_of(rows: Iterable[dict[str, Any]]) -> tuple[Member, ...]:
    """Members from their rows, in canonical order."""
    return in_order(msgspec.convert(row, Member) for row in rows)


def in_order(members: Iterable[Member]) -> tuple[Member, ...]:
    return tuple(sorted(members, key=lambda it: it.slug))


def canonical(members: Iterable[Member]) -> bytes:
    """The bytes that are digested."""
    return msgspec.json.encode(in_order(members))


def digest_of(members: Iterable[Member]) -> str:
    return hashlib.sha256(canonical(members)).hexdigest()


def changes(old: Sequence[Member], new: Sequence[Member]) -> Changes:
    """What is in `new` otherwise than in `old`, by rule."""
    before, after = ({it.rule_id: it for it in side} for side in (old, new))
    return Changes(
        added=tuple(it for it in new if it.rule_id not in before),
        removed=tuple(it for it in old if it.rule_id not in after),
        changed=tuple(
            (before[it.rule_id], it)
            for it in new
            if it.rule_id in before and before[it.rule_id] != it
        ),
    )


def stage_before(stage: str) -> Stage | None:
    """Where a release has to have been before it reaches a stage."""
    place = STAGES.index(stage)
    return STAGES[place - 1] if place else None
