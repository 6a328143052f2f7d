"""
Charts as SVG, made here: small pure functions of numbers, coloured by the page's own style sheet.

They are decoration to a screen reader, which reads the table beside each. What this cannot do: scales other than linear.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

WIDTH, HEIGHT, TOP, FOOT = 640, 190, 22, 34
BAR_WIDTH, BAR_HEIGHT = 120, 12
LEAST = 1.5  # what is not nothing can be seen


def histogram(counts: Sequence[int], edges: Sequence[str], *, middle: int) -> SafeString:
    """
    Columns of counts, with what stands between them below; those before `middle` are `less`, the others `more`.

    There is one edge fewer than there are counts: the first and the last column are open.
    """
    most, step = max([*counts, 1]), WIDTH / len(counts)
    room = HEIGHT - TOP - FOOT
    columns = []
    for number, count in enumerate(counts):
        tall = max(count / most * room, LEAST) if count else 0
        x, y = number * step, TOP + room - tall
        kind = "less" if number < middle else "more"
        columns.append((kind, x + step * 0.09, y, step * 0.82, tall))
    shown = format_html_join(
        "",
        '<rect class="v-{}" x="{}" y="{}" width="{}" height="{}" rx="2"/>',
        ((kind, *map(_at, where)) for kind, *where in columns if where[3]),
    )
    said = format_html_join(
        "",
        '<text class="v-said" x="{}" y="{}">{}</text>',
        (
            (_at(x + wide / 2), _at(y - 6), f"{count:,}")
            for (_, x, y, wide, _), count in zip(columns, counts, strict=True)
            if count
        ),
    )
    ticks = format_html_join(
        "",
        '<text x="{}" y="{}">{}</text>',
        ((_at((number + 1) * step), HEIGHT - FOOT + 16, edge) for number, edge in enumerate(edges)),
    )
    return format_html(
        '<svg class="v-histogram" viewBox="0 0 {} {}" aria-hidden="true" focusable="false">'
        '<line x1="0" y1="{}" x2="{}" y2="{}"/><line class="v-zero" x1="{}" y1="{}" x2="{}" y2="{}"/>'
        "{}{}{}</svg>",
        WIDTH, HEIGHT, HEIGHT - FOOT, WIDTH, HEIGHT - FOOT,
        _at(middle * step), TOP - 14, _at(middle * step), HEIGHT - FOOT + 4,
        shown, said, ticks,
    )  # fmt: skip


def bar(value: int, low: int, high: int) -> SafeString:
    """One number beside others, of which none is below `low` or above `high`: to the right of zero, or to its left."""
    low, high = min(low, 0), max(high, 0)
    scale = BAR_WIDTH / ((high - low) or 1)
    zero = -low * scale
    long = max(abs(value) * scale, LEAST) if value else 0
    x = min(zero, BAR_WIDTH - long) if value > 0 else max(zero - long, 0)
    return format_html(
        '<svg class="v-bar-of" viewBox="0 0 {} {}" aria-hidden="true" focusable="false">'
        '<rect class="v-{}" x="{}" y="1" width="{}" height="{}" rx="1.5"/>'
        '<line x1="{}" y1="0" x2="{}" y2="{}"/></svg>',
        BAR_WIDTH, BAR_HEIGHT, "more" if value > 0 else "less", _at(x), _at(long), BAR_HEIGHT - 2,
        _at(zero), _at(zero), BAR_HEIGHT,
    )  # fmt: skip


def _at(number: float) -> str:
    return f"{number:.1f}"
