"""Errors as RFC 9457 problem documents, in every lane and from every corner."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

import structlog
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.core.exceptions import ValidationError as ModelInvalid
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions

from shared_kernel.errors import DomainError
from shared_kernel.observability import tracing

log = structlog.get_logger(__name__)
CONTENT_TYPE = "application/problem+json"


def problem_response(refusal: DomainError, headers: dict[str, str] | None = None) -> HttpResponse:
    """A refusal as its problem document."""
    return _response(
        status=refusal.status,
        code=refusal.code,
        title=refusal.title,
        detail=str(refusal),
        errors=[{"pointer": pointer, "detail": str(refusal)} for pointer in refusal.pointers],
        headers=headers,
    )


def _response(
    *,
    status: int,
    code: str,
    title: str,
    detail: str,
    errors: list[dict[str, str]] | None = None,
    headers: dict[str, str] | None = None,
) -> HttpResponse:
    document: dict[str, Any] = {
        "type": f"urn:verdict:problem:{code}",
        "title": title,
        "status": int(status),
        "detail": detail,
        "code": code,
        "trace_id": tracing.trace_id(),
    }
    if errors:
        document["errors"] = errors
    response = HttpResponse(json.dumps(document), status=int(status), content_type=CONTENT_TYPE)
    if status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = 'Bearer realm="verdict"'
    for name, value in (headers or {}).items():
        response[name] = value
    return response


def exception_handler(fault: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """DRF's hook: whatever a view raised, as a problem document; None lets a real fault be a 500."""
    del context
    if isinstance(fault, DomainError):
        return problem_response(fault)
    if isinstance(fault, Http404):
        fault = exceptions.NotFound()
    elif isinstance(fault, PermissionDenied):
        fault = exceptions.PermissionDenied()
    elif isinstance(fault, ModelInvalid):
        fault = exceptions.ValidationError(fault.messages)
    elif isinstance(fault, SuspiciousOperation):
        fault = exceptions.ParseError("The request is not acceptable.")
    if isinstance(fault, exceptions.APIException):
        return _from_drf(fault)
    return None


def _from_drf(fault: exceptions.APIException) -> HttpResponse:
    headers = {}
    wait = getattr(fault, "wait", None)
    if wait is not None:
        headers["Retry-After"] = str(int(wait) + 1)
    if isinstance(fault, exceptions.ValidationError):
        errors = list(_pointed(fault.detail))
        return _response(
            status=HTTPStatus.UNPROCESSABLE_ENTITY,
            code="kernel.body-invalid",
            title="The request's body does not have the documented shape.",
            detail="; ".join(f"{it['pointer'] or 'body'}: {it['detail']}" for it in errors),
            errors=errors,
        )
    code = str(getattr(fault, "default_code", "error")).replace("_", "-")
    return _response(
        status=fault.status_code,
        code=f"kernel.{code}",
        title=str(fault.default_detail),
        detail=str(fault.detail),
        headers=headers,
    )


def _pointed(detail: Any, at: str = "") -> Any:
    if isinstance(detail, dict):
        for name, inner in detail.items():
            step = "" if name == "non_field_errors" else f"/{name}"
            yield from _pointed(inner, at + step)
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            deeper = isinstance(inner, dict | list)
            yield from _pointed(inner, f"{at}/{index}" if deeper else at)
    else:
        yield {"pointer": at, "detail": str(detail)}


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    del exception
    return _response(
        status=HTTPStatus.NOT_FOUND,
        code="kernel.not-found",
        title="There is nothing here.",
        detail=f"No resource at {request.path}; /api/v1/schema lists what there is.",
    )


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    del request, exception
    return _response(
        status=HTTPStatus.BAD_REQUEST,
        code="kernel.bad-request",
        title="The request cannot be read.",
        detail="The request line, a header or a parameter is not acceptable.",
    )


def server_error(request: HttpRequest) -> HttpResponse:
    del request
    return _response(
        status=HTTPStatus.INTERNAL_SERVER_ERROR,
        code="kernel.fault",
        title="Something broke here.",
        detail="The fault is ours; quote the trace id when you report it.",
    )
