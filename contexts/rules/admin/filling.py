"""Filling a template in: a form made of its parameters, which says as it is filled in what the rule will say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_POST

from contexts.calculation.messages import Fault, FilledTemplate, FillTemplate
from contexts.rules import services
from contexts.rules.admin import building, words
from contexts.rules.admin.editor import ZONES
from contexts.rules.admin.forms import RuleForm
from contexts.rules.admin.templateforms import parts_of
from contexts.rules.models import Rule, RuleTemplateVersion, RuleVersion, Status
from contexts.rules.queries import templates as queries
from shared_kernel import bus
from shared_kernel.admin import demand, told
from shared_kernel.decisions import Window, point_named
from shared_kernel.errors import DomainError, NotFound
from shared_kernel.ids import new_id
from shared_kernel.zones import zone_named

WINDOW = ("starts", "ends", "time_zone")


class FillingForm(forms.Form):
    """A field for each parameter, and what a rule has beside its text; what is wrong is said by whoever checks."""

    slug = RuleForm.base_fields["slug"]
    starts = RuleForm.base_fields["starts"]
    ends = RuleForm.base_fields["ends"]
    time_zone = RuleForm.base_fields["time_zone"]

    def __init__(
        self,
        data: Any = None,
        *,
        version: RuleTemplateVersion,
        suggestions: Mapping[str, list[str]],
        rule: Rule | None,
        arguments: Mapping[str, Any] | None = None,
        initial: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(data, initial=initial)
        if rule is not None:
            del self.fields["slug"]
        else:
            self.fields["slug"].required = False  # it follows from what the rule is called
        self.parameters = version.text.parameters
        for it in version.parameters:
            name = f"arg-{it['name']}"
            self.fields[name] = _field(it, suggestions.get(it["name"], []))
            given = (arguments or {}).get(it["name"], it["default"])
            self.initial[name] = _shown(it["kind"], given)

    @property
    def asked(self) -> list[dict[str, Any]]:
        """The fields of the parameters in order, each with values to suggest."""
        return [
            {"field": self[f"arg-{it.name}"], "kind": it.kind,
             "suggestions": self.fields[f"arg-{it.name}"].widget.attrs.get("data-values", [])}
            for it in self.parameters
        ]  # fmt: skip

    def window(self) -> Window:
        given = self.cleaned_data
        return Window(given["starts"], given["ends"], given["time_zone"] or "UTC")

    def show_faults(self, faults: Iterable[Fault]) -> None:
        """Each fault at its field; what is about none, above the form."""
        for fault in faults:
            name = f"arg-{fault.pointer.rpartition('/')[2]}"
            self.add_error(name if name in self.fields else None, sentence(fault.message))

    def show_refusal(self, refusal: DomainError) -> None:
        """Why it was refused, at the field it is about or above the form."""
        names = [pointer.strip("/") for pointer in refusal.pointers]
        known = [name for name in names if name in self.fields]
        self.add_error(known[0] if known else None, str(refusal))


def sentence(message: str) -> str:
    return f"{message[:1].upper()}{message[1:].rstrip('.')}."


def _field(it: Mapping[str, Any], suggestions: list[str]) -> forms.Field:
    """A field of the parameter's kind; bounds are told, and checked by whoever fills the template."""
    attributes: dict[str, Any] = {"class": "v-input", "autocomplete": "off"}
    kind, name = it["kind"], it["name"]
    common = {"label": it["label"], "required": False, "help_text": _help(it)}
    if kind == "choice":
        choices = [("", "Choose…"), *((value, value) for value in it["choices"])]
        return forms.ChoiceField(choices=choices, widget=forms.Select(attrs=attributes), **common)
    if kind == "yes_no":
        return forms.BooleanField(widget=forms.CheckboxInput(attrs={"class": "v-check"}), **common)
    if kind == "list":
        area = forms.Textarea(attrs={**attributes, "rows": 3})
        return forms.CharField(max_length=10_000, widget=area, **common)
    if kind == "moment":
        attributes |= {"type": "datetime-local", "step": 60}
    elif kind == "text":
        if suggestions:
            attributes |= {"list": f"values-{name}", "data-values": suggestions}
    else:
        attributes |= {"inputmode": "numeric" if kind == "number" else "decimal"}
    return forms.CharField(max_length=1000, widget=forms.TextInput(attrs=attributes), **common)


def _help(it: Mapping[str, Any]) -> str:
    bounds = bounds_in_words(it)
    also = {
        "money": "In the cart's currency.",
        "list": "One a line.",
        "moment": f"In {timezone.get_current_timezone_name()}.",
    }
    return " ".join(filter(None, (it["help"], bounds, also.get(it["kind"], ""))))


def bounds_in_words(it: Mapping[str, Any]) -> str:
    """Which values a parameter may have: "From 1 to 30 %."; nothing where every value will do."""
    least, most = it["least"], it["most"]
    if it["kind"] in {"percent", "money"}:
        least = least or "0"
    if it["kind"] == "percent":
        most = most or "100"
    unit = " %" if it["kind"] == "percent" else ""
    if least and most:
        said = f"From {least} to {most}{unit}."
    else:
        said = f"At least {least}{unit}." if least else f"At most {most}{unit}." if most else ""
    if it["kind"] in {"text", "list"} and said:
        return f"Length: {said[0].lower()}{said[1:]}"
    return said


def _shown(kind: str, value: Any) -> Any:
    if kind == "list" and isinstance(value, list):
        return "\n".join(value)
    if kind == "moment" and value:
        moment = datetime.fromisoformat(str(value))
        return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M")
    return value


def arguments_in(posted: Mapping[str, str], version: RuleTemplateVersion) -> dict[str, Any]:
    """What a form states, by the names of the parameters; what was left empty is not stated."""
    found: dict[str, Any] = {}
    for it in version.parameters:
        written = posted.get(f"arg-{it['name']}", "").strip()
        if it["kind"] == "yes_no":
            found[it["name"]] = bool(written)
        elif written:
            found[it["name"]] = _read(it["kind"], written, posted.get("zone", ""))
    return found


def _read(kind: str, written: str, zone: str) -> Any:
    if kind == "list":
        return parts_of(written)
    if kind == "moment":
        try:
            local = datetime.fromisoformat(written)
        except ValueError:
            return written
        by = zone_named(zone) or timezone.get_current_timezone()  # the zone that the form names
        return (local if local.tzinfo else local.replace(tzinfo=by)).isoformat()
    return written.replace(",", ".") if kind in {"percent", "money", "decimal"} else written


def use_page(
    request: HttpRequest, model_admin: Any, template_id: UUID, number: int
) -> HttpResponse:
    """The form, and the rule that is made of it: a new one, or the next version of the one that `rule` names."""
    author = demand(request, "rules:write")
    try:
        version = queries.template_version(template_id, number)
        rule = _rule_in(request)
    except NotFound as missing:
        return told(request, missing, "admin:rules_templates")
    before = _newest_of(rule, version)
    form = FillingForm(
        request.POST if request.method == "POST" else None,
        version=version,
        suggestions=_suggestions(version),
        rule=rule,
        arguments=before.arguments if before else None,
        initial={name: getattr(before, name) for name in WINDOW} if before else {},
    )
    if request.method == "POST" and form.is_valid():
        made = _kept(request, form, version, rule, author)
        if made is not None:
            return _made(request, made)
    context = {
        "title": version.name,
        "version": version,
        "form": form,
        "rule": rule,
        "point_title": words.title_of(version.template.point),
        "zones": ZONES,
        "zone": timezone.get_current_timezone_name(),
        "rule_id": rule.id if rule else new_id(),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    page: HttpResponse = model_admin.page(
        request, "rules/template_use.html", context, status=status
    )
    return page


def _kept(
    request: HttpRequest,
    form: FillingForm,
    version: RuleTemplateVersion,
    rule: Rule | None,
    author: str,
) -> RuleVersion | None:
    """The draft as it was kept; nothing when the form says what is wrong."""
    given = arguments_in(request.POST, version)
    try:
        filled = _filled(version, given)
        if filled.faults or filled.text is None:
            form.show_faults(filled.faults)
            return None
        return services.make_rule(
            template_id=version.template_id,
            number=version.number,
            arguments=given,
            author=author,
            slug="" if rule else form.cleaned_data["slug"] or _slug_of(filled.text.name),
            rule_id=rule.id if rule else None,
            window=form.window(),
        )
    except DomainError as refusal:
        form.show_refusal(refusal)
        return None


def _slug_of(name: str) -> str:
    """As the page proposes it while it is filled in."""
    return slugify(name.replace("%", " percent "))[:80].strip("-")


def _filled(version: RuleTemplateVersion, given: dict[str, Any]) -> FilledTemplate:
    return bus.ask(
        FillTemplate(
            point=version.template.point,
            template=version.text,
            arguments=given,
            rule_id=str(new_id()),
            version=1,
        )
    )


def _made(request: HttpRequest, made: RuleVersion) -> HttpResponse:
    where = ("admin:rules_version", made.rule_id, made.number)
    if "submit" not in request.POST:
        messages.success(request, "Saved as a draft.")
        return redirect(*where)
    try:
        services.submit_version(
            rule_id=made.rule_id, number=made.number, submitted_by=demand(request, "rules:write")
        )
    except DomainError as refusal:
        return told(request, refusal, *where)
    messages.success(request, "Submitted. A colleague can review it now.")
    return redirect(*where)


def _rule_in(request: HttpRequest) -> Rule | None:
    written = request.GET.get("rule", "")
    if not written:
        return None
    try:
        found: Rule | None = Rule.objects.filter(id=UUID(written)).first()
    except ValueError:
        found = None
    if found is None:
        raise NotFound(what="rule", id=written)
    return found


def _newest_of(rule: Rule | None, version: RuleTemplateVersion) -> RuleVersion | None:
    """The rule's version whose arguments the form begins with: its draft, else the newest made from this template."""
    if rule is None:
        return None
    made = rule.versions.filter(made_from__template_id=version.template_id)
    found: RuleVersion | None = (
        made.filter(status=Status.DRAFT).first() or made.order_by("-number").first()
    )
    return found


def _suggestions(version: RuleTemplateVersion) -> dict[str, list[str]]:
    """For parameters that are compared with a fact, the values that this fact was compared with before."""
    point = point_named(version.template.point)
    compared = queries.template_checked(version).compared
    vocabulary = building.vocabulary_of(point) if point and compared else None
    known = {it["path"]: it["suggestions"] for it in (vocabulary or {}).get("facts", [])}
    return {name: list(known.get(path, [])) for name, path in compared.items()}


@require_POST
def say_view(
    request: HttpRequest, model_admin: Any, template_id: UUID, number: int
) -> HttpResponse:
    """What the rule will say, and what is wrong with each field, as JSON."""
    del model_admin
    demand(request, "rules:read")
    try:
        version = queries.template_version(template_id, number)
        filled = _filled(version, arguments_in(request.POST, version))
    except DomainError as refusal:
        return JsonResponse({"sentence": "", "faults": {}, "detail": str(refusal)})
    faults = {it.pointer.removeprefix("/arguments/"): it.message for it in filled.faults}
    return JsonResponse(
        {
            "sentence": filled.in_words,
            "name": filled.text.name if filled.text else "",
            "reason": filled.text.reason if filled.text else "",
            "faults": {f"arg-{name}": sentence(why) for name, why in faults.items()},
        }
    )
