"""`Idempotency-Key`: the same key and body replay the first answer, whatever happened in between."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, TypeVar

from django.http import HttpResponse

from shared_kernel.bus.unit_of_work import performing
from shared_kernel.errors import DomainError
from shared_kernel.eventlog import once

HEADER = "Idempotency-Key"
MAX_LENGTH = 255
V = TypeVar("V", bound=Callable[..., Any])


class KeyUnusable(DomainError):
    """The idempotency key cannot be used."""

    code = "kernel.idempotency-key-unusable"
    status = HTTPStatus.BAD_REQUEST
    sentence = "Idempotency-Key is 1 to 255 printable ASCII characters, such as a UUID."


def idempotent(view: V) -> V:
    """
    A view method that honours `Idempotency-Key`: without the header it just runs.

    The key is claimed first and marked as performed in the transaction of the effect. A refusal releases it:
    nothing was done, so the same key may be sent again.
    """

    @wraps(view)
    def run(self: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        key = request.headers.get(HEADER)
        if key is None:
            return view(self, request, *args, **kwargs)
        if not (0 < len(key) <= MAX_LENGTH and key.isascii() and key.isprintable()):
            raise KeyUnusable(pointers=(f"header:{HEADER}",))
        actor = request._request.principal.actor  # noqa: SLF001 - DRF keeps the request it wraps there
        held = once.claim(
            key=key, name=f"{actor} {request.method} {request.path}"[:200], content=request.body
        )
        if held.answered is not None:
            return _replayed(held)
        try:
            with performing(held.in_hand):
                response = view(self, request, *args, **kwargs)
        except Exception:
            once.release(held)
            raise
        return _kept(held, response)

    return run  # type: ignore[return-value]  # same signature, wrapped


def _replayed(held: once.Claim) -> HttpResponse:
    response = HttpResponse(
        held.answered, status=held.status or HTTPStatus.OK, content_type="application/json"
    )
    response["Idempotent-Replayed"] = "true"
    return response


def _kept(held: once.Claim, response: HttpResponse) -> HttpResponse:
    if hasattr(response, "render") and not getattr(response, "is_rendered", True):
        response.add_post_render_callback(  # type: ignore[attr-defined]  # DRF responses render late
            lambda rendered: once.keep_answer(held, rendered.content, rendered.status_code)
        )
    else:
        once.keep_answer(held, response.content, response.status_code)
    return response
