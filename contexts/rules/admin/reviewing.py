"""What the proofs say about a version beside the active rules, and the guardrails that they prove."""

from __future__ import annotations

import json
import re
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from contexts.calculation.messages import Example, Finding, Findings
from contexts.rules import queries, services
from contexts.rules.admin import promising, trying, words
from contexts.rules.admin.naming import worded
from contexts.rules.models import Guardrail
from contexts.rules.queries.coming import Coming, findings_coming
from shared_kernel import bus
from shared_kernel.admin import demand, may, told
from shared_kernel.decisions import DecisionPoint, GuardrailText, known_points, point_named
from shared_kernel.errors import DomainError
from shared_kernel.shown import shown_json

SECONDS = 10.0
MARKS = {"problem": "error", "note": "set-aside", "holds": "applied", "unknown": "not-matched"}
LABELS = {"problem": "problem", "note": "worth a look", "holds": "proved", "unknown": "not known"}
FIGURES = {"start": "price", "discount": "discount", "paid": "to pay"}
CENT = Decimal("0.01")
_CURRENCY = re.compile(r"[A-Z]{3}")
_FIELDS = ("name", "claim", "assuming", "path", "one", "other")


@require_GET
def findings_view(
    request: HttpRequest, model_admin: Any, rule_id: UUID, number: int
) -> HttpResponse:
    """What was found, as the part of the page that shows it; what breaks something with a real decision."""
    del model_admin
    demand(request, "rules:read")
    try:
        version = queries.version_of(rule_id=rule_id, number=number)
        found = queries.findings_of(version, seconds=_seconds())
        coming = findings_coming(version, found, seconds=_seconds() / 2)
    except DomainError as refusal:
        return render(request, "rules/findings.html", {"refusal": refusal})
    except (bus.ContextAbsent, bus.ContextUnreachable) as absence:
        return render(request, "rules/findings.html", {"refusal": absence})
    point = point_named(version.rule.point)
    context = {**shown(found, point), "coming": _coming(coming, point)}
    return render(request, "rules/findings.html", context)


@require_GET
def risk_view(request: HttpRequest, model_admin: Any, rule_id: UUID, number: int) -> HttpResponse:
    """How a version would be judged if it were submitted now, as the part of the page that shows it."""
    del model_admin
    demand(request, "rules:read")
    try:
        version = queries.version_of(rule_id=rule_id, number=number)
        risk = services.risk_of(version)
    except (DomainError, bus.ContextAbsent, bus.ContextUnreachable) as refusal:
        return render(request, "rules/risk.html", {"refusal": refusal})
    said = version.risk.get("reasons", [])
    context = {
        "risk": risk,
        "before": version.risk.get("level", ""),
        "since": [it for it in risk.reasons if it not in said],
    }
    return render(request, "rules/risk.html", context)


def _seconds() -> float:
    """A remote answer has to come within the bus's deadline."""
    here = "calculation" in settings.TOPOLOGY.here
    return SECONDS if here else min(SECONDS, settings.BUS_DEADLINE * 0.75)


def shown(found: Findings, point: DecisionPoint | None) -> dict[str, Any]:
    return {
        "findings": [_finding(it, point) for it in found.findings],
        "beside": found.beside,
        "has_guardrails": any(it.kind == "guardrail" for it in found.findings),
        "price": point is not None and point.price is not None,
    }


def _coming(coming: Coming, point: DecisionPoint | None) -> dict[str, Any]:
    """What is on its way beside a version, and what is to be said of both."""
    return {
        "versions": [
            {"of": it, "label": words.label(it.status), "begins": words.standing_of(it)["starts"]}
            for it in coming.versions
        ],
        "findings": [_finding(it, point) for it in coming.findings],
        "more": coming.more,
    }


def _finding(finding: Finding, point: DecisionPoint | None) -> dict[str, Any]:
    return {
        "kind": finding.kind,
        "sentence": worded(finding.sentence, point),
        "mark": MARKS[finding.standing],
        "label": LABELS[finding.standing],
        "examples": [_example(it, point) for it in finding.examples],
    }


def _example(example: Example, point: DecisionPoint | None) -> dict[str, Any]:
    facts = msgspec.to_builtins(example.facts)
    figures = {FIGURES.get(name, name): _plain(it) for name, it in example.figures.items()}
    cart = json.dumps(cart_of(point, facts)) if point else ""
    return {
        "facts": shown_json(facts),
        "applied": [it.rule for it in example.applied],
        "figures": figures,
        "cart": cart,
    }


def _plain(number: Decimal | str) -> str:
    return format(Decimal(number).normalize(), "f")


def cart_of(point: DecisionPoint, facts: dict[str, Any]) -> dict[str, Any]:
    """A cart as near to these facts as a cart can be: its lines add up, and an article costs whole cents."""
    cart = dict(facts.get("cart") or {})
    lines = [facts["line"]] if "line" in facts else list(facts.get("lines") or [])
    if not lines:
        lines = [{"unit_price": cart.get("remaining") or cart.get("subtotal") or "10"}]
    currency = str(cart.get("currency", ""))
    sample = {
        **facts,
        "cart": {**cart, "currency": currency if _CURRENCY.fullmatch(currency) else "EUR"},
        "lines": [_line(number, line) for number, line in enumerate(lines, 1)],
    }
    if facts.get("shipping"):
        shipping = facts["shipping"]
        price = _cents(shipping.get("price"))
        sample["shipping"] = {
            **shipping,
            "price": price,
            "method": shipping.get("method") or "standard",
        }
    return trying.sample_cart(msgspec.structs.replace(point, sample=sample))


def _line(number: int, line: dict[str, Any]) -> dict[str, Any]:
    quantity = max(1, min(int(line.get("quantity") or 1), 1_000_000))
    price = line.get("unit_price") or "0"
    if line.get("total") is not None:
        price = Decimal(str(line["total"])) / quantity
    return {
        **line,
        "id": str(number),
        "sku": line.get("sku") or f"ARTICLE-{number}",
        "quantity": quantity,
        "unit_price": _cents(price),
    }


def _cents(amount: Any) -> str:
    try:
        return str(max(Decimal(str(amount)), Decimal(0)).quantize(CENT, ROUND_HALF_UP))
    except InvalidOperation:
        return "0.00"


def guardrails_page(request: HttpRequest, model_admin: Any) -> HttpResponse:
    """What is stated, and a form for stating more."""
    actor = demand(request, "rules:read")
    written: dict[str, str] = {"assuming": "true"}
    refusal = None
    if request.method == "POST":
        demand(request, "rules:govern" if request.POST.get("proof_demanded") else "rules:write")
        written = {
            name: request.POST.get(name, "").strip()
            for name in (*_FIELDS, "point", "proof_demanded")
        }
        text = GuardrailText(
            **{
                **{name: written[name] for name in _FIELDS},
                "assuming": written["assuming"] or "true",
            }
        )
        try:
            if not text.name or not text.claim:
                messages.error(request, "Give the guardrail a name and a claim.")
            else:
                services.state_guardrail(
                    point=written["point"],
                    text=text,
                    stated_by=actor,
                    proof_demanded=bool(written["proof_demanded"]),
                )
                messages.success(request, "Stated. Every review proves it from now on.")
                return redirect("admin:rules_guardrails")
        except DomainError as fault:
            refusal = fault
    stated = Guardrail.objects.order_by("point", "name")
    context = {
        "title": "Guardrails",
        "stated": [
            {"of": it, "point": words.title_of(it.point), "by": words.person(it.stated_by)}
            for it in stated
        ],
        "points": [it for it in known_points().values() if it.price is not None],
        "written": written,
        "offered": promising.offered(),
        "refusal": refusal,
        "may_state": may(request, "rules:write"),
        "may_withdraw": may(request, "rules:govern"),
    }
    page: HttpResponse = model_admin.page(request, "rules/guardrails.html", context)
    return page


@require_POST
def withdraw_view(request: HttpRequest, model_admin: Any, guardrail_id: UUID) -> HttpResponse:
    """Make a claim no more."""
    del model_admin
    actor = demand(request, "rules:govern")
    try:
        services.withdraw_guardrail(guardrail_id=guardrail_id, withdrawn_by=actor)
    except DomainError as refusal:
        return told(request, refusal, "admin:rules_guardrails")
    messages.success(request, "Withdrawn: it is not proved any more.")
    return redirect("admin:rules_guardrails")
