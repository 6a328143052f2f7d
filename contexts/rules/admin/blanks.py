"""A template's words with its parameters marked by their labels: "[Percent] % off", however it is written."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

_BLANK = re.compile(r"(\{[^{}]+\}|\[[^\[\]]+\])")


def with_blanks(text: str, parameters: Iterable[dict[str, Any]]) -> SafeString:
    """The same with `{name}` and `[Label]` of parameters as marks that say the label; other brackets are let be."""
    labels = {f"{{{it['name']}}}": it["label"] for it in parameters}
    labels |= {f"[{label}]": label for label in labels.values()}
    parts = (
        format_html('<mark class="v-in-blank">{}</mark>', labels[part]) if part in labels else part
        for part in _BLANK.split(text)
    )
    return format_html_join("", "{}", ((it,) for it in parts))
