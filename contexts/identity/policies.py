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
    letting = {
        wide
        for scope in SCOPES
        if scope.endswith((":approve", ":govern"))
        for wide in (scope, f"{scope.partition(':')[0]}:*", "*")
    }
    return next((scope for scope in scopes if scope in letting), None)
