"""What identity may be asked."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

import msgspec

from shared_kernel.bus import Query


class Credential(msgspec.Struct, frozen=True):
    """What a live API key stands for. `expires` is Unix time, or nothing."""

    actor: str
    tenant: UUID
    scopes: tuple[str, ...]
    plan: str
    expires: float | None = None


class VerifyApiKey(Query[Credential | None], frozen=True):
    """Whose key has this SHA-256 digest (hexadecimal), if it is live?"""

    name: ClassVar = "identity.verify-api-key.v1"
    digest: str


class Teams(msgspec.Struct, frozen=True):
    """The teams of people, by actor such as `user:anna`; whoever is not known, or gone, is not among them."""

    of: dict[str, tuple[str, ...]]


class TeamsOf(Query[Teams], frozen=True):
    """In which teams are these people of the tenant?"""

    name: ClassVar = "identity.teams-of.v1"
    actors: tuple[str, ...]


class Holders(msgspec.Struct, frozen=True):
    """Who holds a scope, by actor such as `user:anna`, in the order of their login names."""

    actors: tuple[str, ...]


class HoldersOf(Query[Holders], frozen=True):
    """Which people of the tenant who may sign in hold this scope, or a wider one? The first 500, or all of `among`."""

    name: ClassVar = "identity.holders-of.v1"
    scope: str
    among: tuple[str, ...] | None = None
