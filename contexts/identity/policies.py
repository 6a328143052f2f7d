"""Which scopes there are, and what they imply: pure functions."""

from __future__ import annotations

from collections.abc import Iterable

SCOPES = (
    "audit:read",
    "rules:read",
    "rules:write",
    "rules:approve",
    "rules:activate",
    "rules:release",
    "rules:govern",
    "evaluation:read",
    "evaluation:write",
    "calculator:read",
    "calculator:calculate",
    "calculator:write",
    "eventlog:read",
    "eventlog:replay",
    "identity:read",
    "identity:write",
)


def approving(scopes: Iterable[str]) -> str | None:
    """The first of the scopes that lets its holder approve, or say who approves, by its own name or by a wider one."""
    wanted = {
        wide
        for scope in SCOPES
        if scope.endswith((":approve", ":govern"))
        for wide in letting(scope)
    }
    return next((scope for scope in scopes if scope in wanted), None)


def letting(scope: str) -> tuple[str, ...]:
    """The scopes of which each lets its holder do what this one does: itself, and the wider ones."""
    return scope, f"{scope.partition(':')[0]}:*", "*"
