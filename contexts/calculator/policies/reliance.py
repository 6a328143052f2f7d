"""When recorded decisions still rely on a version."""

from __future__ import annotations

from datetime import datetime, timedelta

RELIED_ON_FOR = timedelta(days=90)
"""After its last recorded decision a version is kept this long: returns and complaints come late."""


def is_still_relied_on(last_used_at: datetime | None, *, at: datetime) -> bool:
    """Whether a decision was recorded with it less than `RELIED_ON_FOR` ago."""
    return last_used_at is not None and at - last_used_at < RELIED_ON_FOR
