"""Whose clocks the admin's pages show: those of the zone that the browser told by a cookie, else the house's."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

COOKIE: Final = "verdict_zone"
PAGES: Final = "/admin/"


@cache
def _known() -> frozenset[str]:
    return frozenset(available_timezones())


def zone_named(name: str) -> ZoneInfo | None:
    """The zone of that name of the IANA's; nothing for any other text."""
    return ZoneInfo(name) if name in _known() else None


def browser_zone(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: times on a page are told by the clocks of whoever reads it. Nothing is decided by them."""

    def answer(request: HttpRequest) -> HttpResponse:
        told = request.COOKIES.get(COOKIE, "") if request.path.startswith(PAGES) else ""
        zone = zone_named(told)
        if zone is None:
            return get_response(request)
        with timezone.override(zone):
            return get_response(request)

    return answer
