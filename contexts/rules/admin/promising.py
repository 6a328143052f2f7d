"""
Guardrails by picking: the common promises, the code that each is, and whether what is written can be read.

What this cannot do: prove anything. Reviews do that, once the guardrail is stated.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import msgspec
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_POST

from contexts.calculation.messages import CheckGuardrail, Fault
from contexts.rules.admin.words import drawn
from shared_kernel import bus
from shared_kernel.admin import demand
from shared_kernel.decisions import DecisionPoint, GuardrailText, known_points, point_named
from shared_kernel.errors import DomainError

HUNDRED: Final = Decimal(100)
NAME_MOST: Final = 120  # characters that a guardrail's name may have
PARTS: Final = ("name", "claim", "assuming", "path", "one", "other")


@dataclass(frozen=True, slots=True)
class Asked:
    """Something that people fill in: of at most so many characters and like a pattern, or it is `wrong`."""

    name: str
    label: str
    example: str
    most: int
    pattern: str = ".*"
    wrong: str = ""


ASKED: Final = (
    Asked(
        "percent", "Percent", "60", 8, r"[0-9]{1,3}([.,][0-9]{1,4})?",
        "Write a percentage of at most 100, such as 60 or 12.5.",
    ),
    Asked(
        "amount", "Amount", "5.00", 12, r"[0-9]{1,9}([.,][0-9]{1,2})?",
        "Write an amount such as 1000 or 1000.50.",
    ),
    Asked(
        "currency", "Currency", "EUR", 3, "[A-Za-z]{3}",
        "Write the three letters of a currency, such as EUR.",
    ),
    Asked("category", "Category", "Gift cards", 60),
    Asked("better", "They never get less", "gold", 40),
    Asked("other", "Than these", "silver", 40),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Promise:
    """
    A sentence that people pick, with what they fill in, and the guardrail that it is.

    In the text stand `{percent}`, its `{share}` of one, `{amount}`, `{currency}` and `{money}`, which is both; and of words
    that are filled in `{category}`, `{better}`, `{other}` as people read them, `{category!r}` and so on as the code quotes
    them. `{discounts}` and `{price}` are what the point calls them: no point knows what the others take off.
    """

    key: str
    asks: tuple[str, ...]
    text: GuardrailText
    needs: str = ""  # a fact's holder without which a point cannot promise it


PROMISES: Final = (
    Promise(
        "most-percent", ("percent",),
        GuardrailText(
            "{discounts} take at most {percent} % off {price}",
            "outcome.discount <= outcome.start * {share}",
        ),
    ),
    Promise(
        "keeps-percent", ("percent",),
        GuardrailText(
            "{discounts} leave at least {percent} % of {price}",
            "outcome.paid >= outcome.start * {share}",
        ),
    ),
    Promise(
        "most-amount", ("amount", "currency"),
        GuardrailText(
            "{discounts} take at most {money} off {price}", "outcome.discount <= {amount}",
            assuming='cart.currency == "{currency}"',
        ),
    ),
    Promise(
        "keeps-amount", ("amount", "currency"),
        GuardrailText(
            "{discounts} never leave less than {money} of {price}",
            "outcome.paid >= {amount} || outcome.discount == 0",
            assuming='cart.currency == "{currency}"',
        ),
    ),
    Promise(
        "never-category", ("category",),
        GuardrailText(
            "Lines of {category} get no discount of their own", "outcome.discount == 0",
            assuming="line.category == {category!r} || line.category.startsWith({within!r})",
        ),
        needs="line",
    ),
    Promise(
        "tiers", ("better", "other"),
        GuardrailText(
            "{discounts} give {better} customers no less than {other} ones", "one.paid <= other.paid",
            path="customer.tier", one="customer.tier == {better!r}", other="customer.tier == {other!r}",
        ),
        needs="customer",
    ),
)  # fmt: skip
BLANK: Final = {
    "percent": "…", "money": "an amount", "category": "a category", "better": "…", "other": "…",
}  # fmt: skip


class Quoted(str):
    """A text that stands in code as a literal, with `!r` in a format."""

    __slots__ = ()

    def __repr__(self) -> str:
        return json.dumps(str(self), ensure_ascii=False)


class Unfit(Exception):
    """What is filled in cannot be that."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.fault = Fault(pointer=f"/promise-{name}", message=message)


def promises_of(point: DecisionPoint) -> list[Promise]:
    """What can be promised of a point's prices."""
    return [it for it in PROMISES if not it.needs or it.needs in point.facts]


def offered() -> dict[str, Any]:
    """For the form: the promises with what each asks for and what it is called where it can be promised, and the fields."""
    points = [it for it in known_points().values() if it.price is not None]
    return {
        "promises": [
            {
                "key": it.key,
                "title": title_at(points[0], it) if points else it.key,
                "asks": " ".join(it.asks),
                "titles": json.dumps(
                    {
                        point.name: title_at(point, it)
                        for point in points
                        if it in promises_of(point)
                    }
                ),
            }
            for it in PROMISES
        ],
        "asked": ASKED,
    }


def title_at(point: DecisionPoint, promise: Promise) -> str:
    """What a promise says of a point's prices, before anything is filled in."""
    return promise.text.name.format(**_called(point), **BLANK)


def filled(point: DecisionPoint, key: str, given: Mapping[str, str]) -> GuardrailText | None:
    """
    The guardrail that a promise is with these values; nothing while one is missing.

    Raises:
        Unfit: a value cannot be that, or the point cannot promise it.

    """
    promise = next((it for it in promises_of(point) if it.key == key), None)
    if promise is None or point.price is None:
        raise Unfit("", "This cannot be promised of that decision point; pick something else.")
    values = _values(promise.asks, given)
    if values is None:
        return None
    values |= _called(point)
    text = GuardrailText(**{part: getattr(promise.text, part).format(**values) for part in PARTS})
    if len(text.name) > NAME_MOST:
        raise Unfit(
            promise.asks[0],
            f"In words it has {len(text.name)} characters, of at most {NAME_MOST}; fill in shorter ones.",
        )
    return text


def _called(point: DecisionPoint) -> dict[str, str]:
    return {"discounts": point.title, "price": point.price.label if point.price else ""}


def _values(asks: tuple[str, ...], given: Mapping[str, str]) -> dict[str, Any] | None:
    """What stands in a promise's text, by name."""
    read = {
        it.name: _read(it, given.get(f"promise-{it.name}", "")) for it in ASKED if it.name in asks
    }
    if not all(read.values()):
        return None
    values: dict[str, Any] = {name: Quoted(it) for name, it in read.items()}
    if "percent" in values:
        percent = Decimal(read["percent"])
        values["percent"] = f"{percent.normalize():f}"
        values["share"] = f"{(percent / HUNDRED).normalize():f}"
    if "amount" in values:
        values["amount"] = f"{Decimal(read['amount']):.2f}"
        values["money"] = f"{values['amount']} {values['currency']}"
    if "category" in values:
        values["within"] = Quoted(f"{read['category']}/")
    return values


def _read(asked: Asked, given: str) -> str:
    """What was filled in, as the code has it; "" while it is missing."""
    written = given.strip()
    if asked.name == "category":
        written = written.rstrip("/").rstrip()  # the path as lines have it
    if len(written) > asked.most:
        raise Unfit(asked.name, asked.wrong or f"Write at most {asked.most} characters.")
    if written and not re.fullmatch(asked.pattern, written):
        raise Unfit(asked.name, asked.wrong or "Write it without a line break.")
    if asked.name in {"percent", "amount"}:
        written = written.replace(",", ".")
    if asked.name == "percent" and written and Decimal(written) > HUNDRED:
        raise Unfit(asked.name, asked.wrong)
    return written.upper() if asked.name == "currency" else written


@require_POST
def check_view(request: HttpRequest, model_admin: Any) -> HttpResponse:
    """The code of the promise that is picked, or what was typed, and whether it can be read; as JSON."""
    del model_admin
    demand(request, "rules:read")
    given, picked = request.POST, request.POST.get("promise", "")
    try:
        text = _picked(given, picked) if picked else _typed(given)
    except Unfit as unfit:
        return JsonResponse({"text": None, "faults": [_shown(unfit.fault)]})
    if text is None or not text.claim:
        return JsonResponse({"text": None, "faults": []})
    try:
        asked = CheckGuardrail(point=given.get("point", ""), guardrail=text)
        faults = bus.ask(asked).faults
    except DomainError as refusal:
        return JsonResponse({"detail": str(refusal)}, status=refusal.status)
    shown = [_shown(it) for it in faults]
    return JsonResponse({"text": msgspec.to_builtins(text) if picked else None, "faults": shown})


def _shown(fault: Fault) -> dict[str, str]:
    return {
        "part": fault.pointer.strip("/"),
        "message": fault.message,
        "drawn": drawn(fault),
    }


def _picked(given: Mapping[str, str], key: str) -> GuardrailText | None:
    point = point_named(given.get("point", ""))
    if point is None:
        raise Unfit("", "This decision point is not known here; pick another.")
    return filled(point, key, given)


def _typed(given: Mapping[str, str]) -> GuardrailText:
    parts = {part: given.get(part, "").strip()[:4000] for part in PARTS}
    return GuardrailText(**{**parts, "assuming": parts["assuming"] or "true"})
