"""Keeping and removing order files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from uuid import UUID

import msgspec
from django.db import IntegrityError

from contexts.evaluation import queries
from contexts.evaluation.carts import Order
from contexts.evaluation.errors import OrderFilesFull
from contexts.evaluation.events import OrderFileRemoved, OrderFileUploaded
from contexts.evaluation.messages import LineReported
from contexts.evaluation.models import OrderFile, OrderPiece
from shared_kernel import bus
from shared_kernel.ids import new_id

FILES_AT_MOST = 50
FIRST_REPORTED = 50
ORDERS_A_PIECE, LINES_A_PIECE = 250, 6_000


def keep_order_file(
    *,
    name: str,
    sha256: str,
    orders: Sequence[Order],
    reported: Sequence[LineReported],
    currency: str,
    channel: str,
    uploaded_by: str,
) -> OrderFile:
    """
    Keep orders for back-tests; the same content, currency and channel again is the file kept already.

    Raises:
        OrderFilesFull: the tenant keeps as many as it may.

    """
    same = OrderFile.objects.filter(sha256=sha256, currency=currency, channel=channel)
    known: OrderFile | None = same.first()
    if known is not None:
        return known
    if OrderFile.objects.count() >= FILES_AT_MOST:
        raise OrderFilesFull(limit=FILES_AT_MOST)
    file = OrderFile(
        id=new_id(),
        name=name,
        sha256=sha256,
        currency=currency,
        channel=channel,
        orders=len(orders),
        lines=sum(len(it.cart.lines) for it in orders),
        reported=len(reported),
        report={
            "reasons": dict(Counter(it.reason for it in reported).most_common()),
            "first": msgspec.to_builtins(reported[:FIRST_REPORTED]),
        },
        first_at=min(it.at for it in orders),
        last_at=max(it.at for it in orders),
        uploaded_by=uploaded_by,
    )
    pieces = [
        OrderPiece(order_file=file, number=number, orders=queries.packed(some))
        for number, some in enumerate(_pieces(orders))
    ]
    try:
        with bus.unit_of_work():
            file.save(force_insert=True)
            OrderPiece.objects.bulk_create(pieces)
            bus.publish(
                OrderFileUploaded(
                    order_file_id=file.id,
                    file=name,
                    sha256=sha256,
                    orders=file.orders,
                    uploaded_by=uploaded_by,
                )
            )
    except IntegrityError:  # somebody else kept it at the same moment
        kept: OrderFile | None = same.first()
        if kept is None:
            raise
        return kept
    return file


def _pieces(orders: Sequence[Order]) -> Iterator[Sequence[Order]]:
    """The orders in their order, in pieces of so many at most."""
    begun = lines = 0
    for number, order in enumerate(orders):
        size = len(order.cart.lines)
        if number > begun and (number - begun >= ORDERS_A_PIECE or lines + size > LINES_A_PIECE):
            yield orders[begun:number]
            begun, lines = number, 0
        lines += size
    yield orders[begun:]


def remove_order_file(*, order_file_id: UUID, removed_by: str) -> None:
    """
    Remove an order file; back-tests that are over keep their results, one under way over it fails.

    Raises:
        NotFound.

    """
    file = queries.order_file_of(order_file_id)
    with bus.unit_of_work():
        OrderPiece.objects.filter(order_file=file).delete()
        OrderFile.objects.filter(id=file.id).delete()
        bus.publish(OrderFileRemoved(order_file_id=order_file_id, removed_by=removed_by))
