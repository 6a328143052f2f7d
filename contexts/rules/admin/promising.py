"""
Guardrails by picking: the common promises, the code that each is, and whether what is written can be read.

What this cannot do: prove anything. Reviews do that, once the guardrail is stated.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Final

import msgspec
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from contexts.calculation.messages import CheckGuardrail
from contexts.rules.admin.words import drawn
from shared_kernel import bus
from shared_kernel.admin import demand
from shared_kernel.decisions import DecisionPoint, GuardrailText, known_points
from shared_kernel.errors import DomainError

HUNDRED: Final = Decimal(100)
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
PARTS: Final = ("name", "claim", "assuming", "path", "one", "other")


@dataclass(frozen=True, slots=True)
class Promise:
    """
    A sentence that people pick, with what they fill in, and the guardrail that it is.

    In the text stand `{percent}`, its `{share}` of one, `{amount}`, `{currency}`; and of words that are filled in
    `{category}`, `{better}`, `{other}` as people read them, `{category!r}` and so on as the code quotes them.
    """

    key: str
    title: str
    asks: tuple[str, ...]
    text: GuardrailText
    needs: str = ""  # a fact's holder without which a point cannot promise it


PROMISES: Final = (
    Promise(
        "most-percent", "A discount is never more than … % of the price", ("percent",),
        GuardrailText(
            "No discount is more than {percent} % of the price", "outcome.discount <= outcome.start * {share}"
        ),
    ),
    Promise(
        "keeps-percent", "The price never falls below … % of the price before", ("percent",),
        GuardrailText(
            "The price stays at {percent} % of the price before, or more", "outcome.paid >= outcome.start * {share}"
        ),
    ),
    Promise(
        "most-amount", "A discount is never more than an amount", ("amount", "currency"),
        GuardrailText(
            "No discount is more than {amount} {currency}", "outcome.discount <= {amount}",
            assuming='cart.currency == "{currency}"',
        ),
    ),
    Promise(
        "keeps-amount", "What is discounted never costs less than an amount", ("amount", "currency"),
        GuardrailText(
            "Nothing discounted costs less than {amount} {currency}",
            "outcome.paid >= {amount} || outcome.discount == 0",
            assuming='cart.currency == "{currency}"',
        ),
    ),
    Promise(
        "never-category", "A category is never discounted", ("category",),
        GuardrailText(
            "Nothing of {category} is discounted", "outcome.discount == 0",
            assuming="line.category.startsWith({category!r})",
        ),
        needs="line",
    ),
    Promise(
        "tiers", "Customers of one tier never pay more than those of another", ("better", "other"),
        GuardrailText(
            "No {better} customer pays more than a {other} one", "one.paid <= other.paid",
            path="customer.tier", one="customer.tier == {better!r}", other="customer.tier == {other!r}",
        ),
        needs="customer",
    ),
)  # fmt: skip
ASKED: Final = (
    ("percent", "Percent", "60"),
    ("amount", "Amount", "5.00"),
    ("currency", "Currency", "EUR"),
    ("category", "Category", "Gift cards"),
    ("better", "They never pay more", "gold"),
    ("other", "Than these", "silver"),
)


class Quoted(str):
    """A text that stands in code as a literal, with `!r` in a format."""

    __slots__ = ()

    def __repr__(self) -> str:
        return json.dumps(str(self), ensure_ascii=False)


def promises_of(point: DecisionPoint) -> list[Promise]:
    """What can be promised of a point's prices."""
    return [it for it in PROMISES if not it.needs or it.needs in point.facts]


def offered() -> dict[str, Any]:
    """For the form: the promises with what each asks for and where it can be promised, and the fields."""
    points = [it for it in known_points().values() if it.price is not None]
    return {
        "promises": [
            {
                "key": it.key,
                "title": it.title,
                "asks": " ".join(it.asks),
                "points": " ".join(point.name for point in points if it in promises_of(point)),
            }
            for it in PROMISES
        ],
        "asked": ASKED,
    }


def filled(key: str, given: Mapping[str, str]) -> GuardrailText | None:
    """The guardrail that a promise is with these values; nothing while one is missing or cannot be."""
    promise = next((it for it in PROMISES if it.key == key), None)
    values = _values(promise.asks, given) if promise else None
    if promise is None or values is None:
        return None
    return GuardrailText(**{part: getattr(promise.text, part).format(**values) for part in PARTS})


def _values(asks: tuple[str, ...], given: Mapping[str, str]) -> dict[str, Any] | None:
    values: dict[str, Any] = {}
    for name in asks:
        written = given.get(f"promise-{name}", "").strip()[:80]
        if name in {"percent", "amount"}:
            number = _number(written)
            if number is None or (name == "percent" and number > HUNDRED):
                return None
            values[name] = f"{number:f}"
            values["share"] = f"{(number / HUNDRED).normalize():f}"
        elif not written or (name == "currency" and not _CURRENCY.fullmatch(written.upper())):
            return None
        else:
            values[name] = Quoted(written.upper() if name == "currency" else written)
    return values


def _number(written: str) -> Decimal | None:
    try:
        number = Decimal(written.replace(",", "."))
    except InvalidOperation:
        return None
    return number if number.is_finite() and 0 <= number < Decimal(10) ** 9 else None


@require_POST
def check_view(request: HttpRequest, model_admin: Any) -> HttpResponse:
    """The code of the promise that is picked, or what was typed, and whether it can be read; as JSON."""
    del model_admin
    demand(request, "rules:read")
    given, picked = request.POST, request.POST.get("promise", "")
    text = filled(picked, given) if picked else _typed(given)
    if text is None or not text.claim:
        return JsonResponse({"text": None, "faults": []})
    try:
        asked = CheckGuardrail(point=given.get("point", ""), guardrail=text)
        faults = bus.ask(asked).faults
    except DomainError as refusal:
        return JsonResponse({"detail": str(refusal)}, status=refusal.status)
    shown = [
        {"part": it.pointer.strip("/"), "message": it.message, "drawn": drawn(it)} for it in faults
    ]
    return JsonResponse({"text": msgspec.to_builtins(text) if picked else None, "faults": shown})


def _typed(given: Mapping[str, str]) -> GuardrailText:
    parts = {part: given.get(part, "").strip()[:4000] for part in PARTS}
    return GuardrailText(**{**parts, "assuming": parts["assuming"] or "true"})
