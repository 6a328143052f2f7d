"""A rule that decides, and real orders."""

from __future__ import annotations

import random

import pytest

from contexts.evaluation.models import OrderFile
from contexts.evaluation.services import running
from tests.integration.contexts.conftest import text
from tests.integration.contexts.evaluation.back_tests import keep
from tests.integration.contexts.evaluation.order_files import drawn, written


@pytest.fixture
def dozen(active):
    return active("dozen", text("line.quantity >= 12", params={"percent": "3"}, name="Dozen"))


@pytest.fixture
def orders(in_tenant) -> OrderFile:
    return keep(written(drawn(random.Random(5), 60)))


@pytest.fixture(autouse=True)
def _one_turn(monkeypatch):
    """A run goes to its end, however slow the machine is; who tests turns says otherwise."""
    monkeypatch.setattr(running, "SECONDS_A_TURN", 600)
