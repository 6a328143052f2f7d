"""What the event log itself tells."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from shared_kernel.bus.messages import Event


class MessageReplayed(Event, frozen=True):
    """Somebody had a parked message delivered once more."""

    name: ClassVar = "eventlog.message-replayed.v1"
    event_id: UUID
    context: str
    of_stream: str

    @property
    def stream(self) -> str:
        return f"message-{self.event_id}"
