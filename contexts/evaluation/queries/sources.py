"""Where a back-test takes its carts from: the pieces of an order file, or recorded evaluations in their order."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec
from django.db.models import Q, QuerySet

from contexts.evaluation.carts import Cart, Order
from contexts.evaluation.models import BackTest, EvaluationRecord, OrderFile, OrderPiece
from shared_kernel.errors import NotFound

RECORDED_AT_MOST = 20_000
RECORDED_AT_ONCE = 250
_orders = msgspec.json.Decoder(tuple[Order, ...])


class Some(NamedTuple):
    """The next orders of a source, and where to go on; no orders when there are no more."""

    orders: tuple[Order, ...]
    cursor: str


def packed(orders: Iterable[Order]) -> bytes:
    return zlib.compress(msgspec.json.encode(tuple(orders)), 6)


def unpacked(content: bytes) -> tuple[Order, ...]:
    """The orders of one piece."""
    return _orders.decode(zlib.decompress(content))


def next_orders(back_test: BackTest) -> Some:
    """
    The orders that come after those counted so far.

    Raises:
        NotFound: the order file has been removed meanwhile.

    """
    if back_test.order_file_id is not None:
        return _of_file(back_test.order_file_id, back_test.cursor)
    return _recorded(back_test)


def _of_file(order_file_id: UUID, cursor: str) -> Some:
    number = int(cursor) if cursor else 0
    pieces = OrderPiece.objects.filter(order_file_id=order_file_id)
    piece: OrderPiece | None = pieces.filter(number=number).first()
    if piece is not None:
        return Some(unpacked(bytes(piece.orders)), str(number + 1))
    if not OrderFile.objects.filter(id=order_file_id).exists():
        raise NotFound(what="order file", id=order_file_id)
    return Some((), cursor)


def _recorded(back_test: BackTest) -> Some:
    rows = _window(back_test.since, back_test.until).order_by("evaluated_at", "id")
    if back_test.cursor:
        moment, _, last = back_test.cursor.partition("|")
        at = datetime.fromisoformat(moment)
        rows = rows.filter(Q(evaluated_at__gt=at) | Q(evaluated_at=at, id__gt=UUID(last)))
    found = list(rows[:RECORDED_AT_ONCE])
    if not found:
        return Some((), back_test.cursor)
    cursor = f"{found[-1].evaluated_at.isoformat()}|{found[-1].id}"
    return Some(tuple(_order_of(it) for it in found), cursor)


def _order_of(record: EvaluationRecord) -> Order:
    """The cart as it was asked about; its rules see the moment that it was priced for."""
    cart = msgspec.convert(record.cart, Cart)
    return Order(str(record.id), cart.at or record.evaluated_at, cart)


def _window(since: datetime | None, until: datetime | None) -> QuerySet[EvaluationRecord]:
    rows: QuerySet[EvaluationRecord] = EvaluationRecord.objects.all()
    return rows.filter(evaluated_at__gte=since, evaluated_at__lt=until)


def recorded_since(since: datetime, until: datetime) -> tuple[int, datetime]:
    """How many evaluations there are in that time, of which the newest 20,000 count; and since when these are."""
    rows = _window(since, until).order_by("-evaluated_at", "-id")
    oldest = rows.values_list("evaluated_at", flat=True)[RECORDED_AT_MOST - 1 : RECORDED_AT_MOST]
    since = next(iter(oldest), since)
    return _window(since, until).count(), since
