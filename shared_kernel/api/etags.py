"""`ETag` and `If-Match`: nobody overwrites what they have not seen."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from shared_kernel.errors import DomainError


class MatchMissing(DomainError):
    """An update has to say which state it changes."""

    code = "kernel.precondition-required"
    status = HTTPStatus.PRECONDITION_REQUIRED
    sentence = "Send If-Match with the ETag that the last GET answered."


class MatchFailed(DomainError):
    """It was changed since it was read."""

    code = "kernel.precondition-failed"
    status = HTTPStatus.PRECONDITION_FAILED
    sentence = "It is {current} by now; read it again and repeat the change."


def etag_of(revision: object) -> str:
    return f'"{revision}"'


def require_match(request: Any, revision: object) -> None:
    """
    Refuse an update that was made against another revision.

    Raises:
        MatchMissing: no If-Match (428). MatchFailed: it names another revision (412).

    """
    asked = request.headers.get("If-Match")
    if asked is None:
        raise MatchMissing(pointers=("header:If-Match",))
    tags = {tag.strip().removeprefix("W/") for tag in asked.split(",")}
    if "*" not in tags and etag_of(revision) not in tags:
        raise MatchFailed(current=etag_of(revision), pointers=("header:If-Match",))
