"""Making a template of a rule: its values are listed, those that are ticked become parameters. Nothing is written by hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from contexts.calculation.messages import Blank, Fault, OpenBlank, OpenBlanks
from contexts.rules import queries, services
from contexts.rules.admin import words
from contexts.rules.admin.filling import sentence
from contexts.rules.admin.templateforms import (
    KINDS,
    PARTS,
    ParameterRow,
    TemplateForm,
    parameter_in,
    row_of,
)
from contexts.rules.models import RuleTemplateVersion, RuleVersion
from contexts.rules.queries.opening import blanks_in
from shared_kernel import bus
from shared_kernel.admin import demand, told
from shared_kernel.errors import DomainError

NUMBERS: Final = ("percent", "money", "number", "decimal")
FITTING: Final = {**dict.fromkeys(NUMBERS, NUMBERS), "text": ("text", "choice")}


class OpeningForm(forms.Form):
    """What the template is called; which values are left open stands in rows of their own."""

    called = TemplateForm.base_fields["called"]
    slug = TemplateForm.base_fields["slug"]
    about = TemplateForm.base_fields["about"]

    def __init__(self, data: Any = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        self.fields["slug"].widget.attrs["data-follows"] = "id_called"

    def show_refusal(self, refusal: DomainError) -> None:
        """Why it was refused, at the field it is about or above the form."""
        names = [pointer.strip("/") for pointer in refusal.pointers]
        known = [name for name in names if name in self.fields]
        self.add_error(known[0] if known else None, str(refusal))


@dataclass
class BlankRow:
    """One value of the rule as the page shows it, and what it is to become if it is ticked."""

    index: int
    blank: Blank
    chosen: bool
    row: ParameterRow

    @property
    def place(self) -> dict[str, str]:
        return {"id": f"parameters-{self.index}-place", "value": self.blank.place}

    @property
    def open(self) -> str:
        return f"parameters-{self.index}-open"

    @property
    def faults(self) -> list[str]:
        """What is wrong with the value itself."""
        return [sentence(it.message) for it in self.row.faults if it.pointer.endswith("/place")]


def opening_page(
    request: HttpRequest, model_admin: Any, rule_id: UUID, number: int
) -> HttpResponse:
    """The values of a rule to tick, and the template that comes of it."""
    author = demand(request, "rules:write")
    try:
        version = queries.version_of(rule_id=rule_id, number=number)
        blanks = blanks_in(rule_id=rule_id, number=number)
    except DomainError as refusal:
        return told(request, refusal, "admin:rules_rule_change", rule_id)
    posted = request.POST if request.method == "POST" else None
    proposed = {"called": version.name, "slug": f"{version.rule.slug:.71}-template"}
    form = OpeningForm(posted, initial=proposed)
    faults: tuple[Fault, ...] = ()
    if posted is not None and form.is_valid():
        chosen = _chosen(posted, len(blanks))
        faults = _faults(form, version, chosen)
        draft = None if form.errors else _made(form, version, chosen, author)
        if draft is not None:
            text = "A draft. Filled in with the values that stood there, it is exactly the rule."
            messages.success(request, text)
            return redirect("admin:rules_template", draft.template_id, draft.number)
    rows = [_row(number, it, posted, faults) for number, it in enumerate(blanks)]
    context = {
        "title": "Make a template",
        "form": form,
        "version": version,
        "point_title": words.title_of(version.rule.point),
        "in_words": queries.said_of([version])[version.id].sentence,
        "rows": rows,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    page: HttpResponse = model_admin.page(
        request, "rules/template_opening.html", context, status=status
    )
    return page


def _chosen(posted: Mapping[str, str], count: int) -> dict[int, OpenBlank]:
    """The values that were ticked, by the numbers of their rows."""
    return {
        number: OpenBlank(
            posted.get(f"parameters-{number}-place", "")[:200],
            parameter_in(_given(posted, number)),
        )
        for number in range(count)
        if posted.get(f"parameters-{number}-open")
    }


def _given(posted: Mapping[str, str], number: int) -> dict[str, str]:
    return {it: posted.get(f"parameters-{number}-{it}", "").strip() for it in PARTS}


def _faults(
    form: OpeningForm, version: RuleVersion, chosen: Mapping[int, OpenBlank]
) -> tuple[Fault, ...]:
    """What is wrong with what was ticked, by the numbers of its rows; the form says that there is something."""
    if not chosen:
        form.add_error(None, "Tick at least one value: it is what is filled in.")
        return ()
    opened = bus.ask(
        OpenBlanks(
            point=version.rule.point,
            text=version.text,
            called=form.cleaned_data["called"],
            about=form.cleaned_data["about"],
            blanks=tuple(chosen.values()),
        )
    )
    rows = list(chosen)
    faults = []
    for fault in opened.faults:
        number, _, part = fault.pointer.removeprefix("/parameters/").partition("/")
        if number.isdecimal() and part:
            faults.append(Fault(f"/parameters/{rows[int(number)]}/{part}", fault.message))
        else:
            form.add_error(None, sentence(fault.message))
    if faults:
        form.add_error(None, "Some values cannot be filled in like this; they are marked below.")
    return tuple(faults)


def _made(
    form: OpeningForm, version: RuleVersion, chosen: Mapping[int, OpenBlank], author: str
) -> RuleTemplateVersion | None:
    """The draft of the template; nothing when the form says why not."""
    given = form.cleaned_data
    try:
        return services.open_rule(
            rule_id=version.rule_id,
            number=version.number,
            slug=given["slug"],
            name=given["called"],
            about=given["about"],
            blanks=tuple(chosen.values()),
            author=author,
        )
    except DomainError as refusal:
        form.show_refusal(refusal)
        return None


def _row(
    number: int, blank: Blank, posted: Mapping[str, str] | None, faults: Iterable[Fault]
) -> BlankRow:
    fitting = FITTING.get(blank.parameter.kind, (blank.parameter.kind,))
    row = ParameterRow(
        str(number),
        row_of(blank.parameter) if posted is None else _given(posted, number),
        [it for it in faults if it.pointer.startswith(f"/parameters/{number}/")],
        tuple(it for it in KINDS if it[0] in fitting),
    )
    chosen = posted is not None and bool(posted.get(f"parameters-{number}-open"))
    return BlankRow(number, blank, chosen, row)
