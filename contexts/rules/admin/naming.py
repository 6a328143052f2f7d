"""What facts are called on pages: by the words of their decision point, with the path they are written by as a title."""

from __future__ import annotations

import re
from functools import lru_cache

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from shared_kernel.decisions import DecisionPoint, point_named

ATTRIBUTES = "attributes"
_PATH = re.compile(r"\b[a-z_]+\.(?:attributes\.)?[a-z_]\w*\b")
_QUOTED = re.compile(r'("[^"]*"|“[^”]*”)')  # what people wrote: names of rules, texts


def called(point: DecisionPoint, path: str) -> str:
    """A fact in words, such as "the line's unit price"; "" of what is no fact of the point."""
    variable, _, field = path.partition(".")
    holder = point.facts.get(variable)
    fields = point.records.get(holder.type.rstrip("?")) if holder else None
    if holder is None or fields is None or not field:
        return ""
    owner = f"the {holder.label or _plain(variable)}"
    if field.startswith(f"{ATTRIBUTES}."):
        return f"{owner}'s attribute {_plain(field.removeprefix(f'{ATTRIBUTES}.'))}"
    fact = fields.get(field)
    return f"{owner}'s {fact.label or _plain(field)}" if fact else ""


def label_of(point: DecisionPoint, path: str) -> str:
    """A fact in words without whose it is: "unit price"."""
    return called(point, path).partition("'s ")[2]


def worded(sentence: str, point: DecisionPoint | None) -> SafeString:
    """A sentence in which facts are called by their words; what stands in quotes is let be."""
    if point is None:
        return format_html("{}", sentence)
    parts = _QUOTED.split(sentence)
    shown = [part if number % 2 else _worded(part, point.name) for number, part in enumerate(parts)]
    return format_html_join("", "{}", ((it,) for it in shown))


@lru_cache(maxsize=4096)
def _worded(text: str, point: str) -> SafeString:
    opened = point_named(point)
    parts: list[str] = []
    after = 0
    for found in _PATH.finditer(text) if opened else ():
        words = called(opened, found[0]) if opened else ""
        if not words:
            continue
        parts.append(text[after : found.start()])
        begins = not "".join(parts).strip()
        named = '<span class="v-named" title="{}">{}</span>'
        parts.append(format_html(named, found[0], capfirst(words) if begins else words))
        after = found.end()
    return format_html_join("", "{}", ((it,) for it in (*parts, text[after:])))


def _plain(name: str) -> str:
    return name.replace("_", " ")
