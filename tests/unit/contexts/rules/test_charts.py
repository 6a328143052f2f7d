"""Charts are numbers drawn to scale, and well-formed whatever the numbers are."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contexts.rules.admin.charts import BAR_WIDTH, HEIGHT, WIDTH, bar, histogram


def rects(svg: str) -> list[dict[str, str]]:
    return [it.attrib for it in ET.fromstring(svg).iter() if it.tag == "rect"]  # noqa: S314 - our own


def test_columns_are_as_tall_as_their_counts():
    low, high = rects(histogram([0, 5, 10], ["-1", "0"], middle=2))
    assert float(high["height"]) == pytest.approx(2 * float(low["height"]), abs=0.2)
    assert (low["class"], high["class"]) == ("v-less", "v-more")


def test_a_column_of_nothing_is_not_drawn_and_one_of_little_can_be_seen():
    (some, most) = rects(histogram([1, 0, 1_000_000], ["0", "1"], middle=1))
    assert float(some["height"]) > 1
    assert float(most["height"]) < HEIGHT


@given(st.lists(st.integers(-(10**15), 10**15), min_size=1, max_size=20))
def test_bars_stay_inside_and_keep_their_order(values):
    low, high = min(values), max(values)
    drawn = [rects(bar(it, low, high))[0] for it in values]
    for value, rect in zip(values, drawn, strict=True):
        x, width = float(rect["x"]), float(rect["width"])
        assert x >= -0.1
        assert x + width <= BAR_WIDTH + 0.1
        assert (width > 0) == (value != 0)
    widest = max(values, key=abs)
    assert float(drawn[values.index(widest)]["width"]) == max(float(it["width"]) for it in drawn)


def test_what_stands_below_is_escaped():
    assert "<b>" not in histogram([1, 2], ["<b>"], middle=1)
    assert str(WIDTH) in histogram([1, 2], ["0"], middle=1)
