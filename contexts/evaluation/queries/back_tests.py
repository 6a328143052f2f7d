"""Back-tests and order files as others see them."""

from __future__ import annotations

from typing import Literal, cast
from uuid import UUID

import msgspec
from django.db.models import QuerySet

from contexts.evaluation.messages import (
    BackTestFigures,
    BackTestLimits,
    BackTestResult,
    BackTestStanding,
    BackTestStatus,
    LineReported,
    OrderFileKept,
)
from contexts.evaluation.models import BackTest, OrderFile
from contexts.evaluation.policies.limits import verdict_of
from contexts.evaluation.queries.comparing import rule_sets_now
from contexts.evaluation.queries.lacking import lacking_of
from shared_kernel.errors import NotFound


def back_test_of(back_test_id: UUID) -> BackTest:
    """
    One back-test.

    Raises:
        NotFound: this tenant has none of that id.

    """
    found: BackTest | None = BackTest.objects.filter(id=back_test_id).first()
    if found is None:
        raise NotFound(what="back-test", id=back_test_id)
    return found


def back_tests_of(content_hash: str, rule_id: str | None = None) -> QuerySet[BackTest]:
    """Those of this very content, of that rule if one is named; newest first."""
    found: QuerySet[BackTest] = BackTest.objects.filter(content_hash=content_hash)
    if rule_id is not None:
        found = found.filter(rule_id=rule_id)
    return found.order_by("-id")


def order_file_of(order_file_id: UUID) -> OrderFile:
    """
    One order file.

    Raises:
        NotFound: this tenant has none of that id.

    """
    found: OrderFile | None = OrderFile.objects.filter(id=order_file_id).first()
    if found is None:
        raise NotFound(what="order file", id=order_file_id)
    return found


def kept(file: OrderFile) -> OrderFileKept:
    """An order file as others see it."""
    return OrderFileKept(
        id=file.id,
        file=file.name,
        currency=file.currency,
        channel=file.channel,
        orders=file.orders,
        lines=file.lines,
        reported=file.reported,
        reasons=file.report["reasons"],
        first_reported=msgspec.convert(file.report["first"], tuple[LineReported, ...]),
        first_at=file.first_at,
        last_at=file.last_at,
        uploaded_by=file.uploaded_by,
        uploaded_at=file.uploaded_at,
    )


def shown(back_test: BackTest) -> BackTestStanding:
    """A back-test as others see it; the rules that decide now are asked for."""
    kind: Literal["orders", "recorded"] = "orders" if back_test.order_file_id else "recorded"
    return BackTestStanding(
        id=back_test.id,
        content_hash=back_test.content_hash,
        rule_id=back_test.rule_id,
        source=back_test.source,
        kind=kind,
        status=cast("BackTestStatus", back_test.status),
        carts_total=back_test.carts_total,
        carts_done=back_test.carts_done,
        asked_by=back_test.asked_by,
        asked_at=back_test.asked_at,
        rule_sets=back_test.rule_sets,
        is_current=_is_current(back_test),
        started_at=back_test.started_at,
        finished_at=back_test.finished_at,
        failure=back_test.failure,
        result=_result_of(back_test),
        lacking=lacking_of(back_test),
    )


def summary_of(
    content_hash: str, rule_id: str | None, limits: BackTestLimits | None
) -> BackTestFigures | None:
    """The newest finished one in short, and the limits that it breaks; nothing, if none is finished."""
    done = back_tests_of(content_hash, rule_id).filter(status=BackTest.Status.DONE).first()
    result = _result_of(done) if done is not None else None
    if done is None or result is None or done.finished_at is None:
        return None
    is_current = _is_current(done)
    return BackTestFigures(
        id=done.id,
        content_hash=done.content_hash,
        source=done.source,
        finished_at=done.finished_at,
        is_current=is_current,
        carts=result.carts,
        touched=result.touched,
        left_out=sum(it.carts for it in result.left_out),
        by_currency={it.currency: it.sums for it in result.currencies},
        broken=verdict_of(result, limits, is_current=is_current) if limits else (),
    )


def _result_of(back_test: BackTest) -> BackTestResult | None:
    return msgspec.convert(back_test.result, BackTestResult | None)


def _is_current(back_test: BackTest) -> bool:
    compared_with: dict[str, str] = back_test.rule_sets
    return rule_sets_now() == compared_with
