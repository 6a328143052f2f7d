"""The map: which rules speak about what, which were of no use lately, and which can never apply."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse

from contexts.rules.admin import words
from contexts.rules.queries import mapping
from shared_kernel.admin import demand

DAYS = (7, 30, 90)
MOST_FACTS = 24
MOST_ROWS = 200


def map_page(request: HttpRequest, model_admin: Any) -> HttpResponse:
    """Rules by what they speak about, found by words; or those that are unused, or never match."""
    demand(request, "rules:read")
    asked = request.GET.get("q", "").strip()[:200]
    only = request.GET.get("only", "")
    days = _days(request.GET.get("days", ""))
    everything = mapping.mapped()
    facts = mapping.facts_of(everything)
    found = mapping.speaking_of(everything, asked)
    used = mapping.with_use(found, days=days)
    is_finished = True
    if only == "unused":
        found = mapping.unused(found) if used is not None else []
    elif only == "never":
        found, is_finished = mapping.never_matching(found)
    context = {
        "title": "Map",
        "asked": asked,
        "only": only,
        "days": days,
        "ways": [
            {"name": name, "address": _address(asked, it, days), "chosen": it == only}
            for it, name in (("", "All"), ("unused", "Unused"), ("never", "Never match"))
        ],
        "all_days": [
            {"days": it, "address": _address(asked, only, it), "chosen": it == days} for it in DAYS
        ],
        "facts": [
            {"fact": fact, "label": label, "count": count, "address": _address(fact, "", days)}
            for fact, label, count in facts[:MOST_FACTS]
        ],
        "used": used,
        "rows": [_row(it, days) for it in found[:MOST_ROWS]],
        "count": len({it.version.rule_id for it in found}),
        "is_finished": is_finished,
        "more": max(0, len(found) - MOST_ROWS),
    }
    page: HttpResponse = model_admin.page(request, "rules/map.html", context)
    return page


def _row(it: mapping.Mapped, days: int) -> dict[str, Any]:
    return {
        "version": it.version,
        "point": words.title_of(it.version.rule.point),
        "spoken": [
            {"fact": said.fact, "label": said.label, "value": said.value,
             "address": _address(f"{said.fact} {said.value}".strip(), "", days)}
            for said in it.spoken
        ],
        "use": it.use,
        "never": it.never,
    }  # fmt: skip


def _days(written: str) -> int:
    return int(written) if written in {str(it) for it in DAYS} else 30


def _address(asked: str, only: str, days: int) -> str:
    given = {"q": asked, "only": only, "days": str(days) if days != 30 else ""}  # noqa: PLR2004 - what is not said
    return f"?{urlencode({name: it for name, it in given.items() if it})}"
