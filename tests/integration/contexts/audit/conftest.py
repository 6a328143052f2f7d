"""A chain with a few acts in it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from contexts.audit import services
from shared_kernel import bus
from shared_kernel.ids import new_id

AT = datetime(2026, 3, 29, 1, 59, 59, 999999, tzinfo=UTC)


def act(**more) -> bus.Heard:
    facts = {
        "id": new_id(), "type": "rules.rule-approved.v1", "stream": "rule-1", "version": 1, "occurred_at": AT,
        "actor": "user:anna", "correlation": "c", "causation": "", "data": '{"b":1, "a":"Käse 🧀"}'.encode(),
    }  # fmt: skip
    return bus.Heard(**{**facts, **more})


@pytest.fixture
def chain(in_tenant):
    """Seven acts."""
    return [services.record_act(act(version=number)) for number in range(1, 8)]
