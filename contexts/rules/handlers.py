"""The bus side of rules."""

from __future__ import annotations

from contexts.rules import services
from contexts.rules.events import AttentionWanted
from shared_kernel import bus


@bus.hears(AttentionWanted)
def deliver_notice(event: AttentionWanted) -> None:
    services.deliver_notice(event)
