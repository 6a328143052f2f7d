"""Running sagas: one step at a time, each claim settled by a conditional update."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog

from shared_kernel import bus, clock
from shared_kernel.bus.errors import AnswerLost, ContextAbsent, ContextUnreachable
from shared_kernel.errors import DomainError
from shared_kernel.sagas.definition import Saga, Step, saga_named
from shared_kernel.sagas.models import SagaRecord
from shared_kernel.tenancy.scope import across_tenants, tenant_scope

log = structlog.get_logger(__name__)
Status = SagaRecord.Status
SECONDS_HELD = 30
LIVE = (Status.RUNNING, Status.COMPENSATING)
# the neighbour may be back in a moment; everything else it says is a refusal
TRANSIENT = (ContextUnreachable, ContextAbsent)


def start(saga: Saga, *, key: str, state: dict[str, Any]) -> SagaRecord:
    """Begin a saga, or find the one begun under that key; it is advanced by its caller or the sweep."""
    record, _ = SagaRecord.objects.get_or_create(
        saga=saga.name, key=key, defaults={"state": state, "step_started_at": clock.now()}
    )
    started: SagaRecord = record
    return started


def advance(record_id: UUID) -> SagaRecord:
    """Take steps until the saga ends, has to wait, or is in somebody else's hands."""
    while _hold(record_id):
        record = SagaRecord.objects.get(id=record_id)
        if not _take_step(record):
            break
    ended: SagaRecord = SagaRecord.objects.get(id=record_id)
    return ended


def sweep(limit: int = 100) -> int:
    """Go on with whatever is due, of every tenant; how many sagas were advanced."""
    with across_tenants("the sweep serves every tenant's sagas"):
        due = list(
            SagaRecord.objects.filter(status__in=LIVE, due_at__lte=clock.now())
            .order_by("due_at")
            .values_list("tenant_id", "id")[:limit]
        )
    for tenant, record_id in due:
        with tenant_scope(tenant):
            advance(record_id)
    return len(due)


def _hold(record_id: UUID) -> bool:
    """The right to take the next step, for half a minute: whoever moves `due_at` first has it."""
    now = clock.now()
    held = SagaRecord.objects.filter(id=record_id, status__in=LIVE, due_at__lte=now)
    return bool(held.update(due_at=now + timedelta(seconds=SECONDS_HELD)))


def _take_step(record: SagaRecord) -> bool:
    """Whether the next step may be taken at once."""
    saga = saga_named(record.saga)
    step = saga.steps[record.step]
    forward = record.status == Status.RUNNING
    key = f"{record.id}:{step.name}:{'do' if forward else 'undo'}"
    try:
        answer = _perform(step, record.state, key, forward=forward)
    except AnswerLost:
        answer = None  # it was done before; only its answer did not survive
    except TRANSIENT as failure:
        return _again_later(record, step, failure, forward=forward)
    except DomainError as refusal:
        return _turn_back(record, str(refusal)) if forward else _stuck(record, str(refusal))
    except Exception as fault:  # a performer's fault is repeated like an absence
        log.exception("saga step failed", saga=record.saga, step=step.name)
        return _again_later(record, step, fault, forward=forward)
    if forward and answer is not None:
        record.state.update(step.learn(answer))
    return _next(record, saga)


def _perform(step: Step, state: dict[str, Any], key: str, *, forward: bool) -> Any:
    make = step.command if forward else step.compensation
    return bus.send(make(state), key=key) if make else None


def _again_later(record: SagaRecord, step: Step, failure: Exception, *, forward: bool) -> bool:
    record.attempts += 1
    late = clock.now() > record.step_started_at + step.deadline
    if forward and (late or record.attempts > step.retries):
        return _turn_back(record, f"{step.name}: {failure}")
    # a compensation has no way back: it is repeated for as long as it takes
    wait = min(0.2 * 2**record.attempts, 60) * random.uniform(0.5, 1.5)  # noqa: S311 - jitter
    record.due_at = clock.now() + timedelta(seconds=wait)
    record.reason = f"{step.name}: {failure}"
    _save(record)
    return False


def _turn_back(record: SagaRecord, reason: str) -> bool:
    """Compensate what was done, the failed step included: it may have happened without telling us."""
    record.status, record.reason = Status.COMPENSATING, reason
    return _at_step(record, record.step)


def _stuck(record: SagaRecord, reason: str) -> bool:
    record.status, record.reason = Status.STUCK, reason
    log.error(
        "saga stuck: a compensation was refused", saga=record.saga, key=record.key, reason=reason
    )
    _save(record)
    return False


def _next(record: SagaRecord, saga: Saga) -> bool:
    if record.status == Status.RUNNING and record.step + 1 == len(saga.steps):
        record.status = Status.COMPLETED
        _save(record)
        return False
    if record.status == Status.COMPENSATING and record.step == 0:
        record.status = Status.COMPENSATED
        _save(record)
        return False
    return _at_step(record, record.step + (1 if record.status == Status.RUNNING else -1))


def _at_step(record: SagaRecord, step: int) -> bool:
    record.step, record.attempts = step, 0
    record.step_started_at = record.due_at = clock.now()
    _save(record)
    return True


def _save(record: SagaRecord) -> None:
    record.save(
        update_fields=["status", "step", "attempts", "state", "reason", "step_started_at", "due_at"]
    )
