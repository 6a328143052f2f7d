"""
Running back-tests: piece by piece, each claim settled by a conditional update.

What is counted so far is kept with every piece, so that whoever takes a killed worker's run up goes on from there, and
a worker that was believed dead finds its claim gone and leaves what it counted behind. After a few seconds a run
lets the worker do what else is to be done, such as making rules active, and waits for its next turn.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

import msgspec
import structlog
from django.db import transaction
from prometheus_client import Histogram

from contexts.evaluation import queries
from contexts.evaluation.carts import Order
from contexts.evaluation.events import BackTestFinished
from contexts.evaluation.models import BackTest, BackTestWork
from contexts.evaluation.policies import tally as counting
from contexts.evaluation.policies.results import result_of
from contexts.evaluation.queries import Drafts
from contexts.evaluation.services.back_tests import wake
from shared_kernel import bus, clock
from shared_kernel.errors import DomainError, NotFound
from shared_kernel.ids import new_id
from shared_kernel.tenancy import across_tenants, current_tenant, tenant_scope

SECONDS_HELD = 60
SECONDS_A_TURN = 2.0
ATTEMPTS = 5
SECONDS_BETWEEN = 3
RUNS = Histogram(
    "verdict_back_test_seconds",
    "Back-tests from being asked for to their end",
    buckets=(1, 2, 5, 10, 30, 60, 300),
)
log = structlog.get_logger(__name__)
Status = BackTest.Status


def run_back_test(back_test_id: UUID) -> None:
    """Run it for a turn, or to its end; unless it is over or in somebody else's hands."""
    token, now = new_id(), clock.now()
    attempts = BackTestWork.claim(back_test_id, token=token, now=now, until=_held())
    if not attempts:
        return
    test = queries.back_test_of(back_test_id)
    if attempts > ATTEMPTS:
        _end(test, token, failure=f"It was begun {ATTEMPTS} times and never got on.")
        return
    try:
        with _uncollected():
            _run(test, token)
    except NotFound as missing:
        _end(test, token, failure=str(missing))
    except Exception as fault:
        log.exception("back-test interrupted", back_test=str(back_test_id))
        _later(test, token, attempts, fault)


def sweep_back_tests(limit: int = 20) -> int:
    """Take up whatever waits or was left lying, of every tenant, for a turn; how many were taken up."""
    with across_tenants("the sweep serves every tenant's back-tests, of which it sees ids only"):
        due = list(
            BackTestWork.objects.filter(due_at__lte=clock.now())
            .order_by("due_at")
            .values_list("tenant_id", "id")[:limit]
        )
    begun = time.monotonic()
    for number, (tenant, back_test_id) in enumerate(due):
        if time.monotonic() - begun > SECONDS_A_TURN:
            return number
        with tenant_scope(tenant):
            run_back_test(back_test_id)
    return len(due)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the collector of circles: it goes over a turn's facts again and again, a third of the time, and finds none."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _run(test: BackTest, token: UUID) -> None:
    drafts = msgspec.convert(test.drafts, Drafts)
    tally = counting.unpacked(bytes(test.tally))

    def refused(order: Order, refusal: DomainError) -> None:
        del order
        counting.leave_out(tally, str(refusal))

    begun, is_turn_over = time.monotonic(), False
    while not is_turn_over:
        some = queries.next_orders(test)
        if not some.orders:
            _end(test, token, tally=tally)
            return
        for order, change in queries.compared(some.orders, drafts, test.rule_sets, refused):
            counting.count(tally, order, change)
        test.carts_done += len(some.orders)
        test.cursor, test.tally = some.cursor, counting.packed(tally)
        is_turn_over = time.monotonic() - begun > SECONDS_A_TURN
        if not _keep(test, token, release=is_turn_over):
            return


def _keep(test: BackTest, token: UUID, *, release: bool) -> bool:
    """Put away what is counted, and perhaps the claim; false if that went to somebody else meanwhile."""
    test.status, test.started_at = Status.RUNNING, test.started_at or clock.now()
    with bus.act():
        until = clock.now() if release else _held()
        if not BackTestWork.hold(test.id, token=token, due_at=until, attempts=0):
            return False
        test.save(update_fields=["status", "started_at", "carts_done", "cursor", "tally"])
        if release:
            transaction.on_commit(partial(wake, current_tenant(), test.id))
    return True


def _end(
    test: BackTest, token: UUID, *, tally: counting.Tally | None = None, failure: str = ""
) -> None:
    """The result, or why there is none, once and for all; nothing if the claim is somebody else's."""
    result = result_of(tally) if tally is not None else None
    test.status = Status.DONE if result is not None else Status.FAILED
    test.result, test.failure = msgspec.to_builtins(result), failure[:500]
    test.tally, test.finished_at = b"", clock.now()
    with bus.act():
        held = BackTestWork.objects.filter(id=test.id, token=token)
        if not held.delete()[0]:
            return
        test.save(update_fields=["status", "result", "failure", "tally", "finished_at"])
        bus.publish(
            BackTestFinished(
                back_test_id=test.id,
                content_hash=test.content_hash,
                rule_id=test.rule_id,
                carts=result.carts if result else 0,
                touched=result.touched if result else 0,
                failure=test.failure,
            )
        )
    RUNS.observe((test.finished_at - test.asked_at).total_seconds())


def _later(test: BackTest, token: UUID, attempts: int, fault: Exception) -> None:
    """Let the sweep take it up again in a while, or give it up."""
    if attempts >= ATTEMPTS:
        told = str(fault) if isinstance(fault, DomainError) else type(fault).__name__
        _end(test, token, failure=f"It was interrupted {attempts} times, last by: {told}")
        return
    due = clock.now() + timedelta(seconds=SECONDS_BETWEEN * attempts)
    BackTestWork.hold(test.id, token=token, due_at=due)


def _held() -> datetime:
    return clock.now() + timedelta(seconds=SECONDS_HELD)
