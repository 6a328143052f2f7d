"""Whose attention is wanted, and where else they are told."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from shared_kernel.bus import Event


class AttentionWanted(Event, frozen=True):
    """
    Something wants these people's attention, or these teams', or with neither that of whoever is concerned.

    `kind` is `review-wanted`, `mentioned`, `approved`, `rejected`, `taken-back`, `not-begun`, `guardrail-broken`,
    `rolled-back` or `budget-used`; `path` is where it is to be seen.
    """

    name: ClassVar = "rules.attention-wanted.v1"
    notice_id: UUID
    kind: str
    sentence: str
    people: tuple[str, ...]
    teams: tuple[str, ...]
    path: str

    @property
    def stream(self) -> str:
        return f"notice-{self.notice_id}"


class _AboutHook(Event, frozen=True):
    hook_id: UUID
    url: str

    @property
    def stream(self) -> str:
        return f"notice-hook-{self.hook_id}"


class NoticeHookSet(_AboutHook, frozen=True):
    """Notices of these kinds are posted to this address from now on; of none, all."""

    name: ClassVar = "rules.notice-hook-set.v1"
    kinds: tuple[str, ...]
    set_by: str


class NoticeHookRemoved(_AboutHook, frozen=True):
    """Notices are posted nowhere any more."""

    name: ClassVar = "rules.notice-hook-removed.v1"
    removed_by: str
