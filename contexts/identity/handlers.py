"""The bus side of identity."""

from __future__ import annotations

from contexts.identity import queries
from contexts.identity.messages import (
    Credential,
    Holders,
    HoldersOf,
    Teams,
    TeamsOf,
    VerifyApiKey,
)
from shared_kernel import bus


@bus.answers(VerifyApiKey)
def verify_api_key(query: VerifyApiKey) -> Credential | None:
    return queries.credential_of(query.digest)


@bus.answers(TeamsOf)
def teams_of(query: TeamsOf) -> Teams:
    return queries.teams_of(query.actors)


@bus.answers(HoldersOf)
def holders_of(query: HoldersOf) -> Holders:
    return queries.holders_of(query.scope, query.among)
