"""
Counting what roll-outs do: each new cart once, in the order of their events, and judging the guards each time.

A cart that today's rules decided is decided again with the rules that are tried, against the very set that decided it:
the difference is exact, and attributed to rules by the same tally as a back-test's. A cart that was priced while a point
of the roll-out was stopped says nothing about rules: it is neither compared nor does it count for guards. Whoever moves the claim's time
first counts; one that died is followed by another when its claim is over, and what it did not put away is counted then.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import groupby
from uuid import UUID

import msgspec
import structlog

from contexts.calculation.messages import StopsOf
from contexts.evaluation import queries
from contexts.evaluation.carts import Cart, Order, PricedCart
from contexts.evaluation.events import RolloutGuardBroken
from contexts.evaluation.models import EvaluationRecord, RolloutTally, RolloutWork, RunningRollout
from contexts.evaluation.policies import tally as counting
from contexts.evaluation.policies.guards import Arms, ArmSums
from contexts.evaluation.queries import Drafts
from contexts.evaluation.queries.rollouts import Arrived, arrived, figures_from
from shared_kernel import bus, clock
from shared_kernel.errors import DomainError
from shared_kernel.ids import new_id
from shared_kernel.tenancy import across_tenants, tenant_scope

SECONDS_HELD, SECONDS_A_TURN, SECONDS_AFTER = 30, 2.0, 30
log = structlog.get_logger(__name__)


def count_rollouts(limit: int = 50) -> int:
    """Count the new carts of every tenant's roll-out; how many carts that were."""
    with across_tenants("the sweep serves every tenant's roll-outs, of which it sees ids only"):
        due = list(
            RolloutWork.objects.filter(due_at__lte=clock.now())
            .order_by("due_at")
            .values_list("tenant_id", "id")[:limit]
        )
    counted = 0
    for tenant, rollout_id in due:
        with tenant_scope(tenant):
            counted += count_rollout(rollout_id)
    return counted


def count_rollout(rollout_id: UUID) -> int:
    """Count the new carts of one roll-out, unless somebody else does; how many that were."""
    token, now = new_id(), clock.now()
    until = now + timedelta(seconds=SECONDS_HELD)
    if not RolloutWork.claim(rollout_id, token=token, now=now, until=until):
        return 0
    try:
        counted, is_done = _count(rollout_id, token)
    except Exception:
        log.exception("roll-out not counted", rollout=str(rollout_id))
        RolloutWork.hold(rollout_id, token=token, due_at=clock.now() + timedelta(seconds=3))
        return 0
    if is_done:
        RolloutWork.objects.filter(id=rollout_id, token=token).delete()
    else:
        RolloutWork.hold(rollout_id, token=token, due_at=clock.now())
    return counted


def _count(rollout_id: UUID, token: UUID) -> tuple[int, bool]:
    """How many carts were counted in a turn, and whether there will be no more."""
    running: RunningRollout = RunningRollout.objects.get(id=rollout_id)
    tally: RolloutTally = RolloutTally.objects.get(id=rollout_id)
    counted, begun = 0, time.monotonic()
    while time.monotonic() - begun < SECONDS_A_TURN:
        some = arrived(rollout_id, after=tally.after, after_at=tally.after_at)
        if not some.events:
            over = running.ended_at
            return counted, over is not None and clock.now() - over > timedelta(
                seconds=SECONDS_AFTER
            )
        _add(running, tally, some)
        if not _keep(running, tally, token):
            break
        counted += len(some.records)
    return counted, False


def _add(running: RunningRollout, tally: RolloutTally, some: Arrived) -> None:
    paired = counting.unpacked(bytes(tally.paired))
    arms = msgspec.convert(tally.arms, Arms)
    drafts = msgspec.convert(running.candidates, Drafts)
    records = _unstopped(some.records, tuple(drafts))
    for record in records:
        _add_to_arm(arms, record)
    todays = [it for it in records if it.arm != "candidate"]

    def refused(order: Order, refusal: DomainError) -> None:
        del order
        counting.leave_out(paired, str(refusal))

    for rule_sets, same in _by_rule_sets(todays):
        orders = [_order_of(it) for it in same]
        for order, change in queries.compared(orders, drafts, rule_sets, refused):
            counting.count(paired, order, change)
    tally.paired, tally.arms = counting.packed(paired), msgspec.to_builtins(arms)
    tally.after, tally.after_at, tally.counted_at = some.after, some.after_at, clock.now()


def _unstopped(
    records: Sequence[EvaluationRecord], points: tuple[str, ...]
) -> list[EvaluationRecord]:
    """Those that were priced while all of these points decided."""
    if not records:
        return []
    since = min(it.evaluated_at for it in records)
    stops = bus.ask(StopsOf(points=points, since=since)).stops
    return [
        record
        for record in records
        if not any(
            it.starts_at <= record.evaluated_at
            and (it.ends_at is None or record.evaluated_at < it.ends_at)
            for it in stops
        )
    ]


def _add_to_arm(arms: Arms, record: EvaluationRecord) -> None:
    answer = msgspec.convert(record.priced, PricedCart)
    listed = answer.totals.subtotal
    if answer.shipping is not None:
        listed += answer.shipping.subtotal
    sums = arms.setdefault(record.currency, {}).setdefault(record.arm, ArmSums())
    sums.add(listed=listed.minor, discount=(listed + answer.totals.tax - answer.totals.total).minor)


def _by_rule_sets(
    records: Sequence[EvaluationRecord],
) -> Iterator[tuple[dict[str, str], list[EvaluationRecord]]]:
    """The records that the same sets of rules decided, together."""

    def key(record: EvaluationRecord) -> str:
        return json.dumps(record.rule_sets, sort_keys=True)

    for _, some in groupby(sorted(records, key=key), key=key):
        group = list(some)
        yield group[0].rule_sets, group


def _order_of(record: EvaluationRecord) -> Order:
    return Order(str(record.id), record.evaluated_at, msgspec.convert(record.cart, Cart))


def _keep(running: RunningRollout, tally: RolloutTally, token: UUID) -> bool:
    """Put away what is counted, and tell of a broken guard, once; false if the claim went to somebody else meanwhile."""
    figures = figures_from(running, tally)
    broken = next((it for it in figures.guards if it.broken), None)
    is_news = broken is not None and not tally.broken
    if broken is not None and is_news:
        tally.broken = broken.broken[:400]
    with bus.unit_of_work():
        until = clock.now() + timedelta(seconds=SECONDS_HELD)
        if not RolloutWork.hold(running.id, token=token, due_at=until):
            return False
        tally.save()
        if broken is not None and is_news:
            bus.publish(
                RolloutGuardBroken(
                    rollout_id=running.id, metric=broken.metric, sentence=broken.broken,
                    evidence=msgspec.to_builtins(figures),
                )
            )  # fmt: skip
    return True
