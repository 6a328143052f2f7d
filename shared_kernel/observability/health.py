"""Health: alive at all, and ready to work."""

from __future__ import annotations

from collections.abc import Callable

from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, JsonResponse

OK = "ok"
_needs: dict[str, Callable[[], str]] = {}


def needs(name: str, check: Callable[[], str]) -> None:
    """A process is not ready before this check gives `ok`; whatever else it gives is shown."""
    _needs[name] = check


def live(_request: HttpRequest) -> JsonResponse:
    """The process runs and answers."""
    return JsonResponse({"status": "live"})


def ready(_request: HttpRequest) -> JsonResponse:
    """The process can do its work: database and cache answer."""
    checks = {"database": _database(), "cache": _cache()}
    # without Redis prices are still right, only slower; without the database nothing is
    healthy = checks["database"] == OK
    if healthy:
        needed = {name: check() for name, check in _needs.items()}
        checks |= needed
        healthy = set(needed.values()) <= {OK}
    state = "ready" if set(checks.values()) == {OK} else "degraded"
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
    return OK


def _cache() -> str:
    try:
        cache.get("health")
    except Exception as fault:  # noqa: BLE001 - the reason is the answer
        return type(fault).__name__
    return OK
