"""JSON and moments as people read them, for the admin's pages."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

INDENT = 2


def shown_time(moment: datetime | None) -> SafeString:
    """A moment to the minute, in UTC like everything that is stored; `never` for none."""
    if moment is None:
        return SafeString("never")
    shown = moment.astimezone(UTC).strftime("%d %b %Y, %H:%M").lstrip("0")
    stamp = '<time class="v-time" datetime="{}">{}</time>'
    return format_html(stamp, moment.isoformat(), shown)


def shown_json(value: Any) -> SafeString:
    """A JSON value indented, its names and texts set apart; whatever it holds is escaped."""
    return format_html('<pre class="v-json-shown">{}</pre>', _shown(value, 0))


def _shown(value: Any, depth: int) -> Any:
    if isinstance(value, dict) and value:
        items = ((json.dumps(name), _shown(inner, depth + 1)) for name, inner in value.items())
        rows = [format_html("<b>{}</b>: {}", name, inner) for name, inner in items]
        return _block("{", rows, "}", depth)
    if isinstance(value, list) and value:
        return _block("[", [_shown(inner, depth + 1) for inner in value], "]", depth)
    if isinstance(value, str):
        return format_html("<i>{}</i>", json.dumps(value, ensure_ascii=False))
    return json.dumps(value)


def _block(begin: str, rows: list[Any], end: str, depth: int) -> SafeString:
    inner, outer = " " * INDENT * (depth + 1), " " * INDENT * depth
    inside = format_html_join(",\n", "{}{}", ((inner, row) for row in rows))
    return format_html("{}\n{}\n{}{}", begin, inside, outer, end)
