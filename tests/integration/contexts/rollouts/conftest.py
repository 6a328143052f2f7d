"""A release at staging that tries one rule anew, and carts to try it on."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import pytest

from contexts.evaluation import services as evaluations
from contexts.evaluation.carts import Cart
from contexts.rules import services
from contexts.rules.events import RolloutGuard
from contexts.rules.policies.rollouts import ramp_of
from shared_kernel import clock
from shared_kernel.decisions import EffectText
from tests.integration.contexts.conftest import deliver, text

POINT = "promotions.line-discounts"
SHADOW, AT_ONCE = "shadow 1h, 50% 1h, 100%", "50% 1h, 100%"
MONDAY = datetime(2025, 11, 24, 9, tzinfo=UTC)


def cart(customer: str | None = None, *, quantity: int = 2, **more) -> Cart:
    line = {
        "id": "1", "sku": "A", "quantity": quantity,
        "unit_price": {"amount": "10.00", "currency": "EUR"},
    }  # fmt: skip
    who = {"customer": {"id": customer}} if customer else {}
    return msgspec.convert({"currency": "EUR", "lines": [line], **who, **more}, Cart)


def evaluate(*carts: Cart):
    return evaluations.evaluate_carts(carts)


def start(release, ramp: str = SHADOW):
    return services.start_rollout(
        number=release.number, ramp=ramp_of(ramp), guards=(), started_by="user:anna"
    )


def paid(customer: str) -> str:
    (answer,) = evaluate(cart(customer))
    return str(answer.totals.total.amount)


def guard(metric: str, at_most: str, min_carts: int = 1) -> RolloutGuard:
    return RolloutGuard(metric, Decimal(at_most), min_carts)


def counted(rollout) -> int:
    """Count everything that has not been counted."""
    done = evaluations.count_rollout(rollout.id)
    deliver()  # a broken guard
    deliver()  # what comes of it
    return done


def approved_version(rule_id: UUID, *, percent: str, **more: Any) -> dict[str, Any]:
    """One more version of the rule, approved: which it is."""
    draft = services.draft_version(
        rule_id=rule_id, text=text(params={"percent": percent}), author="user:anna", **more
    )
    place = {"rule_id": rule_id, "number": draft.number}
    read = services.submit_version(**place, submitted_by="user:anna")
    services.approve_version(**place, reviewer="user:ben", content_hash=read.content_hash)
    return place


@pytest.fixture
def changed(active):
    """Ten percent decide; of the same rule thirty are approved."""
    ten = active("ten", text(params={"percent": "10"}))
    thirty = msgspec.structs.replace(
        ten.text, effects=(EffectText("percent_off_line", {"percent": "30"}),), reason="Thirty off"
    )
    draft = services.draft_version(rule_id=ten.rule_id, text=thirty, author="user:anna")
    submitted = services.submit_version(
        rule_id=ten.rule_id, number=draft.number, submitted_by="user:anna"
    )
    return services.approve_version(
        rule_id=ten.rule_id, number=draft.number, reviewer="user:ben",
        content_hash=submitted.content_hash,
    )  # fmt: skip


@pytest.fixture
def release(changed):
    """The thirty percent, put together by anna, at staging."""
    made = services.make_release(
        name="Spring", made_by="user:anna", members=[(changed.rule_id, changed.number)]
    )
    for stage in ("development", "staging"):
        services.promote_release(number=made.number, stage=stage, promoted_by="user:anna")
    return made


@pytest.fixture
def allowed(release):
    """The same, approved for production."""
    services.approve_promotion(
        number=release.number, stage="production", digest=release.digest, reviewer="user:ben"
    )
    return release


@pytest.fixture
def rolled(allowed):
    """`rolled(ramp, *guards)` starts a roll-out that every context has heard of."""

    def start(ramp: str = "shadow 1h, 50% 1h, 100%", *guards: RolloutGuard):
        rollout = services.start_rollout(
            number=allowed.number, ramp=ramp_of(ramp), guards=guards, started_by="user:anna"
        )
        deliver()
        return rollout

    return start


@pytest.fixture(autouse=True)
def _at_once(settings):
    settings.ROLLOUT_AFTER = 0.0


@pytest.fixture
def now():
    """A Monday morning that only the test moves on."""
    with clock.frozen(MONDAY) as frozen:
        yield frozen
