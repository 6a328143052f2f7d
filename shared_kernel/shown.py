"""JSON and moments as people read them, for the admin's pages; the moments are filters of every template."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timesince import timesince

from shared_kernel import clock

INDENT = 2
register = template.Library()


@register.filter
def shown_time(moment: datetime | None) -> SafeString:
    """A moment to the minute, by the reader's clocks and with their zone; in UTC as its title; `never` for none."""
    return _stamp(moment, "%d %b %Y, %H:%M")


@register.filter
def shown_second(moment: datetime | None) -> SafeString:
    """As `shown_time`, to the second."""
    return _stamp(moment, "%d %b %Y, %H:%M:%S")


@register.filter
def shown_ago(moment: datetime) -> str:
    """How long ago it was, in one or two units."""
    passed = clock.now() - moment
    return "just now" if passed < timedelta(minutes=1) else f"{timesince(moment, clock.now())} ago"


def _stamp(moment: datetime | None, written: str) -> SafeString:
    if moment is None:
        return SafeString("never")
    try:
        local = timezone.localtime(moment)
    except OverflowError:  # by the reader's clocks it is before the first year or after the last
        local = moment.astimezone(UTC)
    return format_html(
        '<time class="v-time" datetime="{}" title="{} UTC">{} {}</time>',
        moment.isoformat(),
        moment.astimezone(UTC).strftime(written).lstrip("0"),
        local.strftime(written).lstrip("0"),
        zone_of(local),
    )


def zone_of(local: datetime) -> str:
    """What the zone is called at that moment: CET or CEST; of one without letters its distance, UTC+03."""
    name = local.tzname() or ""
    return f"UTC{name}" if name[:1] in {"+", "-"} else name


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
