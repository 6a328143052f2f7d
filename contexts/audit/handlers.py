"""
The bus side of audit: it hears everything that any context tells, but what `NOT_ONE_BY_ONE` names.

An event that a context declares tomorrow is heard too: the windows of every context are open before this is read.
"""

from __future__ import annotations

from contexts.audit import services
from contexts.audit.queries import NOT_ONE_BY_ONE
from shared_kernel import bus
from shared_kernel.bus.messages import known_messages


def record_act(event: bus.Event) -> None:
    del event  # what is kept is the event as it travelled, not as this release reads it
    services.record_act(bus.being_heard())


for _name, _kind in known_messages().items():
    if issubclass(_kind, bus.Event) and _name not in NOT_ONE_BY_ONE:
        bus.hears(_kind)(record_act)
