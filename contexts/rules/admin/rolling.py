"""The page of a roll-out: where it stands on its ramp, what it does to carts, its guards, and what one may do."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal, InvalidOperation
from http import HTTPStatus
from typing import Any
from uuid import UUID

import msgspec
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from contexts.evaluation.messages import (
    BackTestResult,
    RolloutArmFigures,
    RolloutFigures,
    RolloutGuardStanding,
)
from contexts.rules import services
from contexts.rules.admin import backtests, words
from contexts.rules.admin.refusing import Refused, refused
from contexts.rules.errors import RolloutUnsound
from contexts.rules.events import RolloutGuard
from contexts.rules.models import Promotion, Release, Rollout
from contexts.rules.policies.releases import LAST, stage_before
from contexts.rules.policies.rollouts import ramp_of, said, time_said
from contexts.rules.queries import rollouts as queries
from shared_kernel import clock
from shared_kernel.admin import demand, may, signed_in, told
from shared_kernel.errors import DomainError, NotFound
from shared_kernel.shown import shown_time

LIST, PAGE = "admin:rules_releases", "admin:rules_rollout"
USUAL = "shadow 1h, 5% 1h, 25% 4h, 100%"
TALL = 48  # of a step's column
GUARDS = {
    "discount-increase": ("Discounts grow by at most", "% of what is given now"),
    "revenue-decrease": ("Revenue falls by at most", "% of what is earned now"),
    "touched": ("Touches at most", "% of carts"),
    "discount-share": (
        "Takes at most",
        "percentage points more off than carts priced by today's rules",
    ),
}
ARMS = {
    "control": ("Today's rules", "customers who have not been reached"),
    "candidate": ("New rules", "customers who have been reached"),
    "outside": ("Nobody known", "no customer and no visitor: today's rules, always"),
}


def start_part(
    request: HttpRequest, release: Release, found: Refused | None = None
) -> dict[str, Any]:
    """What the page of a release says of roll-outs: those that there were, and a form if one may begin."""
    before = stage_before(LAST)
    reached = set(Promotion.objects.filter(release=release).values_list("stage", flat=True))
    under_way = queries.under_way()
    is_due = before in reached and LAST not in reached
    return {
        "all": [_in_short(it) for it in release.rollouts.order_by("-started_at")],
        "may_start": is_due and under_way is None and may(request, "rules:release"),
        "lacks": is_due and under_way is None and not may(request, "rules:release"),
        "other": under_way if is_due and under_way and under_way.release_id != release.id else None,
        "ramp": found.typed("ramp") if found else USUAL,
        "fault": found.faults.get("", "") if found else "",
        "ramp_fault": found.faults.get("ramp", "") if found else "",
        "guards": [_row(metric, found) for metric in GUARDS],
        "guarding": bool(found and any(found.typed(f"most-{it}") for it in GUARDS)),
    }


def _row(metric: str, found: Refused | None) -> dict[str, str]:
    """The fields of one guard, as they were typed."""
    before, after = GUARDS[metric]
    return {
        "metric": metric,
        "before": before,
        "after": after,
        "most": found.typed(f"most-{metric}") if found else "",
        "from": found.typed(f"from-{metric}", "100") if found else "100",
        "fault": found.faults.get(metric, "") if found else "",
    }


def last_rolled_back(release: Release) -> dict[str, Any] | None:
    """What the release's page says first after its newest roll-out was rolled back."""
    newest: Rollout | None = release.rollouts.order_by("-started_at").first()
    if newest is None or newest.status != Rollout.Status.ROLLED_BACK:
        return None
    if Promotion.objects.filter(release=release, stage=LAST).exists():
        return None
    stands = Promotion.objects.select_related("release").filter(stage=LAST)
    return {
        "of": newest,
        "by_guard": newest.ended_by == services.GUARD,
        "by": words.person(newest.ended_by),
        "decides": stands.order_by("-promoted_at", "-id").first(),
    }


def _in_short(rollout: Rollout) -> dict[str, Any]:
    return {
        "of": rollout,
        "share": said(rollout.percent) if rollout.is_under_way else "",
        "at": shown_time(rollout.ended_at or rollout.started_at),
        "by": words.person(rollout.ended_by or rollout.started_by),
    }


def rollout_page(
    request: HttpRequest, model_admin: Any, rollout_id: UUID, found: Refused | None = None
) -> HttpResponse:
    """One roll-out as it stands."""
    demand(request, "rules:read")
    try:
        rollout = queries.rollout_of(rollout_id)
    except NotFound as missing:
        return told(request, missing, LIST)
    figures = queries.figures_of(rollout)
    is_rolled_back = rollout.status == Rollout.Status.ROLLED_BACK
    context = {
        "title": str(rollout),
        "rollout": rollout,
        "release": rollout.release,
        "started_by": words.person(rollout.started_by),
        "tried": [" version ".join(it.rsplit("@", 1)) for it in rollout.candidates],
        "ended_by": words.person(rollout.ended_by) if rollout.ended_by else "",
        "by_guard": rollout.ended_by == services.GUARD,
        "is_rolled_back": is_rolled_back,
        "steps": _steps(rollout),
        "goes_on": _goes_on(rollout),
        "share": said(rollout.percent),
        "next_is_last": rollout.step + 2 == len(rollout.steps),
        "next_share": _next_share(rollout),
        "counted_at": shown_time(figures.counted_at) if figures and figures.counted_at else "",
        "arms": _arms(figures.arms) if figures else [],
        "several": len({it.currency for it in figures.arms}) > 1 if figures else False,
        "guards": _guards(rollout, figures),
        "paired": _paired(figures.paired) if figures and figures.paired.carts else None,
        "evidence": _evidence(rollout) if is_rolled_back else None,
        "may_release": may(request, "rules:release"),
        "reason": found.typed("reason") if found else "",
        "reason_fault": found.faults.get("reason", found.faults.get("", "")) if found else "",
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if found else HTTPStatus.OK
    page: HttpResponse = model_admin.page(request, "rules/rollout.html", context, status=status)
    return page


def _steps(rollout: Rollout) -> list[dict[str, Any]]:
    taken = {it["step"]: it for it in rollout.steps_taken}
    return [
        {
            "share": said(it.percent),
            "lasts": time_said(it.seconds) or "production",
            "state": _state(rollout, number),
            "begun": shown_time(datetime.fromisoformat(taken[number]["at"])) if number in taken else "",
            "by": words.person(taken[number]["by"]) if number in taken else "",
            "column": _column(it.percent),
        }
        for number, it in enumerate(rollout.steps)
    ]  # fmt: skip


def _state(rollout: Rollout, number: int) -> str:
    if number > rollout.step:
        return "to come"
    if number < rollout.step or rollout.status == Rollout.Status.COMPLETED:
        return "done"
    return "now" if rollout.is_under_way else "stopped here"


def _column(percent: Decimal) -> SafeString:
    """A column as tall as the share; decoration, its numbers stand below."""
    tall = max(float(percent) / 100 * TALL, 2.0)
    return format_html(
        '<svg viewBox="0 0 10 {}" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        '<rect x="0" y="{}" width="10" height="{}"/></svg>',
        TALL, f"{TALL - tall:.1f}", f"{tall:.1f}",
    )  # fmt: skip


def _goes_on(rollout: Rollout) -> str:
    """When the next step is taken, in words."""
    if rollout.status == Rollout.Status.PAUSED:
        return f"Paused with {time_said(rollout.seconds_left) or 'nothing'} of this step left."
    due = queries.due_of(rollout)
    if due is None:
        return ""
    left = max(0, round((due - clock.now()).total_seconds()))
    return f"The next step is in {time_said(left)}." if left else "The next step is due."


def _next_share(rollout: Rollout) -> str:
    if not rollout.is_under_way:
        return ""
    return said(rollout.steps[rollout.step + 1].percent)


def _arms(found: Iterable[RolloutArmFigures]) -> list[dict[str, Any]]:
    return [
        {
            "name": ARMS[it.arm][0],
            "about": ARMS[it.arm][1],
            "currency": it.currency,
            "carts": f"{it.carts:,}",
            "listed": backtests.amount(it.listed),
            "discount": backtests.amount(it.discount),
            "paid": backtests.amount(it.listed - it.discount),
            "share": backtests.percent(it.discount.minor, it.listed.minor),
        }
        for it in found
    ]


def _guards(rollout: Rollout, figures: RolloutFigures | None) -> list[dict[str, Any]]:
    found = {it.metric: it for it in figures.guards} if figures else {}
    return [_guard(it, found.get(it.metric)) for it in rollout.watched]


def _guard(guard: RolloutGuard, stands: RolloutGuardStanding | None) -> dict[str, Any]:
    before, after = GUARDS[guard.metric]
    carts = stands.carts if stands else 0
    value = stands.value if stands else None
    return {
        "says": f"{before} {guard.at_most.normalize():f} {after}",
        "broken": stands.broken if stands else "",
        "stands": f"{value:f}".replace("-", backtests.MINUS) if value is not None else "",
        "is_judged": carts >= guard.min_carts,
        "carts": f"{carts:,}",
        "from": f"{guard.min_carts:,}",
    }


def _paired(result: BackTestResult) -> dict[str, Any]:
    return {
        "what": "carts",
        "carts": f"{result.carts:,}",
        "left_out": result.left_out,
        "currencies": [backtests.currency(it) for it in result.currencies],
        "several": len(result.currencies) > 1,
    }


def _evidence(rollout: Rollout) -> dict[str, Any] | None:
    """What the guard that ended it had seen, kept as it was."""
    kept = queries.evidence_of(rollout)
    if kept is None:
        return None
    return {
        "at": shown_time(kept.counted_at) if kept.counted_at else "",
        "carts": f"{kept.paired.carts:,}",
        "broken": [it.broken for it in kept.guards if it.broken],
        "currencies": [
            {"rows": [backtests.cart(cart) for cart in it.carts], "currency": it.currency}
            for it in kept.paired.currencies
        ],
        "json": msgspec.json.format(msgspec.json.encode(rollout.evidence)).decode(),
    }


def start(request: HttpRequest, number: int) -> Rollout | Refused:
    """Start a roll-out as the form says; or the form as it was typed, with what is wrong where it is wrong."""
    actor = demand(request, "rules:release")
    stated: dict[str, RolloutGuard] = {}
    try:
        ramp = ramp_of(request.POST.get("ramp", "")[:1000])
        stated = _stated(request)
        rollout = services.start_rollout(
            number=number, ramp=ramp, guards=list(stated.values()), started_by=actor
        )
    except DomainError as refusal:
        fields = {f"/guards/{at}": metric for at, metric in enumerate(stated)}
        by_name = {f"/guards/{metric}": metric for metric in GUARDS}
        return refused(request, "roll-out", refusal, {"/ramp": "ramp", **fields, **by_name})
    messages.success(request, f"The roll-out has begun: {said(rollout.percent)}.")
    return rollout


def _stated(request: HttpRequest) -> dict[str, RolloutGuard]:
    """The guards whose rows are filled in, by their metrics."""
    stated = {}
    for metric in GUARDS:
        limit = request.POST.get(f"most-{metric}", "").strip().rstrip("%").strip()
        if not limit:
            continue
        try:
            least = int(request.POST.get(f"from-{metric}", "") or 100)
            stated[metric] = RolloutGuard(metric, Decimal(limit.replace(",", ".")), least)  # type: ignore[arg-type]  # a name of the list above
        except (InvalidOperation, ValueError):
            raise RolloutUnsound(
                fault="A guard is a number, such as 2 or 0.5, judged from a whole number of carts on.",
                pointers=(f"/guards/{metric}",),
            ) from None
    return stated


@require_POST
def act_view(request: HttpRequest, model_admin: Any, rollout_id: UUID, verb: str) -> HttpResponse:
    """Take the next step, pause, resume, or roll back; or say why not."""
    if verb not in _ACTS:
        return redirect(PAGE, rollout_id)
    demand(request, "rules:release")
    do, done = _ACTS[verb]
    try:
        do(request, rollout_id)
    except DomainError as refusal:
        if verb == "roll-back" and Rollout.objects.filter(id=rollout_id, ended_at=None).exists():
            found = refused(request, verb, refusal, {"/reason": "reason"})
            return rollout_page(request, model_admin, rollout_id, found)
        return told(request, refusal, PAGE, rollout_id)
    messages.success(request, done)
    return redirect(PAGE, rollout_id)


def _advance(request: HttpRequest, rollout_id: UUID) -> None:
    seen = request.POST.get("step", "")
    services.advance_rollout(
        rollout_id=rollout_id,
        by=signed_in(request).actor,
        seen=int(seen) if seen.isdecimal() and len(seen) < 4 else None,  # noqa: PLR2004 - of 20 steps
    )


def _pause(request: HttpRequest, rollout_id: UUID) -> None:
    services.pause_rollout(
        rollout_id=rollout_id, by=signed_in(request).actor, reason=request.POST.get("reason", "")
    )


def _resume(request: HttpRequest, rollout_id: UUID) -> None:
    services.resume_rollout(rollout_id=rollout_id, by=signed_in(request).actor)


def _roll_back(request: HttpRequest, rollout_id: UUID) -> None:
    services.roll_back_rollout(
        rollout_id=rollout_id, by=signed_in(request).actor, reason=request.POST.get("reason", "")
    )


_ACTS = {
    "advance": (_advance, "The next step is taken."),
    "pause": (_pause, "Paused: it stays where it is."),
    "resume": (_resume, "It goes on."),
    "roll-back": (_roll_back, "Rolled back: today's rules decide for everybody."),
}
