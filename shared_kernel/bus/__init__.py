"""
How contexts talk: ask a query, send a command, publish an event.

    answer = bus.ask(QuoteTax(...))          one answerer, reads only
    outcome = bus.send(ReserveStock(...))    one performer, idempotent by key
    with bus.unit_of_work():                 one transaction; ask and send are refused inside
        bus.publish(CouponRedeemed(...))     any number of listeners, told after the commit
    with bus.act():                          the same, where the database takes none but the application's own

Who answers may live in this process or in another: the caller does not know.
"""

from shared_kernel.bus.dispatch import ask, send
from shared_kernel.bus.errors import (
    AnswerLost,
    ContextAbsent,
    ContextUnreachable,
    RefusedInsideUnitOfWork,
)
from shared_kernel.bus.hearing import Heard, being_heard
from shared_kernel.bus.messages import Command, Event, Query
from shared_kernel.bus.registry import answers, hears, performs
from shared_kernel.bus.unit_of_work import act, publish, unit_of_work

__all__ = [
    "AnswerLost",
    "Command",
    "ContextAbsent",
    "ContextUnreachable",
    "Event",
    "Heard",
    "Query",
    "RefusedInsideUnitOfWork",
    "act",
    "answers",
    "ask",
    "being_heard",
    "hears",
    "performs",
    "publish",
    "send",
    "unit_of_work",
]
