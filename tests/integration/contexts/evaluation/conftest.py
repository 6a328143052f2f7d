"""A rule that decides, and real orders."""

from __future__ import annotations

import random

import pytest

from contexts.evaluation.models import OrderFile
from tests.integration.contexts.conftest import text
from tests.integration.contexts.evaluation.back_tests import keep
from tests.integration.contexts.evaluation.order_files import drawn, written


@pytest.fixture
def dozen(active):
    return active("dozen", text("line.quantity >= 12", params={"percent": "3"}, name="Dozen"))


@pytest.fixture
def orders(in_tenant) -> OrderFile:
    return keep(written(drawn(random.Random(5), 60)))
