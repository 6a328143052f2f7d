"""Files of real orders."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, ClassVar
from uuid import UUID

import msgspec
from msgspec import Meta

from shared_kernel.bus import Command, Query


class LineReported(msgspec.Struct, frozen=True):
    """A line of an order file that is not priced, and why."""

    line: int
    invoice: str
    reason: str
    detail: str


class OrderFileKept(msgspec.Struct, frozen=True):
    """An order file as it is kept: what is in it, and the first of what is not priced."""

    id: UUID
    file: str
    currency: str
    channel: str
    orders: int
    lines: int
    reported: int
    reasons: dict[str, int]
    first_reported: tuple[LineReported, ...]
    first_at: datetime
    last_at: datetime
    uploaded_by: str
    uploaded_at: datetime


class KeepOrderFile(Command[OrderFileKept], frozen=True):
    """
    Keep these order lines (CSV or gzip, in the Online Retail columns) for back-tests.

    The same content, currency and channel again is the file that is kept already.
    """

    name: ClassVar = "evaluation.keep-order-file.v1"
    file: Annotated[str, Meta(min_length=1, max_length=200)]
    content: bytes
    uploaded_by: str
    currency: str = "GBP"
    channel: Annotated[str, Meta(max_length=64)] = "wholesale"


class ListOrderFiles(Query[tuple[OrderFileKept, ...]], frozen=True):
    """Which order files does this tenant keep, newest first?"""

    name: ClassVar = "evaluation.list-order-files.v1"
