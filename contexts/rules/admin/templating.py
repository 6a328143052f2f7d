"""Templates: which there are, writing one, reading and approving one. Filling one in is `filling`."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

import msgspec
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from contexts.calculation.messages import CheckedTemplate, CheckTemplate
from contexts.rules import services
from contexts.rules.admin import building, words
from contexts.rules.admin.blanks import with_blanks
from contexts.rules.admin.editor import HANDY
from contexts.rules.admin.effects import empty_row
from contexts.rules.admin.filling import bounds_in_words
from contexts.rules.admin.templateforms import KINDS, ParameterRow, TemplateForm
from contexts.rules.errors import AuthorCannotReview
from contexts.rules.models import RuleTemplateVersion, RuleVersion, TemplateStatus
from contexts.rules.queries import templates as queries
from shared_kernel import bus
from shared_kernel.admin import demand, may, signed_in, told
from shared_kernel.decisions import known_points, point_named
from shared_kernel.errors import DomainError, NotFound

LIST, PAGE = "admin:rules_templates", "admin:rules_template"
SHOWN = 50
CODE = {"Condition", "Effects"}  # of which the plain words say the same


def templates_page(request: HttpRequest, model_admin: Any) -> HttpResponse:
    """Every template with the version that is used, and what waits for a colleague."""
    demand(request, "rules:read")
    context = {
        "title": "Templates",
        "templates": [_listed(it) for it in queries.templates()],
        "may_write": may(request, "rules:write"),
    }
    page: HttpResponse = model_admin.page(request, "rules/templates.html", context)
    return page


def _listed(template: Any) -> dict[str, Any]:
    versions = sorted(template.versions.all(), key=lambda it: -it.number)
    used = next((it for it in versions if it.status == TemplateStatus.APPROVED), None)
    others = [it for it in versions[:1] if it is not used]
    shown = used or versions[0]
    return {
        "of": template,
        "point": words.title_of(template.point),
        "version": shown,
        "used": used,
        "others": others,
        "in_words": queries.template_checked(shown).in_words,
    }


def new_template(request: HttpRequest, model_admin: Any) -> HttpResponse:
    """Choose a decision point, then write the template."""
    author = demand(request, "rules:write")
    point = point_named(request.GET.get("point", ""))
    if point is None:
        points = sorted(known_points().values(), key=lambda it: it.title)
        context = {"title": "New template", "points": points, "of_templates": True}
        page: HttpResponse = model_admin.page(request, "rules/points.html", context)
        return page
    if request.method != "POST":
        return _editor(request, model_admin, TemplateForm(point=point, is_new=True), None)
    form = TemplateForm(request.POST, point=point, is_new=True)
    return _answer(request, model_admin, form, _saved(form, author, None), None)


def template_page(
    request: HttpRequest, model_admin: Any, template_id: UUID, number: int
) -> HttpResponse:
    """One version: the editor while it is a draft, else what a reviewer has to read."""
    actor = demand(request, "rules:read")
    try:
        version = queries.template_version(template_id, number)
    except NotFound as missing:
        return told(request, missing, LIST)
    point = point_named(version.template.point)
    if version.status == TemplateStatus.DRAFT and may(request, "rules:write") and point:
        if request.method != "POST":
            return _editor(request, model_admin, TemplateForm.of_template(version, point), version)
        form = TemplateForm(request.POST, point=point, is_new=False)
        return _answer(request, model_admin, form, _saved(form, actor, version), version)
    before = queries.template_before(version)
    changes = queries.template_difference(before, version) if before else []
    made = RuleVersion.objects.filter(made_from=version).select_related("rule").order_by("-id")
    in_review = version.status == TemplateStatus.IN_REVIEW
    own = actor in {version.author, version.submitted_by}
    context = {
        "title": version.name,
        "version": version,
        "point_title": words.title_of(version.template.point),
        "in_words": with_blanks(queries.template_checked(version).in_words, version.parameters),
        "called": with_blanks(version.content["name"], version.parameters),
        "receipt": with_blanks(version.content["reason"], version.parameters),
        "parameters": [_shown(it) for it in version.parameters],
        "before": before,
        "changes": [it for it in changes if it["field"] not in CODE],
        "code_changes": [it for it in changes if it["field"] in CODE],
        "made": made[:SHOWN],
        "life": _life(version),
        "versions": version.template.versions.order_by("-number"),
        "can_review": in_review and not own and may(request, "rules:approve"),
        "own_work": str(AuthorCannotReview(reviewer="You")) if in_review and own else "",
        "lacks_scope": in_review and not own and not may(request, "rules:approve"),
        "can_use": version.status == TemplateStatus.APPROVED and may(request, "rules:write"),
        "can_take_back": version.status == TemplateStatus.APPROVED and version.reviewer == actor
        and not made.exists() and may(request, "rules:approve"),
        "can_retire": version.status == TemplateStatus.APPROVED and may(request, "rules:approve"),
        "can_draft": may(request, "rules:write")
        and not version.template.versions.filter(status=TemplateStatus.DRAFT).exists(),
    }  # fmt: skip
    page: HttpResponse = model_admin.page(request, "rules/template.html", context)
    return page


def _shown(parameter: dict[str, Any]) -> dict[str, Any]:
    may_be = ", ".join(parameter["choices"]) or bounds_in_words(parameter) or "Anything."
    return {
        **parameter,
        "kind_words": dict(KINDS)[parameter["kind"]],
        "may_be": may_be,
        "default_words": queries.said(parameter["default"]),
    }


def _life(version: RuleTemplateVersion) -> list[dict[str, Any]]:
    approved = version.status in {TemplateStatus.APPROVED, TemplateStatus.RETIRED}
    verdict, mark = ("Approved", "approved") if approved else ("Rejected", "rejected")
    steps = [
        ("Written", version.author, version.created_at, "draft", ""),
        ("Submitted", version.submitted_by, version.submitted_at, "in_review", ""),
        (
            "Approval taken back",
            version.taken_back_by,
            version.taken_back_at,
            "rejected",
            version.taken_back_why,
        ),
        (verdict, version.reviewer, version.decided_at, mark, version.comment),
        ("Retired", version.retired_by, version.retired_at, "retired", ""),
    ]
    return [
        {"what": what, "who": words.person(who), "when": when, "mark": of, "comment": comment}
        for what, who, when, of, comment in steps
        if when is not None
    ]


def _saved(
    form: TemplateForm, author: str, version: RuleTemplateVersion | None
) -> RuleTemplateVersion | None:
    """The draft as it was kept; nothing when the form says what is wrong."""
    if not form.is_valid():
        return None
    try:
        checked = bus.ask(CheckTemplate(point=form.point.name, template=form.template))
        if checked.faults:
            form.show_faults(checked.faults)
            return None
        if version is None:
            return services.create_template(
                slug=form.cleaned_data["slug"], point=form.point.name,
                text=form.template, author=author,
            )  # fmt: skip
        return services.rewrite_template(
            template_id=version.template_id, number=version.number, text=form.template,
            author=author, revision=form.cleaned_data["revision"],
        )  # fmt: skip
    except DomainError as refusal:
        form.show_refusal(refusal)
        return None


def _answer(
    request: HttpRequest,
    model_admin: Any,
    form: TemplateForm,
    saved: RuleTemplateVersion | None,
    version: RuleTemplateVersion | None,
) -> HttpResponse:
    if saved is None:
        return _editor(request, model_admin, form, version)
    where = (PAGE, saved.template_id, saved.number)
    if "submit" not in request.POST:
        messages.success(request, "Saved as a draft.")
        return redirect(*where)
    try:
        services.submit_template(
            template_id=saved.template_id, number=saved.number,
            submitted_by=demand(request, "rules:write"),
        )  # fmt: skip
    except DomainError as refusal:
        return told(request, refusal, *where)
    messages.success(request, "Submitted. Once a colleague has approved it, it can be filled in.")
    return redirect(*where)


def _editor(
    request: HttpRequest, model_admin: Any, form: TemplateForm, version: RuleTemplateVersion | None
) -> HttpResponse:
    context = {
        "title": version.name if version else "New template",
        "form": form,
        "version": version,
        "point": form.point,
        "facts": words.fact_groups(form.point),
        "handy": HANDY,
        "vocabulary": building.vocabulary_of(form.point),
        "empty_row": empty_row(form.point),
        "empty_parameter": ParameterRow("__index__", {"kind": "percent"}),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    page: HttpResponse = model_admin.page(
        request, "rules/template_editor.html", context, status=status
    )
    return page


@require_POST
def check_view(request: HttpRequest, model_admin: Any) -> HttpResponse:
    """Whether the condition is sound beside the parameters, as far as both are typed; as JSON."""
    del model_admin
    demand(request, "rules:read")
    checked = _checked(request)
    about = tuple(it for it in checked.faults if it.pointer == "/rule/condition")
    left = [it.message for it in checked.faults if it not in about]
    said = {
        "faults": msgspec.to_builtins(about),
        "canonical": "",
        "in_words": checked.in_words or f"The condition is fine so far. Then: {'; '.join(left)}.",
    }
    return JsonResponse(said)


@require_POST
def say_view(request: HttpRequest, model_admin: Any) -> HttpResponse:
    """What the template as far as it is written says; nothing while it is not sound."""
    del model_admin
    demand(request, "rules:read")
    return JsonResponse({"sentence": _checked(request).in_words})


def _checked(request: HttpRequest) -> CheckedTemplate:
    """The template as far as it is written: names that are still missing are no fault yet."""
    point = point_named(request.POST.get("point", ""))
    if point is None:
        return CheckedTemplate()
    posted = request.POST.copy()
    for name in ("called", "name", "reason"):
        posted[name] = posted.get(name) or "…"
    posted["condition"] = posted.get("condition") or "true"
    form = TemplateForm(posted, point=point, is_new=False)
    if not form.is_valid():
        return CheckedTemplate()
    return bus.ask(CheckTemplate(point=point.name, template=form.template))


@require_POST
def act_view(
    request: HttpRequest, model_admin: Any, template_id: UUID, number: int, verb: str
) -> HttpResponse:
    """Draft, discard, approve, take that back, send back, retire; or say why not."""
    del model_admin
    where: tuple[Any, ...] = (PAGE, template_id, number)
    if verb not in _ACTS:
        return redirect(*where)
    scope, done = _ACTS[verb]
    actor = demand(request, scope)
    read: dict[str, Any] = {
        "content_hash": request.POST.get("content_hash", ""),
        "comment": request.POST.get("comment", "").strip(),
    }
    about: dict[str, Any] = {"template_id": template_id, "number": number}
    try:
        if verb == "draft":
            draft = services.draft_template(template_id=template_id, text=None, author=actor)
            where = (PAGE, template_id, draft.number)
        elif verb == "discard":
            services.discard_template(**about, discarded_by=actor)
            where = (LIST,)
        elif verb == "approve":
            services.approve_template(**about, reviewer=actor, **read)
        elif verb == "reject":
            services.reject_template(**about, reviewer=actor, **read)
        elif verb == "take-back":
            services.take_back_template_approval(
                **about, reviewer=actor, comment=read["comment"][:4000]
            )
        else:
            services.retire_template(**about, retired_by=signed_in(request).actor)
    except DomainError as refusal:
        return told(request, refusal, *where)
    messages.success(request, done)
    return redirect(*where)


_ACTS = {
    "draft": ("rules:write", "A draft that begins with the newest version's content."),
    "discard": ("rules:write", "Discarded."),
    "approve": ("rules:approve", "Approved. Rules can be made from it now."),
    "reject": ("rules:approve", "Sent back."),
    "take-back": ("rules:approve", "Taken back: your approval counts no more. It is in review."),
    "retire": ("rules:approve", "Retired. No rule is made from it any more; those that were decide on."),
}  # fmt: skip
