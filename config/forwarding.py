"""The edge: requests for a context that was carried out go on to where it lives, as they came."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from shared_kernel.api.problems import problem_response
from shared_kernel.bus import ContextUnreachable
from shared_kernel.observability import tracing
from shared_kernel.resilience import BreakerOpen, breaker

PASSED_ON = (
    "Authorization",
    "Content-Type",
    "Accept",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
)
PASSED_BACK = (
    "Content-Type",
    "ETag",
    "Retry-After",
    "RateLimit",
    "RateLimit-Policy",
    "Location",
    "Idempotent-Replayed",
    "WWW-Authenticate",
    "Allow",
)


@csrf_exempt
def forward(request: HttpRequest, rest: str, origin: str) -> HttpResponse:
    """The answer of the process at `origin`; it proves the credential itself."""
    del rest
    try:
        return breaker(f"edge-{origin}").call(_exchange, request, origin)
    except (OSError, http.client.HTTPException, BreakerOpen) as fault:
        context = request.path.split("/")[3]
        return problem_response(
            ContextUnreachable(context=context, message=request.path, reason=type(fault).__name__)
        )


def _exchange(request: HttpRequest, origin: str) -> HttpResponse:
    address = urlsplit(origin)
    connection = http.client.HTTPConnection(
        address.hostname or "", address.port, timeout=settings.EDGE_TIMEOUT
    )
    headers = {name: request.headers[name] for name in PASSED_ON if name in request.headers}
    headers |= {**tracing.outgoing(), "X-Request-ID": tracing.correlation_id()}
    try:
        connection.request(
            request.method or "GET", request.get_full_path(), body=request.body, headers=headers
        )
        answer = connection.getresponse()
        response = HttpResponse(answer.read(), status=answer.status)
        for name in PASSED_BACK:
            value = answer.getheader(name)
            if value is not None:
                response[name] = value
    finally:
        connection.close()
    return response
