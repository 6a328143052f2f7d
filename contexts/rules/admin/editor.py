"""The editor: a new rule, or a draft of one that exists."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from contexts.calculation.messages import CheckRule
from contexts.rules import services
from contexts.rules.admin import building, tables, trying, words
from contexts.rules.admin.effects import empty_row
from contexts.rules.admin.forms import RuleForm
from contexts.rules.models import Review, RuleVersion
from contexts.rules.queries.templates import origin_of, usable_templates
from shared_kernel import bus
from shared_kernel.admin import demand, told
from shared_kernel.decisions import DecisionPoint, known_points, point_named
from shared_kernel.errors import DomainError
from shared_kernel.ids import new_id

ZONES = sorted(it for it in available_timezones() if "/" in it or it == "UTC")
HANDY = (
    ("and", " && "),
    ("or", " || "),
    ("not", "!"),
    ("in a list", ' in ["a", "b"]'),
    ("begins with", '.startsWith("")'),
    ("is known", "has()"),
    ("any line", "lines.exists(it, it.quantity >= 3)"),
    ("every line", "lines.all(it, it.quantity >= 3)"),
)


def new_rule(request: HttpRequest, model_admin: Any) -> HttpResponse:
    """Choose a decision point, then write the rule."""
    author = demand(request, "rules:write")
    point = point_named(request.GET.get("point", ""))
    if point is None:
        points = sorted(known_points().values(), key=lambda it: it.title)
        context = {"title": "New rule", "points": points, "templates": usable_templates()}
        page: HttpResponse = model_admin.page(request, "rules/points.html", context)
        return page
    if request.method != "POST":
        form = RuleForm(point=point, is_new=True)
        return _page(request, model_admin, form, version=None)
    form = RuleForm(request.POST, point=point, is_new=True)
    saved = _saved(form, author, version=None)
    return _answer(request, model_admin, form, saved, version=None)


def edit_draft(request: HttpRequest, model_admin: Any, version: RuleVersion) -> HttpResponse:
    """Show a draft in the editor, and keep what is written there."""
    author = demand(request, "rules:write")
    point = point_named(version.rule.point)
    if point is None:
        messages.error(request, f"No context opens the decision point {version.rule.point} here.")
        return redirect("admin:rules_rule_change", version.rule_id)
    if request.method != "POST":
        return _page(request, model_admin, RuleForm.showing(version, point), version=version)
    form = RuleForm(request.POST, point=point, is_new=False)
    saved = _saved(form, author, version=version)
    return _answer(request, model_admin, form, saved, version=version)


def _saved(form: RuleForm, author: str, *, version: RuleVersion | None) -> RuleVersion | None:
    """The draft as it was kept; nothing when the form says what is wrong."""
    if not form.is_valid():
        return None
    text = form.text(rule_id=str(version.rule_id if version else new_id()), version=1)
    try:
        checked = bus.ask(CheckRule(point=form.point.name, text=text))
        if checked.faults:
            form.show_faults(checked.faults)
            return None
        if version is None:
            return services.create_rule(
                slug=form.cleaned_data["slug"],
                point=form.point.name,
                text=text,
                author=author,
                window=form.window(),
            )
        return services.rewrite_draft(
            rule_id=version.rule_id,
            number=version.number,
            text=text,
            author=author,
            revision=form.cleaned_data["revision"],
            window=form.window(),
        )
    except DomainError as refusal:
        form.show_refusal(refusal)
        return None


def _answer(
    request: HttpRequest,
    model_admin: Any,
    form: RuleForm,
    saved: RuleVersion | None,
    *,
    version: RuleVersion | None,
) -> HttpResponse:
    if saved is None:
        return _page(request, model_admin, form, version=version)
    where = ("admin:rules_version", saved.rule_id, saved.number)
    if version is not None and version.made_from and not saved.made_from:
        messages.info(request, "You changed the text: it does not come from a template any more.")
    if "submit" not in request.POST:
        messages.success(request, "Saved as a draft.")
        return redirect(*where)
    try:
        services.submit_version(
            rule_id=saved.rule_id,
            number=saved.number,
            submitted_by=demand(request, "rules:write"),
        )
    except DomainError as refusal:
        return told(request, refusal, *where)
    messages.success(request, "Submitted. A colleague can review it now.")
    return redirect(*where)


def _page(
    request: HttpRequest, model_admin: Any, form: RuleForm, *, version: RuleVersion | None
) -> HttpResponse:
    point: DecisionPoint = form.point
    context = {
        "title": version.name if version else "New rule",
        "form": form,
        "version": version,
        "origin": origin_of(version) if version else None,
        "rejection": _rejection_before(version),
        "point": point,
        "rule_id": version.rule_id if version else _trial_id(form),
        "number": version.number if version else 1,
        "facts": words.fact_groups(point),
        "handy": HANDY,
        "vocabulary": building.vocabulary_of(point),
        "empty_row": empty_row(point),
        "grid": tables.grid_of_page(point),
        "cart": trying.sample_cart(point),
        "can_edit": True,
        "zones": ZONES,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    page: HttpResponse = model_admin.page(request, "rules/editor.html", context, status=status)
    return page


def _trial_id(form: RuleForm) -> UUID:
    """A rule that is not kept yet is tried under an id of its own."""
    given = form.data.get("rule_id", "") if form.is_bound else ""
    try:
        return UUID(str(given))
    except ValueError:
        return new_id()


def _rejection_before(version: RuleVersion | None) -> Review | None:
    """Why a colleague refused the version before, for whoever goes on from there."""
    if version is None:
        return None
    reviews = Review.objects.select_related("version")
    found: Review | None = reviews.filter(
        version__rule_id=version.rule_id,
        version__number=version.number - 1,
        verdict=Review.Verdict.REJECT,
    ).first()
    return found
