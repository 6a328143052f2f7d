"""Asking for back-tests and running them in process: what a worker does, without waiting for it."""

from __future__ import annotations

from uuid import uuid4

import msgspec

from contexts.evaluation import queries, services
from contexts.evaluation.messages import (
    DraftUnderTest,
)
from contexts.evaluation.models import BackTest, OrderFile
from contexts.evaluation.orders import uploads

LINES, ORDER, SHIPPING = (
    "promotions.line-discounts",
    "promotions.order-discounts",
    "promotions.shipping-discounts",
)


def keep(content: bytes, **more) -> OrderFile:
    told = {"name": "orders.csv", "currency": "GBP", "channel": "web", "uploaded_by": "user:anna"}
    return uploads.keep_upload(content=content, **{**told, **more})


def ask(*drafts: DraftUnderTest, file: OrderFile | None = None, days: int | None = None):
    return services.ask_for_back_test(
        drafts=drafts, order_file_id=file.id if file else None, days=days, asked_by="user:anna"
    )


def run(test: BackTest) -> BackTest:
    while not test.is_over:
        services.run_back_test(test.id)
        test.refresh_from_db()
    return test


def result(test: BackTest):
    assert test.status == "done", test.failure
    return queries.shown(test).result


def changed(version, point: str = LINES, **content) -> DraftUnderTest:
    """The next version of a rule, with something changed."""
    newer = msgspec.structs.replace(version.text, version=version.number + 1, **content)
    return DraftUnderTest(point, newer)


def new_rule(content):
    return msgspec.structs.replace(content, rule_id=str(uuid4()), version=1)
