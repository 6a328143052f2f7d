"""Releases: where each stands, what is in one, what changed, and its way from stage to stage."""

from __future__ import annotations

from collections import Counter
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from contexts.rules import services
from contexts.rules.admin import rolling, words
from contexts.rules.admin.governing import wanted_in
from contexts.rules.admin.refusing import Refused, by_form, of_form, refused
from contexts.rules.errors import ReleaseUnsound
from contexts.rules.models import (
    Promotion,
    Release,
    ReleaseApproval,
    RuleVersion,
    Status,
    standing_approvals,
)
from contexts.rules.policies import said
from contexts.rules.policies.releases import LAST, stage_before
from contexts.rules.queries import releases as queries
from contexts.rules.queries import said_of
from contexts.rules.queries.rollouts import reaching_customers, under_way
from shared_kernel.admin import demand, may, signed_in, told
from shared_kernel.errors import DomainError, NotFound

LIST, PAGE = "admin:rules_releases", "admin:rules_release"
SHOWN = 50
CHANGES = {"added": "Added", "removed": "Removed", "changed": "Changed"}
CHANGES_NOW = {"added": "Begins", "removed": "Goes on", "changed": "Changes"}
MEMBERS = (Status.ACTIVE, Status.SCHEDULED, Status.APPROVED, Status.PAUSED)


def releases_page(
    request: HttpRequest, model_admin: Any, found: Refused | None = None
) -> HttpResponse:
    """What stands at each stage, the newest releases, and what a new one could consist of."""
    demand(request, "rules:read")
    stages = queries.stages()
    made = of_form(found, "make")
    here: dict[int, list[str]] = {}
    for it in stages:
        if it.promotion is not None:
            here.setdefault(it.promotion.release.number, []).append(it.stage)
    context = {
        "title": "Releases",
        "stages": [_stage(it, of_form(found, f"stage-{it.stage}")) for it in stages],
        "releases": [
            {"of": it, "by": words.person(it.made_by), "stands": here.get(it.number, [])}
            for it in Release.objects.order_by("-number")[:SHOWN]
        ],
        "more": max(0, Release.objects.count() - SHOWN),
        "rolling": under_way(),
        "choices": _choices(made) if may(request, "rules:release") else [],
        "made": {
            "name": made.typed("name") if made else "",
            "notes": made.typed("notes") if made else "",
            "name_fault": made.faults.get("name", "") if made else "",
            "fault": made.faults.get("", "") if made else "",
        },
        "may_release": may(request, "rules:release"),
        "may_govern": may(request, "rules:govern"),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if found else HTTPStatus.OK
    page: HttpResponse = model_admin.page(request, "rules/releases.html", context, status=status)
    return page


def _stage(it: queries.Standing, found: Refused | None) -> dict[str, Any]:
    there = it.promotion
    rows: list[Any] = [*it.needs, *[None] * 3][:3]
    if found:
        rows = [
            {"count": found.typed(f"count-{at}"), "team": found.typed(f"team-{at}")}
            for at in range(3)
        ]
    return {
        "fault": " ".join(found.faults.values()) if found else "",
        "name": it.stage,
        "is_last": it.stage == LAST,
        "release": there.release if there else None,
        "by": words.person(there.promoted_by) if there else "",
        "at": there.promoted_at if there else None,
        "needs": said(it.needs),
        "rows": rows,
    }


def _choices(made: Refused | None) -> list[dict[str, Any]]:
    """For each rule the versions that a release may have: the newest first and chosen, or what was chosen before."""
    before = made.given.getlist("member") if made else []
    found = RuleVersion.objects.select_related("rule").filter(status__in=MEMBERS)
    by_rule: dict[str, list[RuleVersion]] = {}
    for it in found.order_by("rule__slug", "-number"):
        by_rule.setdefault(it.rule.slug, []).append(it)
    return [
        {"slug": slug, "name": its[0].name, "rule_id": its[0].rule_id,
         "point": words.title_of(its[0].rule.point),
         "versions": [{"of": it, "chosen": f"{it.rule_id}/{it.number}" in before} for it in its],
         "left_out": made is not None and not any(f"{it.rule_id}/{it.number}" in before for it in its)}
        for slug, its in by_rule.items()
    ]  # fmt: skip


def release_page(
    request: HttpRequest, model_admin: Any, number: int, found: Refused | None = None
) -> HttpResponse:
    """One release: its members, what changed, and how far it has come."""
    actor = demand(request, "rules:read")
    try:
        release = queries.release_numbered(number)
        against = _against(request)
    except NotFound as missing:
        return told(request, missing, LIST)
    versions = queries.versions_of(release.consists_of)
    phrases = said_of(versions.values())
    before = against.consists_of if against else queries.deciding_now()
    changes = queries.differences_of(before, release.consists_of)
    context = {
        "title": str(release),
        "release": release,
        "by": words.person(release.made_by),
        "against": against,
        "others": Release.objects.exclude(number=number).order_by("-number")[:SHOWN],
        "changes": [
            {**it, "label": (CHANGES if against else CHANGES_NOW)[it["change"]]}
            for it in changes
            if against or it["change"] != "removed"
        ],
        "counts": Counter(it["change"] for it in changes),
        # what decides now and is not in it goes on deciding: the release takes nothing from it
        "apart": [] if against else [it for it in changes if it["change"] == "removed"],
        "members": [
            {"of": it, "version": versions[it], "in_words": phrases[versions[it].id].sentence,
             "point": words.title_of(it.point)}
            for it in release.consists_of
        ],
        "rolling": rolling.start_part(request, release, of_form(found, "roll-out")),
        "rolled_back": rolling.last_rolled_back(release),
        "ladder": [_rung(request, release, it, actor, found) for it in queries.stages()],
    }  # fmt: skip
    status = HTTPStatus.UNPROCESSABLE_ENTITY if found else HTTPStatus.OK
    page: HttpResponse = model_admin.page(request, "rules/release.html", context, status=status)
    return page


@by_form(PAGE)
def start_view(request: HttpRequest, model_admin: Any, number: int) -> HttpResponse:
    """Start a roll-out; or the release's page again, with the form as it was typed."""
    started = rolling.start(request, number)
    if isinstance(started, Refused):
        return release_page(request, model_admin, number, started)
    return redirect(rolling.PAGE, started.id)


def _against(request: HttpRequest) -> Release | None:
    """The release that it is to be compared with; none means what decides now."""
    written = request.GET.get("against", "")
    if written.isdecimal() and len(written) < 10:  # noqa: PLR2004 - what a column can hold
        return queries.release_numbered(int(written))
    return None


def _rung(
    request: HttpRequest,
    release: Release,
    at: queries.Standing,
    actor: str,
    found: Refused | None,
) -> dict[str, Any]:
    """One stage of the ladder: reached, or what is still to be done and by whom."""
    approving, promoting, backing = (
        of_form(found, f"{it}-{at.stage}") for it in ("approve", "promote", "take-back")
    )
    promotion = Promotion.objects.filter(release=release, stage=at.stage).first()
    approvals = list(release.approvals.filter(stage=at.stage).order_by("approved_at"))
    before = stage_before(at.stage)
    due = before is None or Promotion.objects.filter(release=release, stage=before).exists()
    missing = queries.missing_at(release, at.stage)
    mine = actor == release.made_by
    waits = promotion is None and bool(at.needs)
    counting = standing_approvals(approvals)
    approved = actor in {it.reviewer for it in counting}
    tried = at.stage == LAST and reaching_customers(release) is not None
    open_ = promotion is None and due and not missing
    return {
        "stage": at.stage,
        "is_last": at.stage == LAST,
        "reached": promotion,
        "reached_by": words.person(promotion.promoted_by) if promotion else "",
        "stands": at.promotion is not None and at.promotion.release_id == release.id,
        "approvals": [
            {"of": it, "by": words.person(it.reviewer), "counts": it in counting,
             "is_back": it.verdict == ReleaseApproval.Verdict.TAKE_BACK}
            for it in approvals
        ],
        "can_take_back": promotion is None and approved and not tried
        and may(request, "rules:approve"),
        "back_fault": " ".join(backing.faults.values()) if backing else "",
        "back_comment": backing.typed("comment") if backing else "",
        "before": before,
        "due": due,
        "missing": said(missing) if promotion is None else "",
        "can_approve": waits and bool(missing) and not mine and may(request, "rules:approve")
        and not approved,
        "own": waits and bool(missing) and mine,
        "approved": waits and bool(missing) and approved,
        "lacks_approve": waits and bool(missing) and not mine and not may(request, "rules:approve"),
        "can_promote": open_ and may(request, "rules:release"),
        "lacks_release": open_ and not may(request, "rules:release"),
        "comment": approving.typed("comment") if approving else "",
        "approve_fault": " ".join(approving.faults.values()) if approving else "",
        "retire_others": bool(promoting and promoting.typed("retire_others")),
        "promote_fault": " ".join(promoting.faults.values()) if promoting else "",
    }  # fmt: skip


@by_form(LIST)
def make_view(request: HttpRequest, model_admin: Any) -> HttpResponse:
    """Put the chosen versions together; or say why not, with the form as it was typed."""
    actor = demand(request, "rules:release")
    given = request.POST
    try:
        members = [_chosen(it) for it in given.getlist("member") if it]
        if not members:
            raise ReleaseUnsound(fault="Choose at least one version.")
        release = services.make_release(
            name=given.get("name", "").strip()[:120] or "Release",
            notes=given.get("notes", "").strip()[:10_000],
            members=members,
            made_by=actor,
        )
    except DomainError as refusal:
        return releases_page(
            request, model_admin, refused(request, "make", refusal, {"/name": "name"})
        )
    messages.success(request, f"Release {release.number} is made. Promote it to development next.")
    return redirect(PAGE, release.number)


def _chosen(written: str) -> tuple[UUID, int]:
    rule_id, _, number = written.partition("/")
    try:
        return UUID(rule_id), int(number)
    except ValueError:
        raise ReleaseUnsound(fault="Choose versions of the list.") from None


@by_form(LIST)
def policy_view(request: HttpRequest, model_admin: Any, stage: str) -> HttpResponse:
    """Say who has to approve what reaches a stage; or why that cannot be."""
    actor = demand(request, "rules:govern")
    try:
        services.set_stage_policy(stage=stage, requirements=wanted_in(request), set_by=actor)
    except DomainError as refusal:
        return releases_page(request, model_admin, refused(request, f"stage-{stage}", refusal))
    messages.success(request, f"Set: it holds for what is promoted to {stage} from now on.")
    return redirect(LIST)


@by_form(PAGE)
def act_view(
    request: HttpRequest, model_admin: Any, number: int, stage: str, verb: str
) -> HttpResponse:
    """Approve a promotion, take that back, or promote; or say why not, where it was asked."""
    if verb not in _ACTS:
        return redirect(PAGE, number)
    scope, do, done = _ACTS[verb]
    demand(request, scope)
    try:
        do(request, number, stage)
    except DomainError as refusal:
        found = refused(request, f"{verb}-{stage}", refusal)
        return release_page(request, model_admin, number, found)
    messages.success(request, done.format(stage=stage))
    return redirect(PAGE, number)


def _approve(request: HttpRequest, number: int, stage: str) -> None:
    services.approve_promotion(
        number=number,
        stage=stage,
        digest=request.POST.get("digest", ""),
        comment=request.POST.get("comment", "").strip()[:4000],
        reviewer=signed_in(request).actor,
    )


def _take_back(request: HttpRequest, number: int, stage: str) -> None:
    services.take_back_promotion_approval(
        number=number,
        stage=stage,
        comment=request.POST.get("comment", "").strip()[:4000],
        reviewer=signed_in(request).actor,
    )


def _promote(request: HttpRequest, number: int, stage: str) -> None:
    services.promote_release(
        number=number,
        stage=stage,
        retire_others=request.POST.get("retire_others") == "on",
        promoted_by=signed_in(request).actor,
    )


_ACTS = {
    "approve": ("rules:approve", _approve, "Approved for {stage}."),
    "take-back": (
        "rules:approve",
        _take_back,
        "Taken back: your approval for {stage} counts no more.",
    ),
    "promote": ("rules:release", _promote, "Promoted to {stage}."),
}
