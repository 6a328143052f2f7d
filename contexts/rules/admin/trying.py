"""Trying a rule on a cart: what it would cost if the text in the editor were active, and why."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import msgspec
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from contexts.calculation.messages import CheckCondition, CheckRule, Fault
from contexts.evaluation.messages import TryRules
from contexts.rules.admin.effects import effects_in
from contexts.rules.admin.naming import worded
from contexts.rules.admin.tabled import table_in
from contexts.rules.admin.words import drawn
from contexts.rules.policies.windows import tried_outside
from shared_kernel import bus, clock
from shared_kernel.admin import demand
from shared_kernel.decisions import DecisionPoint, RuleText, Window, point_named
from shared_kernel.errors import DomainError, Invalid

LINE = {"id": "1", "sku": "ARTICLE-1", "quantity": 1, "unit_price": "10.00"}
CUSTOMER = ("id", "tier", "segments", "tags", "country", "attributes")
ARTICLE = ("id", "sku", "product", "category", "brand", "quantity", "attributes")
WINDOW = ("starts", "ends", "time_zone")
OUTCOMES = {"applied": "applied", "set aside": "set-aside", "error": "error"}


def sample_cart(point: DecisionPoint) -> dict[str, Any]:
    """The point's sample in the shape of the one call that everything serves."""
    sample = point.sample
    currency = sample.get("cart", {}).get("currency", "EUR")
    cart = {
        "currency": currency,
        "channel": sample.get("cart", {}).get("channel", "web"),
        "customer": _said(sample.get("customer") or {}, CUSTOMER),
        "coupons": sample.get("cart", {}).get("coupons", []),
        "lines": [_line(it, currency) for it in sample.get("lines") or [LINE]],
        "shipping": _shipping(sample.get("shipping"), currency),
    }
    return {name: value for name, value in cart.items() if value}


def _line(line: dict[str, Any], currency: str) -> dict[str, Any]:
    price = {"amount": str(line["unit_price"]), "currency": currency}
    return {**_said(line, ARTICLE), "unit_price": price}


def _shipping(shipping: dict[str, Any] | None, currency: str) -> dict[str, Any] | None:
    if not shipping:
        return None
    return {
        "method": shipping["method"],
        "price": {"amount": str(shipping["price"]), "currency": currency},
        "address": _said(shipping, ("country", "postcode")),
    }


def _said(source: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {name: source[name] for name in names if source.get(name) not in (None, "", [], {})}


@require_POST
def check_view(request: HttpRequest, model_admin: Any) -> HttpResponse:
    """Whether the condition is sound as far as it is typed: faults with place and suggestion, as JSON."""
    del model_admin
    demand(request, "rules:read")
    asked = CheckCondition(
        point=request.POST.get("point", ""), condition=request.POST.get("condition", "")
    )
    try:
        return HttpResponse(msgspec.json.encode(bus.ask(asked)), content_type="application/json")
    except DomainError as refusal:
        said = {"detail": str(refusal), "code": refusal.code}
        return JsonResponse(said, status=refusal.status)


@require_POST
def try_view(request: HttpRequest, model_admin: Any) -> HttpResponse:
    """The receipt and the explanation, as the part of the page that shows them."""
    del model_admin
    demand(request, "rules:read")
    try:
        context = _tried(request.POST)
    except DomainError as refusal:
        context = {"refusal": refusal}
    return render(request, "rules/tried.html", context)


def _tried(posted: Mapping[str, str]) -> dict[str, Any]:
    point = point_named(posted.get("point", ""))
    if point is None:
        raise Invalid(reason="The decision point is not open any more.", pointers=("/point",))
    text, cart = text_in(posted, point), _cart_in(posted)
    faults: tuple[Fault, ...] = bus.ask(CheckRule(point=point.name, text=text)).faults
    if faults:
        return {"faults": [{"of": it, "drawn": drawn(it)} for it in faults]}
    today = bus.ask(TryRules(cart=cart, drafts={}))
    tried = bus.ask(TryRules(cart=cart, drafts={point.name: (text,)}))
    window = Window(**{it: posted.get(it, "").strip()[:60] for it in WINDOW})
    return {
        "today": today,
        "rule": text,
        "outside": tried_outside(window, clock.now()),
        **_shown(tried, point.name, text.rule_id),
    }


def text_in(posted: Mapping[str, str], point: DecisionPoint) -> RuleText:
    """The rule as far as it is written: a name and the words on the receipt may still be missing."""
    table = table_in(posted)
    condition = posted.get("condition", "").replace("\r\n", "\n")
    return RuleText(
        rule_id=str(_uuid(posted.get("rule_id", ""))),
        version=_whole(posted.get("number", "1")),
        name=posted.get("name", "").strip() or "This rule",
        reason=posted.get("reason", "").strip() or "This rule",
        condition=condition if condition.strip() or not table else "true",
        effects=() if table else tuple(effects_in(posted, point)),
        priority=_whole(posted.get("priority", "0")),
        order=_whole(posted.get("order", "0")),
        group=posted.get("group", "").strip() or None,
        stop="stop" in posted,
        table=table,
    )


def _whole(text: str) -> int:
    try:
        return int(text or 0)
    except ValueError as fault:
        raise Invalid(reason=f"{text!r} is not a whole number.") from fault


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as fault:
        raise Invalid(reason="The page has lost its rule; load it again.") from fault


def _cart_in(posted: Mapping[str, str]) -> dict[str, Any]:
    try:
        cart = json.loads(posted.get("cart", ""))
    except ValueError as fault:
        raise Invalid(reason=f"The cart is not JSON: {fault}.") from fault
    if not isinstance(cart, dict):
        raise Invalid(reason="The cart is not a JSON object.")
    return cart


def _shown(tried: dict[str, Any], point: str, rule_id: str) -> dict[str, Any]:
    """The answer, and its explanations apart: of this rule, and of the others."""
    skus = {line["id"]: line["sku"] for line in tried["lines"]}
    mine: list[dict[str, Any]] = []
    others: list[dict[str, Any]] = []
    silent: list[dict[str, Any]] = []
    for it in tried["explanations"]:
        about = f"{skus[it['about']]}" if it["about"] in skus else f"the {it['about']}"
        near = it.get("nearest")
        shown = {
            **it,
            "about": about,
            "mark": OUTCOMES.get(it["outcome"], "not-matched"),
            "sentence": worded(it["sentence"], point_named(it["point"])),
            "nearest": {"sentence": worded(near["sentence"], point_named(it["point"]))}
            if near
            else None,
        }
        own = it["rule_id"] == rule_id
        (mine if own else silent if it["outcome"] == "not matched" else others).append(shown)
    return {
        "tried": tried,
        "mine": mine,
        "others": others,
        "silent": silent,
        "asked": point in tried["rule_sets"],
        "rule_id": rule_id,
    }
