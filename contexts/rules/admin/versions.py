"""A rule with its versions, one version, the inbox, and what may be done to a version."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from contexts.rules import queries, services
from contexts.rules.admin import tables, trying, words
from contexts.rules.admin.editor import edit_draft
from contexts.rules.errors import AuthorCannotReview
from contexts.rules.models import (
    DECIDED,
    Promotion,
    Review,
    Rollout,
    Rule,
    RuleTemplateVersion,
    RuleVersion,
    Status,
    standing,
)
from contexts.rules.queries import rollouts
from contexts.rules.queries.templates import origin_of
from contexts.rules.queries.waiting import WaitingRelease, templates_of, waiting_for
from shared_kernel.admin import demand, may, told
from shared_kernel.decisions import point_named
from shared_kernel.errors import DomainError, NotFound

LIST = "admin:rules_rule_changelist"


def inbox(request: HttpRequest, model_admin: Any) -> HttpResponse:
    """What waits for whoever is signed in; and what they wrote that waits for others."""
    actor = demand(request, "rules:read")
    waiting = waiting_for(actor) if may(request, "rules:approve") else []
    in_review = RuleVersion.objects.select_related("rule").filter(status=Status.IN_REVIEW)
    mine = [it for it in in_review if actor in {it.author, it.submitted_by}]
    approved = RuleVersion.objects.select_related("rule").filter(status=Status.APPROVED)
    context: dict[str, Any] = {
        "title": "Waiting for approval",
        "may_approve": may(request, "rules:approve"),
        "waiting": _in_list(it.of for it in waiting if isinstance(it.of, RuleVersion)),
        "templates": [it.of for it in waiting if isinstance(it.of, RuleTemplateVersion)],
        "releases": [
            {"of": it.of, "by": words.person(it.of.release.made_by)}
            for it in waiting
            if isinstance(it.of, WaitingRelease)
        ],
        "my_templates": templates_of(actor),
        "mine": _in_list(mine),
        "approved": _in_list(approved) if may(request, "rules:activate") else [],
    }
    context["count"] = sum(len(context[it]) for it in ("waiting", "templates", "releases"))
    context["my_count"] = len(mine) + len(context["my_templates"])
    page: HttpResponse = model_admin.page(request, "rules/inbox.html", context)
    return page


def _in_list(versions: Iterable[RuleVersion]) -> list[dict[str, Any]]:
    listed = list(versions)
    said = queries.said_of(listed)
    return [
        {
            "version": version,
            "point": words.title_of(version.rule.point),
            "author": words.person(version.author),
            "in_words": said[version.id].sentence,
        }
        for version in listed
    ]


def rule_page(request: HttpRequest, model_admin: Any, rule_id: str) -> HttpResponse:
    """A rule: what decides now, and its versions in time."""
    actor = demand(request, "rules:read")
    rule = _rule(rule_id)
    if rule is None:
        return told(request, NotFound(what="rule", id=rule_id), LIST)
    versions = list(
        rule.versions.select_related("rule").prefetch_related("reviews").order_by("-number")
    )
    active = next((it for it in versions if it.status == Status.ACTIVE), None)
    shown = active or next((it for it in versions if it.status == Status.PAUSED), None)
    shown = shown or next((it for it in versions if it.status != Status.DRAFT), None)
    active_said = queries.said_of([active])[active.id] if active else None
    possible = {**_beside(shown), **_possible(request, shown, actor)} if shown else {}
    context = {
        "title": versions[0].name if versions else rule.slug,
        "rule": rule,
        "point": words.title_of(rule.point),
        "active": active,
        "origin": origin_of(active or versions[0]) if versions else None,
        "newest": versions[0] if versions else None,
        "active_said": active_said,
        "table": tables.shown(active, tuple(line for _, line in active_said.outline))
        if active and active_said
        else None,
        "active_effects": words.effects_of(active) if active else [],
        "versions": [{"version": it, "life": words.life_of(it)} for it in versions],
        "can_draft": False,
        "can_write": may(request, "rules:write"),
        "may_read_log": may(request, "eventlog:read"),
        "may_read_audit": may(request, "audit:read"),
        "shown": shown,
        **possible,
    }
    page: HttpResponse = model_admin.page(request, "rules/rule.html", context)
    return page


def _rule(rule_id: str) -> Rule | None:
    try:
        found: Rule | None = Rule.objects.filter(id=UUID(rule_id)).first()
    except ValueError:
        return None
    return found


def version_page(
    request: HttpRequest, model_admin: Any, rule_id: UUID, number: int
) -> HttpResponse:
    """One version: the editor while it is a draft, else what a reviewer has to read."""
    actor = demand(request, "rules:read")
    try:
        version = queries.version_of(rule_id=rule_id, number=number)
    except NotFound as missing:
        return told(request, missing, LIST)
    if version.status == Status.DRAFT and may(request, "rules:write"):
        return edit_draft(request, model_admin, version)
    if request.method == "POST":
        text = f"Version {number} is {version.get_status_display().lower()} now: it does not change any more."
        messages.error(request, f"{text} What you wrote was not kept.")
        return redirect("admin:rules_version", rule_id, number)
    point = point_named(version.rule.point)
    said = queries.said_of([version])[version.id]
    context = {
        "title": version.name,
        "version": version,
        "point": point,
        "point_title": words.title_of(version.rule.point),
        "life": words.life_of(version),
        "standing": words.standing_of(version),
        **_beside(version),
        "approvals": words.approvals_of(version),
        "comments": words.comments_on(version),
        "said": said,
        "table": tables.shown(version, tuple(line for _, line in said.outline)),
        "effects": words.effects_of(version),
        "cart": trying.sample_cart(point) if point else None,
        "origin": origin_of(version),
        **words.changes_in(version),
        **_possible(request, version, actor),
    }
    page: HttpResponse = model_admin.page(request, "rules/version.html", context)
    return page


def _beside(version: RuleVersion) -> dict[str, Any]:
    """The version that waits for its time beside one that decides or is paused; the paused one beside one that waits; what is tried."""
    waiting = queries.waiting_of(version) if version.status in DECIDED else None
    paused = None
    if version.status == Status.SCHEDULED:
        paused = RuleVersion.objects.filter(rule_id=version.rule_id, status=Status.PAUSED).first()
    rollout = rollouts.trying(version.rule_id)
    return {
        "waiting": waiting,
        "waiting_from": words.standing_of(waiting)["starts"] if waiting else "",
        "paused_beside": paused,
        "tried": _tried(rollout, version) if rollout else None,
    }


def _tried(rollout: Rollout, version: RuleVersion) -> dict[str, Any]:
    """Which version of the rule a roll-out tries, and on how many."""
    number = next(
        it.number for it in rollouts.tried_by(rollout).values() if it.rule_id == version.rule_id
    )
    percent = rollout.percent
    return {
        "number": number,
        "rollout": rollout,
        "on": f"on {percent:f} % of the customers" if percent else "in the shadow, on nobody",
    }


def _possible(request: HttpRequest, version: RuleVersion, actor: str) -> dict[str, Any]:
    """What whoever is signed in may do with this version, and why not."""
    own = actor in {version.author, version.submitted_by}
    in_review = version.status == Status.IN_REVIEW
    mine = next((it for it in standing(version.reviews.all()) if it.reviewer == actor), None)
    reviewed = in_review and mine is not None
    drafts = RuleVersion.objects.filter(rule_id=version.rule_id, status=Status.DRAFT)
    return {
        "judged_again": version.status in {Status.IN_REVIEW, Status.APPROVED},
        "can_review": in_review and not own and not reviewed and may(request, "rules:approve"),
        "own_work": str(AuthorCannotReview(reviewer="You")) if in_review and own else "",
        "lacks_scope": in_review and not own and not may(request, "rules:approve"),
        "can_take_back": mine is not None
        and mine.verdict == Review.Verdict.APPROVE
        and version.status in {Status.IN_REVIEW, Status.APPROVED}
        and may(request, "rules:approve")
        and Promotion.of_member(version.rule_id, version.number) is None,
        "can_activate": version.status == Status.APPROVED and may(request, "rules:activate"),
        "can_retire": version.status in DECIDED and may(request, "rules:activate"),
        "can_write": may(request, "rules:write"),
        "reviewed": reviewed,
        "can_draft": may(request, "rules:write") and not drafts.exists(),
        "may_activate": may(request, "rules:activate"),
        "lacks": _lacking(request, version),
    }


def _lacking(request: HttpRequest, version: RuleVersion) -> list[tuple[str, str]]:
    """What could be done with this version by somebody with the permission, where nothing else on the page says so."""
    acts = [
        ("Pausing and retiring", "rules:activate", version.status == Status.ACTIVE),
        ("Writing and submitting", "rules:write", version.status == Status.DRAFT),
        (
            "A new draft",
            "rules:write",
            version.status in {*DECIDED, Status.REJECTED, Status.RETIRED},
        ),
    ]
    return [(what, scope) for what, scope, due in acts if due and not may(request, scope)]


@require_POST
def begin_draft(request: HttpRequest, model_admin: Any, rule_id: UUID) -> HttpResponse:
    """A new draft with the newest version's content."""
    del model_admin
    author = demand(request, "rules:write")
    try:
        draft = services.draft_version(rule_id=rule_id, text=None, author=author)
    except DomainError as refusal:
        return told(request, refusal, "admin:rules_rule_change", rule_id)
    return redirect("admin:rules_version", rule_id, draft.number)
