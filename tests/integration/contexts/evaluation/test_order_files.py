"""Order files: bounded, read, told by line what is wrong, and kept once."""

from __future__ import annotations

import random

import pytest

from contexts.evaluation.errors import (
    OrderFilesFull,
    OrderFileUnreadable,
)
from contexts.evaluation.orders import uploads
from contexts.evaluation.services import order_files as keeping
from tests.integration.contexts.evaluation.back_tests import (
    keep,
)
from tests.integration.contexts.evaluation.order_files import drawn, file_of, written


class TestUploads:
    def test_what_is_wrong_is_told_by_line(self, in_tenant):
        file = keep(
            file_of(
                "1,A,Lamp,2,2011-01-01 10:00:00,2.50,17850.0,France",
                "C1,A,Lamp,-2,2011-01-01 10:00:00,2.50,17850.0,France",
                "1,B\0,Lamp,x\0,2011-01-01 10:00:00,2.50,17850.0,France",
            )
        )
        assert (file.orders, file.lines, file.reported) == (1, 1, 2)
        told = [(it["line"], it["reason"]) for it in file.report["first"]]
        assert told == [(3, "cancellation"), (4, "quantity is no whole number")]

    def test_the_same_content_again_is_the_file_kept_already(self, orders):
        content = written(drawn(random.Random(5), 60))
        assert keep(content, name="again.csv").id == orders.id
        assert keep(content, channel="store").id != orders.id

    @pytest.mark.parametrize(
        ("content", "more", "complaint"),
        [
            (b"", {}, "empty"),
            (b"a,b\n1,2\n", {}, "no column InvoiceNo"),
            (file_of("C1,A,L,-2,2011-01-01 10:00,2.5,1,France"), {}, "line 2: cancellation"),
            (file_of("1,A,L,2,2011-01-01 10:00,2.5,1,France"), {"currency": "XXY"}, "XXY"),
            (b"\x1f\x8b\x08\x00 this is no gzip", {}, "damaged"),
        ],
    )
    def test_what_is_no_order_file_is_refused_with_its_reason(
        self, in_tenant, content, more, complaint
    ):
        with pytest.raises(OrderFileUnreadable, match=complaint):
            keep(content, **more)

    def test_a_file_that_unpacks_to_too_much_is_refused(self, in_tenant, monkeypatch):
        import gzip

        monkeypatch.setattr(uploads, "UNPACKED_AT_MOST", 10_000)
        row = "1,A,Lamp,2,2011-01-01 10:00:00,2.50,17850.0,France"
        packed = gzip.compress(file_of(*[row] * 1000))
        with pytest.raises(OrderFileUnreadable, match=r"10,000 bytes when unpacked"):
            keep(packed)

    def test_so_many_lines_and_files_are_kept_and_no_more(self, orders, monkeypatch):
        monkeypatch.setattr(uploads, "LINES_AT_MOST", 1)
        row = "1,A,Lamp,2,2011-01-01 10:00:00,2.50,17850.0,France"
        with pytest.raises(OrderFileUnreadable, match="more than 1 lines"):
            keep(file_of(row, row))
        monkeypatch.setattr(keeping, "FILES_AT_MOST", 1)
        with pytest.raises(OrderFilesFull):
            keep(file_of(row))
