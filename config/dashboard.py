"""The admin's start page and the counts in its side bar, composed of what the contexts here can tell."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from shared_kernel import clock
from shared_kernel.admin import may, signed_in
from shared_kernel.eventlog.models import Delivery

SHOWN = 8
RECENT = timedelta(days=14)


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The start page's context: rules by status, what waits for whoever is signed in, what is stuck."""
    if "rules" in settings.TOPOLOGY.here and may(request, "rules:read"):
        context["rules"] = _rules(request)
    if may(request, "eventlog:read"):
        rows = Delivery.objects.all()
        context["operation"] = {
            "parked": rows.filter(status=Delivery.Status.PARKED).count(),
            "pending": rows.filter(status=Delivery.Status.PENDING).count(),
        }
    return {**context, "title": "Start"}


def _rules(request: HttpRequest) -> dict[str, Any]:
    from contexts.rules import queries  # noqa: PLC0415 - may live elsewhere
    from contexts.rules.admin.standing import counts_by_status, stops  # noqa: PLC0415 - may live elsewhere
    from contexts.rules.models import RuleVersion, Status  # noqa: PLC0415 - may live elsewhere

    actor = signed_in(request).actor
    waiting = list(_for_review(request)[:SHOWN])
    if may(request, "rules:activate"):
        waiting += RuleVersion.objects.filter(status=Status.APPROVED)[:SHOWN]
    return {
        "counts": counts_by_status(),
        "waiting": waiting,
        "templates": (templates := list(_templates_for_review(request)[:SHOWN])),
        "releases": (releases := _releases_for_review(request)[:SHOWN]),
        "waiting_count": len(waiting) + len(templates) + len(releases),
        "stops": stops(),
        "sent_back": queries.sent_back_to(actor)[:SHOWN],
        "mentions": queries.mentions_of(actor, since=clock.now() - RECENT)[:SHOWN],
        "drafts": RuleVersion.objects.filter(status=Status.DRAFT, author=actor)[:SHOWN],
        "may_write": may(request, "rules:write"),
    }


def _for_review(request: HttpRequest) -> Any:
    from contexts.rules import queries  # noqa: PLC0415 - the context may live elsewhere

    found = queries.inbox_of(signed_in(request).actor)
    return found if may(request, "rules:approve") else found.none()


def _templates_for_review(request: HttpRequest) -> Any:
    from contexts.rules.queries import waiting  # noqa: PLC0415 - the context may live elsewhere

    found = waiting.templates_for(signed_in(request).actor)
    return found if may(request, "rules:approve") else found.none()


def _releases_for_review(request: HttpRequest) -> list[Any]:
    from contexts.rules.queries import waiting  # noqa: PLC0415 - the context may live elsewhere

    return waiting.releases_for(signed_in(request).actor) if may(request, "rules:approve") else []


def waiting_badge(request: HttpRequest) -> str:
    """How many versions, templates and releases wait for whoever is signed in; nothing when none do."""
    beside = _templates_for_review(request).count() + len(_releases_for_review(request))
    return str(_for_review(request).count() + beside or "")


def parked_badge(request: HttpRequest) -> str:
    """How many messages are parked; nothing when none are."""
    if not may(request, "eventlog:read"):
        return ""
    return str(Delivery.objects.filter(status=Delivery.Status.PARKED).count() or "")
