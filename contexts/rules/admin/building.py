"""Beside the editor: a condition in parts for the builder, the text that parts make, and the rule in words."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from contexts.calculation.messages import (
    Group,
    ListVocabulary,
    ReadCondition,
    SayRules,
    WriteCondition,
)
from contexts.evaluation.messages import ListSeenValues, SeenValue
from contexts.rules.admin import trying
from contexts.rules.models import RuleVersion
from contexts.rules.policies import moments_of
from contexts.rules.policies.windows import within
from shared_kernel import bus
from shared_kernel.admin import demand
from shared_kernel.decisions import DecisionPoint, Window, point_named
from shared_kernel.errors import DomainError, Invalid

LOOKED_AT = 200  # versions whose values are suggested


def vocabulary_of(point: DecisionPoint) -> Any:
    """What a condition may be built of, as the page takes it; nothing when nobody is there to say: then text is written."""
    versions = RuleVersion.objects.order_by("-id").values_list("rule__point", "condition")
    seen = tuple(dict.fromkeys(versions[:LOOKED_AT]))
    met: tuple[SeenValue, ...] = ()
    with suppress(bus.ContextAbsent, bus.ContextUnreachable):
        met = bus.ask(ListSeenValues())
    asked = ListVocabulary(
        point=point.name, seen=seen, met=tuple((it.record, it.field, it.value) for it in met)
    )
    try:
        return msgspec.to_builtins(bus.ask(asked))
    except (bus.ContextAbsent, bus.ContextUnreachable):
        return None


@require_POST
def say_view(request: HttpRequest, model_admin: Any) -> HttpResponse:
    """What the rule as far as it is written will say to its approvers; nothing while it is not sound."""
    del model_admin
    demand(request, "rules:read")
    point = point_named(request.POST.get("point", ""))
    sentence, lines = "", []
    if point is not None:
        with suppress(DomainError):  # what is wrong is said where it is written
            text = trying.text_in(request.POST, point)
            said = bus.ask(SayRules(point=point.name, texts=(text,))).rules[0]
            sentence = within(said.sentence, _window_in(request))
            lines = [line for _, line in said.outline] if text.table else []
    return JsonResponse({"sentence": sentence, "lines": lines})


def _window_in(request: HttpRequest) -> Window:
    """The times as far as they are written; nothing while they are no times."""
    starts, ends, zone = (request.POST.get(it, "")[:60] for it in ("starts", "ends", "time_zone"))
    window = Window(starts, ends, zone or "UTC")
    try:
        moments_of(window)
    except DomainError:
        return Window()
    return window


@require_POST
def read_view(request: HttpRequest, model_admin: Any) -> HttpResponse:
    """The parts of the condition as it is written, as JSON; or why it has none."""
    del model_admin
    demand(request, "rules:read")
    asked = ReadCondition(condition=request.POST.get("condition", ""))
    return HttpResponse(msgspec.json.encode(bus.ask(asked)), content_type="application/json")


@require_POST
def write_view(request: HttpRequest, model_admin: Any) -> HttpResponse:
    """The text that parts make, as JSON."""
    del model_admin
    demand(request, "rules:read")
    try:
        tree = msgspec.json.decode(request.POST.get("tree", ""), type=Group)
    except (msgspec.DecodeError, RecursionError) as fault:
        refusal = Invalid(reason=f"These are no parts of a condition: {fault}.")
        return JsonResponse({"detail": str(refusal), "code": refusal.code}, status=refusal.status)
    written = bus.ask(WriteCondition(tree=tree))
    return HttpResponse(msgspec.json.encode(written), content_type="application/json")
