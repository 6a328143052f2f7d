"""A plot with two logarithmic axes, as SVG text."""

from __future__ import annotations

import math
from html import escape

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 760, 420, 70, 290, 20, 50
COLOURS = ("#0f766e", "#94a3b8", "#b45309", "#dc2626", "#7c3aed", "#2563eb")


def log_plot(series: dict[str, dict[int, float]], *, across: str, up: str) -> str:
    """Lines of `{x: y}` by name; both axes in powers of ten."""
    xs = [x for line in series.values() for x in line]
    ys = [y for line in series.values() for y in line.values()]
    left, right = _decades(xs)
    low, high = _decades(ys)

    def place(x: float, y: float) -> tuple[float, float]:
        over = (math.log10(x) - left) / (right - left)
        above = (math.log10(y) - low) / (high - low)
        return (
            LEFT + over * (WIDTH - LEFT - RIGHT),
            HEIGHT - BOTTOM - above * (HEIGHT - TOP - BOTTOM),
        )

    parts = [_grid(left, right, low, high, place)]
    for number, (name, line) in enumerate(series.items()):
        parts.append(_line(name, [place(x, y) for x, y in sorted(line.items())], number))
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(
        f'<text x="{middle:.0f}" y="{HEIGHT - 10}" text-anchor="middle">{escape(across)}</text>'
    )
    parts.append(f'<text x="14" y="{TOP + 4}">{escape(up)}</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="system-ui, sans-serif" font-size="12" fill="#334155">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>{"".join(parts)}</svg>\n'
    )


def _decades(values: list[float] | list[int]) -> tuple[int, int]:
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    return low, max(high, low + 1)


def _grid(left: int, right: int, low: int, high: int, place: object) -> str:
    parts = []
    for power in range(left, right + 1):
        x, _ = place(10**power, 10**low)  # type: ignore[operator]  # a function of two numbers
        parts.append(f'<path d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#e2e8f0"/>')
        parts.append(
            f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{10**power:,}</text>'
        )
    for power in range(low, high + 1):
        _, y = place(10**left, 10**power)  # type: ignore[operator]  # as above
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#e2e8f0"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{10**power:,}</text>')
    return "".join(parts)


def _line(name: str, points: list[tuple[float, float]], number: int) -> str:
    colour, width = COLOURS[number % len(COLOURS)], 3 if number == 0 else 1.5
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points)
    legend = TOP + 16 + number * 22
    return (
        f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="{width}"/>{dots}'
        f'<path d="M{WIDTH - RIGHT + 16} {legend - 4}h18" stroke="{colour}" stroke-width="{width}"/>'
        f'<text x="{WIDTH - RIGHT + 40}" y="{legend}">{escape(name)}</text>'
    )
