"""The bus side of rules."""

from __future__ import annotations

from contexts.evaluation.events import RolloutGuardBroken
from contexts.rules import services
from contexts.rules.events import AttentionWanted
from shared_kernel import bus


@bus.hears(RolloutGuardBroken)
def heed_broken_guard(event: RolloutGuardBroken) -> None:
    services.heed_guard(
        rollout_id=event.rollout_id, sentence=event.sentence, evidence=event.evidence
    )


@bus.hears(AttentionWanted)
def queue_notice(event: AttentionWanted) -> None:
    services.queue_notice(event)
