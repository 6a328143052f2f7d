"""Health: alive at all, and ready to work."""

from __future__ import annotations

from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, JsonResponse


def live(_request: HttpRequest) -> JsonResponse:
    """The process runs and answers."""
    return JsonResponse({"status": "live"})


def ready(_request: HttpRequest) -> JsonResponse:
    """The process can do its work: database and cache answer."""
    checks = {"database": _database(), "cache": _cache()}
    # without Redis prices are still right, only slower; without the database nothing is
    healthy = checks["database"] == "ok"
    state = "ready" if all(it == "ok" for it in checks.values()) else "degraded"
    return JsonResponse(
        {"status": state if healthy else "unready", "checks": checks},
        status=200 if healthy else 503,
    )


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception as fault:  # noqa: BLE001 - the reason is the answer
        return type(fault).__name__
    return "ok"


def _cache() -> str:
    try:
        cache.get("health")
    except Exception as fault:  # noqa: BLE001 - the reason is the answer
        return type(fault).__name__
    return "ok"
