"""When a version decides, in plain words."""

from __future__ import annotations

from datetime import datetime

from contexts.rules.errors import UnreadableWindow
from contexts.rules.policies import moments_of
from shared_kernel.decisions import Window


def said_window(window: Window) -> str:
    """Such as "from 28 November 2025 at 00:00 until 29 November 2025 at 00:00 (Europe/Berlin)"; "" of one without bounds."""
    bounds = [
        f"{word} {_said(local)}"
        for word, local in (("from", window.starts), ("until", window.ends))
        if local
    ]
    return f"{' '.join(bounds)} ({window.time_zone})" if bounds else ""


def tried_outside(window: Window, at: datetime) -> str:
    """What is said when a version is tried at a moment when its window is not open; "" when it is, or cannot be read."""
    try:
        moments = moments_of(window)
    except UnreadableWindow:
        return ""
    if moments.starts_at is not None and at < moments.starts_at:
        return f"Tried as if it decided already: its window opens on {_said(window.starts)} ({window.time_zone})."
    if moments.ends_at is not None and at >= moments.ends_at:
        return f"Tried as if it still decided: its window closed on {_said(window.ends)} ({window.time_zone})."
    return ""


def tried_whenever(window: Window) -> str:
    """What is said when a version is tried on orders of any time, though it is to decide within its window only."""
    said = said_window(window)
    return f"Tried on all of them as if it decided then; it is to decide {said}." if said else ""


def within(sentence: str, window: Window) -> str:
    """A sentence with the window in which it holds; one that says nothing goes on saying nothing."""
    said = said_window(window)
    return f"{sentence.removesuffix('.')}, {said}." if sentence and said else sentence


def _said(local: str) -> str:
    at = datetime.fromisoformat(local)
    return f"{at.day} {at:%B %Y} at {at:%H:%M}"
