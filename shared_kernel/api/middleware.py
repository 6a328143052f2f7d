"""What every request passes: its trace and name in the logs, its principal, and the tenant's scope."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from shared_kernel.api.bodies import BodyTooLarge
from shared_kernel.api.principals import authenticate
from shared_kernel.api.problems import problem_response
from shared_kernel.errors import DomainError
from shared_kernel.observability import tracing
from shared_kernel.tenancy.scope import tenant_scope

log = structlog.get_logger("access")
GetResponse = Callable[[HttpRequest], HttpResponseBase]
REQUEST_ID = "X-Request-ID"
MAX_REQUEST_ID = 64


class TraceMiddleware:
    """Continues the caller's trace, names the request, and writes one access line when it ends."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        asked = request.headers.get(REQUEST_ID, "")
        correlation = (
            asked
            if asked.isascii() and asked.isprintable() and len(asked) <= MAX_REQUEST_ID
            else ""
        )
        headers = {"traceparent": request.headers.get("traceparent", "")}
        with tracing.incoming(headers, correlation=correlation, name=request.path):
            response = self.get_response(request)
            response[REQUEST_ID] = tracing.correlation_id()
            response["traceparent"] = tracing.outgoing().get("traceparent", "")
            log.info(
                "request",
                method=request.method,
                path=request.path,
                status=response.status_code,
                milliseconds=round((time.perf_counter() - started) * 1000, 2),
                tenant=str(getattr(getattr(request, "principal", None), "tenant", "")),
            )
        return response


class PrincipalMiddleware:
    """Proves the credential once, for every lane, and holds the tenant's scope around the work."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path.startswith(("/api/", "/admin/")):
            return self.get_response(request)
        try:
            _refuse_huge(request)
            principal = authenticate(request)
        except DomainError as refusal:
            return problem_response(refusal)
        with ExitStack() as scopes:
            if principal is not None:
                request.principal = principal  # type: ignore[attr-defined]  # the one attribute we add
                scopes.enter_context(tenant_scope(principal.tenant))
                scopes.enter_context(tracing.acting_as(principal.actor))
            return _with_limits(request, self.get_response(request))


def _with_limits(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    """The rate limit's state, in the fields of the IETF draft that everybody reads."""
    counted = getattr(request, "rate_limit", None)
    if counted is not None:
        amount, remaining, reset = counted
        response["RateLimit-Policy"] = f'"plan";q={amount};w=60'
        response["RateLimit"] = f'"plan";r={remaining};t={max(0, int(reset - time.time()))}'
    return response


def _refuse_huge(request: HttpRequest) -> None:
    is_upload = request.path.endswith(settings.UPLOAD_PATHS)
    limit = settings.MAX_UPLOAD_BYTES if is_upload else settings.MAX_BODY_BYTES
    declared = request.headers.get("Content-Length", "0")
    if declared.isdigit() and int(declared) > limit:
        raise BodyTooLarge(limit=limit)


def empty(_request: HttpRequest) -> HttpResponse:
    """The floor that the benchmarks measure against: the same server and middleware, no work."""
    return HttpResponse(b"{}", content_type="application/json")
