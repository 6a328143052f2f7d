"""Reading what strangers send: bounded in size, depth and count; no NaN, no duplicate keys, no surprises."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeVar

import msgspec
from django.conf import settings
from django.http import HttpRequest
from rest_framework.parsers import JSONParser

from shared_kernel.errors import DomainError
from shared_kernel.money import MoneyError

T = TypeVar("T")
MAX_DEPTH = 32
_WHERE = re.compile(r" - at `(?P<path>[^`]+)`$")
_STEP = re.compile(r"\.([^.\[]+)|\[([^\]]*)\]")


class BodyTooLarge(DomainError):
    """The request's body is larger than this service reads."""

    code = "kernel.body-too-large"
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    sentence = "The body may have {limit} bytes at most; send it in parts."


class BodyMalformed(DomainError):
    """The request's body cannot be read."""

    code = "kernel.body-malformed"
    status = HTTPStatus.BAD_REQUEST
    sentence = "{reason}"


class BodyInvalid(DomainError):
    """The request's body does not have the documented shape."""

    code = "kernel.body-invalid"
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    sentence = "{reason}"


def raw_body(request: HttpRequest) -> bytes:
    body = request.body
    if len(body) > settings.MAX_BODY_BYTES:
        raise BodyTooLarge(limit=settings.MAX_BODY_BYTES)
    return body


def strict_json(body: bytes) -> Any:
    """
    JSON as RFC 8259 and I-JSON (RFC 7493) want it.

    Raises:
        BodyMalformed: no UTF-8, no JSON, NaN or Infinity, a key twice, or deeper than 32 levels.

    """
    if b"\\u0000" in body or b"\x00" in body:
        raise BodyMalformed(reason="The body holds a NUL character; leave it out.")
    try:
        text = body.decode()
        value = json.loads(text, object_pairs_hook=_no_duplicates, parse_constant=_no_constant)
    except UnicodeDecodeError as fault:
        raise BodyMalformed(reason="The body is not UTF-8.") from fault
    except RecursionError as fault:
        raise BodyMalformed(reason=f"The body is nested deeper than {MAX_DEPTH} levels.") from fault
    except ValueError as fault:
        raise BodyMalformed(reason=f"The body is not JSON: {fault}.") from fault
    if _deeper_than(value, MAX_DEPTH):
        raise BodyMalformed(reason=f"The body is nested deeper than {MAX_DEPTH} levels.")
    return value


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise BodyMalformed(reason=f"The key {twice!r} stands twice in one object.")
    return found


def _no_constant(name: str) -> Any:
    raise BodyMalformed(reason=f"{name} is not JSON; leave the field out instead.")


def _deeper_than(value: Any, levels: int) -> bool:
    layer = [value]
    for _ in range(levels):
        layer = [
            inner
            for outer in layer
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not layer:
            return False
    return True


def read(request: HttpRequest, kind: type[T]) -> T:
    """The body as a value of `kind`, or a refusal that points at the field; numbers keep every digit."""
    body = raw_body(request)
    strict_json(body)
    return _refusing(lambda: msgspec.json.decode(body, type=kind))


def convert(value: Any, kind: type[T]) -> T:
    """JSON values that were read before, as a value of `kind`."""
    return _refusing(lambda: msgspec.convert(value, kind, strict=True))


def _refusing(decode: Callable[[], T]) -> T:
    try:
        return decode()
    except msgspec.ValidationError as fault:
        raise invalid_from(fault) from fault
    except msgspec.DecodeError as fault:
        raise BodyMalformed(reason=f"The body is not JSON: {fault}.") from fault
    except MoneyError as fault:
        raise BodyInvalid(reason=str(fault)) from fault


def invalid_from(fault: msgspec.ValidationError) -> BodyInvalid:
    """Msgspec's complaint as a problem with a JSON pointer (RFC 6901)."""
    text = str(fault)
    where = _WHERE.search(text)
    pointer = _pointer(where["path"]) if where else ""
    reason = text[: where.start()] if where else text
    return BodyInvalid(reason=f"{reason}.", pointers=(pointer,))


def _pointer(path: str) -> str:
    steps = [name or index for name, index in _STEP.findall(path.removeprefix("$"))]
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps)


class StrictJSONParser(JSONParser):
    """The ordinary lane reads JSON by the same rules."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:  # noqa: ARG002
        body = stream.read(settings.MAX_BODY_BYTES + 1)
        if len(body) > settings.MAX_BODY_BYTES:
            raise BodyTooLarge(limit=settings.MAX_BODY_BYTES)
        return strict_json(body)
