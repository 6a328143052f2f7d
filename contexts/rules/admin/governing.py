"""Who has to approve what, who stands in for whom, and the switch that stops a point."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from contexts.rules import queries, services
from contexts.rules.admin import words
from contexts.rules.errors import PolicyUnsound
from contexts.rules.models import Absence, ApprovalPolicy, PointStop
from contexts.rules.policies import FOUR_EYES, RISKS, Requirement, said
from shared_kernel import clock
from shared_kernel.admin import demand, may, signed_in, told
from shared_kernel.decisions import known_points
from shared_kernel.errors import DomainError
from shared_kernel.zones import zone_named

PAGE = "admin:rules_governance"
LIMITS = ("max_discount_increase", "max_revenue_decrease", "max_touched", "min_carts")


def governance_page(request: HttpRequest, model_admin: Any) -> HttpResponse:
    """The policies in force, the absences, the points and whether they are stopped; with what may be changed."""
    actor = demand(request, "rules:read")
    stopped = {it.point: it for it in PointStop.objects.filter(lifted_at=None)}
    now = clock.now()
    absences = list(Absence.to_come(now))
    approving = queries.approvers([it.delegate for it in absences])
    context = {
        "title": "Approvals and stops",
        "policies": [
            {"of": it, "point": words.title_of(it.point) if it.point else "", "wanted": said(it.policy.requirements), "limits": words.limits_in_words(it.limits)}
            for it in ApprovalPolicy.objects.order_by("point", "from_risk")
        ],
        "otherwise": said(FOUR_EYES.requirements),
        "points": [{"of": it, "stop": stopped.get(it.name)} for it in sorted(known_points().values(), key=lambda it: it.title)],
        "risks": RISKS,
        "absences": [
            {
                "of": it, "person": words.person(it.person), "delegate": words.person(it.delegate),
                "ahead": it.starts_at > now, "may_end": _may_change(request, it, actor),
                "for_nothing": approving is not None and it.delegate not in approving,
            }
            for it in absences
        ],
        "colleagues": [words.person(it) for it in queries.approvers() or () if it != actor],
        "zone": timezone.get_current_timezone_name(),
        "may_govern": may(request, "rules:govern"),
        "may_stop": may(request, "rules:activate"),
        "may_approve": may(request, "rules:approve"),
    }  # fmt: skip
    page: HttpResponse = model_admin.page(request, "rules/governance.html", context)
    return page


@require_POST
def act_view(request: HttpRequest, model_admin: Any, verb: str) -> HttpResponse:
    """Set or remove a policy, tell an absence, stop or free a point; or say why not."""
    del model_admin
    if verb not in _ACTS:
        return redirect(PAGE)
    scope, do, done = _ACTS[verb]
    demand(request, scope)
    try:
        do(request)
    except DomainError as refusal:
        return told(request, refusal, PAGE)
    messages.success(request, done)
    return redirect(PAGE)


def _set_policy(request: HttpRequest) -> None:
    given = request.POST
    wanted = wanted_in(request)
    services.set_policy(
        name=given.get("name", "").strip()[:120] or "Policy",
        point=given.get("point", ""),
        from_risk=given.get("from_risk", "low"),
        requirements=wanted,
        limits={name: given.get(name, "").strip() for name in LIMITS},
        set_by=signed_in(request).actor,
    )


def _number(written: str) -> int:
    try:
        return int(written)
    except ValueError:
        raise PolicyUnsound(fault=f"{written!r:.20} is no number of colleagues.") from None


def wanted_in(request: HttpRequest) -> list[Requirement]:
    """The requirements that a form's rows of `count-0`, `team-0` … say."""
    given, wanted = request.POST, []
    for number in range(4):
        count = given.get(f"count-{number}", "").strip()
        if count:
            team = given.get(f"team-{number}", "").strip().lower()
            wanted.append(Requirement(_number(count), team))
    return wanted


def _remove_policy(request: HttpRequest) -> None:
    services.remove_policy(
        policy_id=_id(request.POST.get("policy", "")), removed_by=signed_in(request).actor
    )


def _id(written: str, what: str = "a policy") -> UUID:
    try:
        return UUID(written)
    except ValueError:
        raise PolicyUnsound(fault=f"Choose {what} of the list.") from None


def _delegate(request: HttpRequest) -> str:
    return f"user:{request.POST.get('delegate', '').strip().removeprefix('user:')[:150]}"


def _tell_absence(request: HttpRequest) -> None:
    actor = signed_in(request).actor
    services.tell_absence(
        person=actor,
        delegate=_delegate(request),
        starts_at=_moment(request, "starts"),
        ends_at=_moment(request, "ends"),
        told_by=actor,
    )


def _may_change(request: HttpRequest, absence: Absence, actor: str) -> bool:
    mine = absence.person == actor and may(request, "rules:approve")
    return mine or may(request, "rules:govern")


def _their_absence(request: HttpRequest) -> Absence:
    """One's own, or with the scope rules:govern anybody's."""
    absence = queries.absence_of(_id(request.POST.get("absence", ""), "an absence"))
    if not _may_change(request, absence, signed_in(request).actor):
        raise PermissionDenied
    return absence


def _change_absence(request: HttpRequest) -> None:
    services.change_absence(
        absence_id=_their_absence(request).id,
        delegate=_delegate(request),
        starts_at=_moment(request, "starts"),
        ends_at=_moment(request, "ends"),
        changed_by=signed_in(request).actor,
    )


def _end_absence(request: HttpRequest) -> None:
    services.end_absence(absence_id=_their_absence(request).id, ended_by=signed_in(request).actor)


def _moment(request: HttpRequest, name: str) -> datetime:
    written = request.POST.get(name, "")
    zone = zone_named(request.POST.get("zone", "")) or timezone.get_current_timezone()
    try:
        return datetime.fromisoformat(written).replace(tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise PolicyUnsound(fault="Give both days and times of the absence.") from None


def _stop(request: HttpRequest) -> None:
    services.halt_point(
        point=request.POST.get("point", ""),
        reason=request.POST.get("reason", "").strip()[:400],
        halted_by=signed_in(request).actor,
    )


def _free(request: HttpRequest) -> None:
    services.free_point(point=request.POST.get("point", ""), freed_by=signed_in(request).actor)


_ACTS = {
    "set-policy": ("rules:govern", _set_policy, "Set: it holds for what is submitted from now on."),
    "remove-policy": ("rules:govern", _remove_policy, "Removed. What is in review keeps what it needed."),
    "tell-absence": ("rules:approve", _tell_absence, "Told. Your colleague stands in for your teams."),
    "change-absence": ("rules:read", _change_absence, "Changed."),
    "end-absence": ("rules:read", _end_absence, "Ended: nobody stands in any more."),
    "stop": ("rules:activate", _stop, "Stopped: no rule of that point decides, in any process."),
    "free": ("rules:activate", _free, "Freed: its rules decide again."),
}  # fmt: skip
