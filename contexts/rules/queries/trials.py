"""Roll-outs as times on a calendar: which version was or is tried on how many of a hundred customers, step by step."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from contexts.rules.models import Rollout, RuleVersion
from contexts.rules.queries.rollouts import tried_by

MOST = 50  # roll-outs of one calendar, the newest
MOMENT = timedelta(seconds=1)  # the last step of one that is completed takes no time


def steps_between(
    starts_at: datetime, ends_at: datetime
) -> tuple[list[tuple[RuleVersion, Decimal, datetime, datetime | None]], bool]:
    """
    Each version tried with its share, from when until when, of roll-outs within a time; and whether some were left out.

    The last step of one under way is open.
    """
    rollouts = Rollout.objects.select_related("release").filter(started_at__lt=ends_at)
    found = rollouts.exclude(ended_at__lte=starts_at).order_by("-started_at")
    listed = list(found[: MOST + 1])
    steps = [
        (version, share, begun, over)
        for rollout in listed[:MOST]
        for version in tried_by(rollout).values()
        for share, begun, over in _steps(rollout)
        if begun < ends_at and (over is None or over > starts_at)
    ]
    return steps, len(listed) > MOST


def _steps(rollout: Rollout) -> list[tuple[Decimal, datetime, datetime | None]]:
    """Share, begin and end of each step taken; the next one's begin is its end."""
    taken = [
        (Decimal(it["percent"]), datetime.fromisoformat(it["at"])) for it in rollout.steps_taken
    ]
    ends = [*(at for _, at in taken[1:]), rollout.ended_at]
    return [
        (share, at, over)
        for (share, at), over in zip(taken, ends, strict=True)
        if over is None or over - at > MOMENT
    ]
