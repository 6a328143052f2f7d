"""The back-test on a version's page: choosing real carts, starting, its progress and its result, without reloading."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST

from contexts.evaluation.messages import (
    DraftUnderTest,
    KeepOrderFile,
    ListOrderFiles,
    NewestBackTest,
    OrderFileKept,
    StartBackTest,
)
from contexts.rules import queries
from contexts.rules.admin import backtests
from contexts.rules.models import RuleVersion, Status
from contexts.rules.policies.windows import tried_whenever
from shared_kernel import bus
from shared_kernel.admin import demand, may
from shared_kernel.errors import DomainError, Invalid

# a version that decides, or decided, has nothing to be compared with but itself
TESTABLE = (Status.DRAFT, Status.IN_REVIEW, Status.REJECTED, Status.APPROVED)
REPORTED_SHOWN = 5


@require_GET
def backtest_view(
    request: HttpRequest, model_admin: Any, rule_id: UUID, number: int
) -> HttpResponse:
    """The newest back-test of this very content as it stands, and how to run another."""
    del model_admin
    demand(request, "rules:read")
    return _fragment(request, rule_id, number)


@require_POST
def start_view(request: HttpRequest, model_admin: Any, rule_id: UUID, number: int) -> HttpResponse:
    """Start one over the chosen source, or say why not."""
    del model_admin
    demand(request, "rules:read")
    actor = demand(request, "evaluation:write")
    chosen = request.POST.get("source", "")
    try:
        version = queries.version_of(rule_id=rule_id, number=number)
        kind, _, which = chosen.partition(":")
        command = StartBackTest(
            drafts=(DraftUnderTest(version.rule.point, version.text),),
            asked_by=actor,
            order_file=_uuid(which) if kind == "file" else None,
            days=_days(which) if kind == "days" else None,
        )
        bus.send(command, key=_key(request))
    except DomainError as refusal:
        return _fragment(request, rule_id, number, chosen=chosen, refusal=refusal)
    return _fragment(request, rule_id, number, chosen=chosen)


@require_POST
def upload_view(request: HttpRequest, model_admin: Any, rule_id: UUID, number: int) -> HttpResponse:
    """Keep an order file and choose it, or say why not."""
    del model_admin
    demand(request, "rules:read")
    actor = demand(request, "evaluation:write")
    file = request.FILES.get("file")
    try:
        if file is None or not file.size:
            raise Invalid(reason="Choose a file with order lines first.")
        content: bytes = file.read()
        command = KeepOrderFile(
            file=(file.name or "orders")[:200],
            content=content,
            uploaded_by=actor,
            currency=request.POST.get("currency", "").strip().upper()[:3],
            channel=request.POST.get("channel", "").strip()[:64],
        )
        kept = bus.send(command)
    except DomainError as refusal:
        return _fragment(request, rule_id, number, refusal=refusal, uploading=True)
    return _fragment(request, rule_id, number, chosen=f"file:{kept.id}", kept=kept)


def _fragment(
    request: HttpRequest,
    rule_id: UUID,
    number: int,
    *,
    chosen: str = "",
    refusal: DomainError | None = None,
    uploading: bool = False,
    kept: OrderFileKept | None = None,
) -> HttpResponse:
    context: dict[str, Any] = {
        "refusal": refusal,
        "uploading": uploading,
        "kept": kept,
        "reported": kept.first_reported[:REPORTED_SHOWN] if kept else (),
        "more_reported": max(0, kept.reported - REPORTED_SHOWN) if kept else 0,
        "key": uuid4(),
    }
    try:
        version = queries.version_of(rule_id=rule_id, number=number)
        context |= _standing(version)
        if may(request, "evaluation:write") and version.status in TESTABLE:
            files = bus.ask(ListOrderFiles())
            context |= {"sources": backtests.sources(files, chosen), "may_start": True}
    except DomainError as fault:
        context["refusal"] = refusal or fault
    return render(request, "rules/backtest.html", context)


def _standing(version: RuleVersion) -> dict[str, Any]:
    newest = bus.ask(
        NewestBackTest(content_hash=version.content_hash, rule_id=str(version.rule_id))
    )
    return {
        "version": version,
        "test": backtests.standing(newest) if newest else None,
        "whenever": tried_whenever(version.window),
    }


def _key(request: HttpRequest) -> str:
    """The key of the form as it was shown: however often it is sent, one back-test starts."""
    return f"back-test-page:{_uuid(request.POST.get('key', ''))}"


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as fault:
        raise Invalid(reason="The page is too old; load it again.") from fault


def _days(text: str) -> int:
    if text not in {str(it) for it in backtests.DAYS}:
        raise Invalid(reason="Choose what to run it over.")
    return int(text)
