"""The grid: a decision table while it is written, checked cell by cell, and as a file in and out. Nothing here keeps anything."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from contexts.calculation.messages import AnalyseRules
from contexts.rules import services
from contexts.rules.admin import building, reviewing, trying
from contexts.rules.admin.tabled import table_in
from contexts.rules.errors import SheetUnreadable
from contexts.rules.models import RuleVersion
from contexts.rules.policies.numbers import gives_number, takes_percent
from contexts.rules.policies.sheets import grid_of, table_of
from contexts.rules.policies.spreadsheets import LARGEST, TYPES, Kind, read_sheet, write_sheet
from shared_kernel import bus
from shared_kernel.admin import demand
from shared_kernel.decisions import DecisionPoint, Effect, RuleText, point_named
from shared_kernel.errors import DomainError, Invalid

SECONDS = 6.0
_PLACE = re.compile(r"\{(\w+)\}")
POLICIES = (
    ("first", "The first that matches"),
    ("unique", "The one that matches; rows never overlap"),
    ("any", "Any that matches; rows that overlap agree"),
    ("collect", "All that match"),
)


def grid_of_page(point: DecisionPoint) -> dict[str, Any]:
    """What the grid offers: the parameters that columns can give, and which rows may apply."""
    one = point.hit_policy != "collect"
    return {
        "gives": [
            {
                "effect": it.kind,
                "param": name,
                "label": _gives(it, name),
                "number": gives_number(fact),
                "percent": takes_percent(fact),
            }
            for it in point.effects
            for name, fact in it.params.items()
        ],
        "policies": [it for it in POLICIES if not (one and it[0] == "collect")],
    }


def _gives(effect: Effect, param: str) -> str:
    """What a column gives, in the words of its effect: percent off the line."""
    if not effect.says:
        return f"{param}: {effect.about or effect.kind}"
    words = _PLACE.sub(lambda it: it[1] if it[1] in effect.params else f"the {it[1]}", effect.says)
    return words if len(effect.params) == 1 else f"{param} of {words}"


def shown(version: RuleVersion, lines: tuple[str, ...]) -> dict[str, Any] | None:
    """A version's table as its page shows it: headings in words, and each row's sentence; none of a plain rule."""
    table = version.text.table
    if not table:
        return None
    point = point_named(version.rule.point)
    vocabulary = building.vocabulary_of(point) if point else None
    labels = {it["path"]: it["label"] for it in vocabulary["facts"]} if vocabulary else {}
    effects = {it.kind: it for it in point.effects} if point else {}
    return {
        "inputs": [
            (labels.get(it.expression, it.expression), it.expression) for it in table.inputs
        ],
        "outputs": [
            (_gives(effects[it.effect], it.param), f"{it.effect}.{it.param}")
            if it.effect in effects
            else (it.param, f"{it.effect}.{it.param}")
            for it in table.outputs
        ],
        "reasons": any(it.reason for it in table.rows),
        "policy": dict(POLICIES).get(table.hit_policy, table.hit_policy),
        "rows": [
            {"row": row, "says": lines[number] if number < len(lines) else ""}
            for number, row in enumerate(table.rows)
        ],
        "json": msgspec.json.encode(table).decode(),
    }


@require_POST
def check_view(request: HttpRequest, model_admin: Any) -> HttpResponse:
    """The table tidied, what is wrong with it, and, when nothing is, what it says."""
    del model_admin
    demand(request, "rules:read")
    try:
        point, text = _written(request.POST)
        tidied, checked = services.tidied_table(point.name, text)
    except DomainError as refusal:
        return _refused(refusal)
    said: dict[str, Any] = {"table": tidied, "faults": checked.faults}
    return HttpResponse(msgspec.json.encode(said), content_type="application/json")


@require_POST
def read_view(request: HttpRequest, model_admin: Any) -> HttpResponse:
    """The table that an uploaded or pasted sheet says, as JSON; or where it says none."""
    del model_admin
    demand(request, "rules:read")
    file = request.FILES.get("file")
    content: bytes = file.read(LARGEST + 1) if file else request.POST.get("sheet", "").encode()
    try:
        table = table_of(read_sheet(content))
    except SheetUnreadable as refusal:
        return _refused(refusal)
    return HttpResponse(msgspec.json.encode({"table": table}), content_type="application/json")


@require_POST
def file_view(request: HttpRequest, model_admin: Any, kind: Kind) -> HttpResponse:
    """The table as it stands in the grid, as a file."""
    del model_admin
    demand(request, "rules:read")
    try:
        table = table_in(request.POST)
        if kind not in TYPES or not table:
            raise Invalid(reason="There is no table in the grid, or no such kind of file.")
    except DomainError as refusal:
        return _refused(refusal)
    response = HttpResponse(write_sheet(grid_of(table), kind), content_type=TYPES[kind])
    response["Content-Disposition"] = f'attachment; filename="decision-table.{kind}"'
    return response


@require_POST
def findings_view(request: HttpRequest, model_admin: Any) -> HttpResponse:
    """Gaps, overlaps and rows that nobody reaches, of the table as it is written, as a part of the page."""
    del model_admin
    demand(request, "rules:read")
    try:
        point, text = _written(request.POST)
        found = bus.ask(AnalyseRules(point=point.name, drafts=(text,), seconds=SECONDS))
    except (DomainError, bus.ContextAbsent, bus.ContextUnreachable) as refusal:
        return render(request, "rules/findings.html", {"refusal": refusal})
    return render(request, "rules/findings.html", {**reviewing.shown(found, point), "price": False})


def _written(posted: Mapping[str, str]) -> tuple[DecisionPoint, RuleText]:
    point = point_named(posted.get("point", ""))
    if point is None:
        raise Invalid(reason="The decision point is not open any more.", pointers=("/point",))
    return point, trying.text_in(posted, point)


def _refused(refusal: DomainError) -> HttpResponse:
    said = {"detail": str(refusal), "code": refusal.code}
    return JsonResponse(said, status=refusal.status)
