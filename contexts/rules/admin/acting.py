"""What may be done to a version at its page: each step asks the use case, and says what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from contexts.rules import queries, services
from contexts.rules.admin import words
from contexts.rules.models import Rule, RuleVersion
from shared_kernel.admin import demand, signed_in, told
from shared_kernel.errors import DomainError

LIST = "admin:rules_rule_changelist"
ACTIVATES = "rules:activate"
MOST = 200  # rules in one bulk action
TOLD = 10  # sentences about single rules after a bulk action
ENDED = {"pause": "Paused", "retire": "Retired"}  # after which another version may begin by itself
MOST_PROVED = (
    10  # of what is submitted or resumed the guardrails are proved, which takes seconds each
)


class Act(NamedTuple):
    """A step: who may take it, what it does, and what is said afterwards."""

    scope: str
    do: Callable[[HttpRequest, UUID, int], RuleVersion | None]
    done: Callable[[RuleVersion | None], str]


def _said(text: str) -> Callable[[RuleVersion | None], str]:
    return lambda _version: text


@require_POST
def act(
    request: HttpRequest, model_admin: Any, rule_id: UUID, number: int, verb: str
) -> HttpResponse:
    """Do one step of a version's life, or say why it was refused."""
    del model_admin
    step = ACTS.get(verb)
    if step is None:
        return redirect("admin:rules_version", rule_id, number)
    demand(request, step.scope)
    try:
        version = step.do(request, rule_id, number)
    except DomainError as refusal:
        return told(request, refusal, *_where(request, rule_id, number))
    messages.success(request, step.done(version))
    if version is not None:
        return redirect(*_where(request, version.rule_id, version.number))
    if verb == "discard":
        kept = Rule.objects.filter(id=rule_id).exists()
        return redirect("admin:rules_rule_change", rule_id) if kept else redirect(LIST)
    return redirect("admin:rules_version", rule_id, number)


def _where(request: HttpRequest, rule_id: UUID, number: int) -> tuple[Any, ...]:
    """The page at which it was asked: the rule's, else the version's."""
    if request.POST.get("back") == "rule":
        return ("admin:rules_rule_change", rule_id)
    return ("admin:rules_version", rule_id, number)


def _actor(request: HttpRequest) -> str:
    return signed_in(request).actor


def _given(request: HttpRequest, name: str, most: int = 4000) -> str:
    return request.POST.get(name, "").strip()[:most]


def _submit(request: HttpRequest, rule_id: UUID, number: int) -> RuleVersion:
    return services.submit_version(rule_id=rule_id, number=number, submitted_by=_actor(request))


def _approve(request: HttpRequest, rule_id: UUID, number: int) -> RuleVersion:
    return services.approve_version(
        rule_id=rule_id,
        number=number,
        reviewer=_actor(request),
        content_hash=request.POST.get("content_hash", ""),
        comment=_given(request, "comment"),
    )


def _approved(version: RuleVersion | None) -> str:
    if version is not None and version.status == "in_review":
        return "Approved by you. Others have to approve it too."
    return "Approved. It decides as soon as somebody activates it."


def _reject(request: HttpRequest, rule_id: UUID, number: int) -> RuleVersion:
    return services.reject_version(
        rule_id=rule_id,
        number=number,
        reviewer=_actor(request),
        content_hash=request.POST.get("content_hash", ""),
        comment=_given(request, "comment"),
    )


def _take_back(request: HttpRequest, rule_id: UUID, number: int) -> RuleVersion:
    return services.take_back_approval(
        rule_id=rule_id,
        number=number,
        reviewer=_actor(request),
        comment=_given(request, "comment"),
    )


def _taken_back(version: RuleVersion | None) -> str:
    if version is not None and version.status == "approved":
        return "Taken back. It stays approved: others have approved it as well."
    return "Taken back: your approval counts no more. It is in review."


def _activate(request: HttpRequest, rule_id: UUID, number: int) -> RuleVersion:
    return services.activate_version(rule_id=rule_id, number=number, activated_by=_actor(request))


def _activated(version: RuleVersion | None) -> str:
    if version is not None and version.status == "scheduled":
        return f"Scheduled: it begins by itself on {version.starts.replace('T', ' at ')} ({version.time_zone})."
    return "Active: from now on every cart is priced by this version."


def _unschedule(request: HttpRequest, rule_id: UUID, number: int) -> RuleVersion:
    return services.unschedule_version(
        rule_id=rule_id, number=number, unscheduled_by=_actor(request)
    )


def _pause(request: HttpRequest, rule_id: UUID, number: int) -> RuleVersion:
    return services.pause_version(
        rule_id=rule_id,
        number=number,
        paused_by=_actor(request),
        reason=_given(request, "reason", 400),
        unschedule=request.POST.get("unschedule") == "on",
    )


def _paused(version: RuleVersion | None) -> str:
    waiting = queries.waiting_of(version) if version is not None else None
    if waiting is None:
        return "Paused: it decides nothing until somebody resumes it."
    return f"Paused. {_begins_next(waiting)}"


def _begins_next(waiting: RuleVersion) -> str:
    starts = words.standing_of(waiting)["starts"]
    return f"But version {waiting.number} begins by itself on {starts}: take it off the calendar if it should not."


def _resume(request: HttpRequest, rule_id: UUID, number: int) -> RuleVersion:
    return services.resume_version(rule_id=rule_id, number=number, resumed_by=_actor(request))


def _retire(request: HttpRequest, rule_id: UUID, number: int) -> RuleVersion:
    return services.retire_version(
        rule_id=rule_id,
        number=number,
        retired_by=_actor(request),
        unschedule=request.POST.get("unschedule") == "on",
    )


def _retired(version: RuleVersion | None) -> str:
    waiting = queries.waiting_of(version) if version is not None else None
    if waiting is None:
        return "Retired: the rule does not decide any more."
    return f"Retired. {_begins_next(waiting)}"


def _discard(request: HttpRequest, rule_id: UUID, number: int) -> None:
    services.discard_draft(rule_id=rule_id, number=number, discarded_by=_actor(request))


def _roll_back(request: HttpRequest, rule_id: UUID, number: int) -> RuleVersion:
    return services.roll_back(rule_id=rule_id, to=number, author=_actor(request))


def _clone(request: HttpRequest, rule_id: UUID, number: int) -> RuleVersion:
    return services.clone_rule(
        rule_id=rule_id,
        number=number,
        slug=_given(request, "slug", 80),
        name=_given(request, "name", 120),
        author=_actor(request),
    )


def _comment(request: HttpRequest, rule_id: UUID, number: int) -> None:
    text = _given(request, "text")
    mentions = [f"user:{word[1:].rstrip('.,:;!?')}" for word in text.split() if word[:1] == "@"]
    services.comment_on(
        rule_id=rule_id, number=number, author=_actor(request), text=text, mentions=mentions
    )


ACTS = {
    "submit": Act("rules:write", _submit, _said("Submitted. A colleague can review it now.")),
    "discard": Act("rules:write", _discard, _said("The draft is gone.")),
    "approve": Act("rules:approve", _approve, _approved),
    "reject": Act("rules:approve", _reject, _said("Sent back to its author with your comment.")),
    "take-back": Act("rules:approve", _take_back, _taken_back),
    "activate": Act(ACTIVATES, _activate, _activated),
    "unschedule": Act(ACTIVATES, _unschedule, _said("Taken off the calendar: it does not begin by itself.")),
    "pause": Act(ACTIVATES, _pause, _paused),
    "resume": Act(ACTIVATES, _resume, _said("Resumed: it decides again, as it was approved.")),
    "retire": Act(ACTIVATES, _retire, _retired),
    "roll-back": Act("rules:write", _roll_back, _said("A draft with that version's content. Submit it, and it is reviewed like any other.")),
    "clone": Act("rules:write", _clone, _said("A new rule with this content, as a draft.")),
    "comment": Act("rules:read", _comment, _said("Said.")),
}  # fmt: skip


def in_bulk(request: HttpRequest, rules: Any, verb: str) -> None:
    """Take one step with each chosen rule's fitting version; those that refuse are named, the others are done."""
    step, status = (
        ACTS[verb],
        {"pause": "active", "resume": "paused", "retire": "active", "submit": "draft"}[verb],
    )
    demand(request, step.scope)
    is_proved = verb in {"submit", "resume"}
    most = MOST_PROVED if is_proved else MOST
    chosen = list(rules[: most + 1])
    if len(chosen) > most:
        why = " Each is proved against its guardrails first." if is_proved else ""
        messages.error(request, f"Nothing was done: choose at most {most} rules at once.{why}")
        return
    done: list[UUID] = []
    refused: list[str] = []
    for rule in chosen:
        version = RuleVersion.objects.filter(rule_id=rule.pk, status=status).first()
        if version is None:
            refused.append(f"{rule.slug}: it has no version that is {status}.")
            continue
        try:
            step.do(request, version.rule_id, version.number)
            done.append(version.rule_id)
        except DomainError as refusal:
            refused.append(f"{rule.slug}: {refusal}")
    waiting = queries.waiting_in(done) if verb in ENDED else []
    if done:
        said = f"{ENDED[verb]}." if waiting else step.done(None)
        messages.success(request, f"{len(done)} rules: {said}")
    _each(
        request, messages.warning, [f"{it.rule.slug}: {ENDED[verb]}. {_begins_next(it)}" for it in waiting]
    )  # fmt: skip
    _each(request, messages.error, refused)


def _each(request: HttpRequest, tell: Callable[[HttpRequest, str], None], said: list[str]) -> None:
    """Each sentence for itself, as many as one reads."""
    for sentence in said[:TOLD]:
        tell(request, sentence)
    if len(said) > TOLD:
        tell(request, f"and {len(said) - TOLD} more.")
