"""What this event log gives the bus: see `shared_kernel.bus.ports.EventLog`."""

from shared_kernel.eventlog.once import mark_performed, perform_command
from shared_kernel.eventlog.subscriptions import contexts_elsewhere, subscribe
from shared_kernel.eventlog.writing import write_events

__all__ = [
    "contexts_elsewhere",
    "mark_performed",
    "perform_command",
    "subscribe",
    "write_events",
]
