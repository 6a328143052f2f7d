"""When a version decides, in plain words."""

from __future__ import annotations

from datetime import datetime

from shared_kernel.decisions import Window


def said_window(window: Window) -> str:
    """Such as "from 28 November 2025 at 00:00 until 29 November 2025 at 00:00 (Europe/Berlin)"; "" of one without bounds."""
    bounds = [
        f"{word} {_said(local)}"
        for word, local in (("from", window.starts), ("until", window.ends))
        if local
    ]
    return f"{' '.join(bounds)} ({window.time_zone})" if bounds else ""


def within(sentence: str, window: Window) -> str:
    """A sentence with the window in which it holds; one that says nothing goes on saying nothing."""
    said = said_window(window)
    return f"{sentence.removesuffix('.')}, {said}." if sentence and said else sentence


def _said(local: str) -> str:
    at = datetime.fromisoformat(local)
    return f"{at.day} {at:%B %Y} at {at:%H:%M}"
