"""What identity tells."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from shared_kernel.bus import Event


class ApiKeyIssued(Event, frozen=True):
    """A key was issued; the prefix is all of it that is ever told."""

    name: ClassVar = "identity.api-key-issued.v1"
    key_id: UUID
    prefix: str
    scopes: tuple[str, ...]

    @property
    def stream(self) -> str:
        return f"api-key-{self.key_id}"


class ApiKeyRevoked(Event, frozen=True):
    """A key is worth nothing from now on."""

    name: ClassVar = "identity.api-key-revoked.v1"
    key_id: UUID
    prefix: str

    @property
    def stream(self) -> str:
        return f"api-key-{self.key_id}"


class UserRegistered(Event, frozen=True):
    """Somebody may sign in from now on."""

    name: ClassVar = "identity.user-registered.v1"
    user_id: UUID
    username: str
    scopes: tuple[str, ...]

    @property
    def stream(self) -> str:
        return f"user-{self.user_id}"


class PasswordRenewed(Event, frozen=True):
    """Somebody was given a fresh password; the old one is worth nothing."""

    name: ClassVar = "identity.password-renewed.v1"
    user_id: UUID
    username: str

    @property
    def stream(self) -> str:
        return f"user-{self.user_id}"


class TeamsAssigned(Event, frozen=True):
    """Somebody is in these teams from now on, and in no others."""

    name: ClassVar = "identity.teams-assigned.v1"
    user_id: UUID
    username: str
    teams: tuple[str, ...]

    @property
    def stream(self) -> str:
        return f"user-{self.user_id}"


class SignedIn(Event, frozen=True):
    """Somebody signed in to the admin."""

    name: ClassVar = "identity.signed-in.v1"
    user_id: UUID
    username: str

    @property
    def stream(self) -> str:
        return f"user-{self.user_id}"


class SignedOut(Event, frozen=True):
    """Somebody signed out of the admin."""

    name: ClassVar = "identity.signed-out.v1"
    user_id: UUID
    username: str

    @property
    def stream(self) -> str:
        return f"user-{self.user_id}"
