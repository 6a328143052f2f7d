"""Asking for a back-test."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

import msgspec
import structlog
from celery import current_app
from django.db import IntegrityError, transaction

from contexts.calculation.messages import CheckedRule, CheckRule
from contexts.evaluation import queries
from contexts.evaluation.errors import (
    BackTestUnderWay,
    DraftUnsound,
    NothingToTest,
    PointWithoutPrices,
    SourceUnclear,
    TooManyBackTests,
)
from contexts.evaluation.events import BackTestAsked
from contexts.evaluation.messages import DraftUnderTest
from contexts.evaluation.models import BackTest, BackTestWork
from contexts.evaluation.queries.comparing import POINTS
from shared_kernel import bus, clock
from shared_kernel.decisions import RuleText
from shared_kernel.errors import Invalid
from shared_kernel.ids import new_id
from shared_kernel.tenancy import current_tenant

UNDER_WAY_AT_MOST = 10
RULE_ID_AT_MOST, NAME_AT_MOST, VERSION_AT_MOST = 64, 120, 2**31 - 1
RUN = "evaluation.run_back_test"
log = structlog.get_logger(__name__)


def ask_for_back_test(
    *,
    drafts: Sequence[DraftUnderTest],
    order_file_id: UUID | None,
    days: int | None,
    asked_by: str,
) -> BackTest:
    """
    Have drafts tried over an order file, or over what was evaluated in so many last days.

    It is compared with the rules active now, whatever becomes active while it runs.

    Raises:
        SourceUnclear, NothingToTest, NotFound: there is no such source, or nothing in it.
        DraftUnsound, PointWithoutPrices: a draft cannot be tested. BackTestUnderWay: this very content is being.
        TooManyBackTests: so many are under way.

    """
    if (order_file_id is None) == (days is None):
        raise SourceUnclear
    under_way = BackTest.objects.filter(
        status__in=[BackTest.Status.WAITING, BackTest.Status.RUNNING]
    )
    if under_way.count() >= UNDER_WAY_AT_MOST:
        raise TooManyBackTests(limit=UNDER_WAY_AT_MOST)
    content_hash = content_of(drafts)
    now = clock.now()
    test = BackTest(
        id=new_id(),
        content_hash=content_hash,
        rule_id=drafts[0].rule.rule_id if len(drafts) == 1 else "",
        drafts=_by_point(drafts),
        rule_sets=queries.rule_sets_now(),
        asked_by=asked_by,
        asked_at=now,
        **(_of_file(order_file_id) if order_file_id else _recorded(days or 0, now)),
    )
    try:
        with bus.act():
            test.save(force_insert=True)
            BackTestWork.objects.create(id=test.id, due_at=now)
            bus.publish(
                BackTestAsked(
                    back_test_id=test.id,
                    content_hash=content_hash,
                    rule_id=test.rule_id,
                    source=test.source,
                    asked_by=asked_by,
                )
            )
            transaction.on_commit(partial(wake, current_tenant(), test.id))
    except IntegrityError as conflict:
        raise BackTestUnderWay from conflict
    return test


def content_of(drafts: Sequence[DraftUnderTest]) -> str:
    """
    The hash of what is tested: a single draft's own, or one over those of several with their rules.

    It is computed by who checks rules, so that nobody can pass one content's test off as another's.

    Raises:
        PointWithoutPrices, DraftUnsound, Invalid.

    """
    hashes: dict[str, str] = {}
    for number, draft in enumerate(drafts):
        if draft.point not in POINTS:
            raise PointWithoutPrices(
                point=draft.point, known=", ".join(POINTS), pointers=(f"/drafts/{number}/point",)
            )
        _demand_bounds(draft.rule, number)
        if draft.rule.rule_id in hashes:
            raise Invalid(
                reason=f"The rule {draft.rule.rule_id} is drafted twice; leave one of them.",
                pointers=(f"/drafts/{number}/rule/rule_id",),
            )
        checked: CheckedRule = bus.ask(CheckRule(point=draft.point, text=draft.rule))
        if checked.faults:
            fault = checked.faults[0]
            raise DraftUnsound(
                rule=draft.rule.name,
                reason=fault.message,
                pointers=(f"/drafts/{number}/rule{fault.pointer}",),
            )
        hashes[draft.rule.rule_id] = f"{draft.point} {checked.content_hash}"
    if len(drafts) == 1:
        return checked.content_hash
    said = "\n".join(f"{rule_id} {what}" for rule_id, what in sorted(hashes.items()))
    return hashlib.sha256(said.encode()).hexdigest()


def _demand_bounds(rule: RuleText, number: int) -> None:
    """What rules keep to as well: a name and an id of some length, a version that is a number."""
    for field, holds in (
        ("rule_id", 1 <= len(rule.rule_id) <= RULE_ID_AT_MOST),
        ("name", 1 <= len(rule.name) <= NAME_AT_MOST),
        ("version", 0 <= rule.version <= VERSION_AT_MOST),
    ):
        if not holds:
            raise Invalid(
                reason=f"The draft's {field} is out of bounds.",
                pointers=(f"/drafts/{number}/rule/{field}",),
            )


def _by_point(drafts: Sequence[DraftUnderTest]) -> dict[str, Any]:
    found: dict[str, list[Any]] = {}
    for draft in drafts:
        found.setdefault(draft.point, []).append(msgspec.to_builtins(draft.rule))
    return found


def _of_file(order_file_id: UUID) -> dict[str, Any]:
    file = queries.order_file_of(order_file_id)
    return {
        "order_file_id": file.id,
        "source": f"{file.orders:,} orders of {file.name}",
        "carts_total": file.orders,
    }


def _recorded(days: int, until: datetime) -> dict[str, Any]:
    count, since = queries.recorded_since(until - timedelta(days=days), until)
    if not count:
        raise NothingToTest(days=days)
    of_days = "the last day" if days == 1 else f"the last {days} days"
    which = "the newest " if count > queries.RECORDED_AT_MOST else ""
    count = min(count, queries.RECORDED_AT_MOST)
    return {
        "since": since,
        "until": until,
        "source": f"{which}{count:,} carts priced in {of_days}",
        "carts_total": count,
    }


def wake(tenant: UUID, back_test_id: UUID) -> None:
    """Tell a worker; if the broker is away, the sweep finds the row."""
    try:
        current_app.send_task(RUN, (str(tenant), str(back_test_id)), retry=False)
    except Exception as fault:  # noqa: BLE001 - whatever keeps the message from leaving
        log.warning("back-test waits for the sweep", reason=f"{type(fault).__name__}: {fault}")
