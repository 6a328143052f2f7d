"""News that was parked and is replayed late: it undoes no stop that was heard of meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from contexts.calculation.models import CandidateRule, HaltedPoint, PublishedRule
from contexts.calculation.queries import standing
from contexts.evaluation.models import RunningRollout
from contexts.rules import services
from shared_kernel import clock
from shared_kernel.eventlog.models import Delivery, EventRecord
from tests.integration.contexts.conftest import deliver, text
from tests.integration.contexts.rollouts.conftest import POINT, cart, evaluate

MONDAY = datetime(2025, 11, 24, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def now():
    with clock.frozen(MONDAY) as frozen:
        yield frozen


def paid(customer: str = "x") -> str:
    (answer,) = evaluate(cart(customer))
    return str(answer.totals.total.amount)


def park(event: str) -> Delivery:
    """The newest event of that name reaches neither calculation nor evaluation; everything else is delivered."""
    newest = EventRecord.objects.filter(type=f"rules.{event}.v1").latest("id")
    parked = Delivery.objects.filter(
        event_id=newest.id, context__in=["calculation", "evaluation"], status="pending"
    )
    ids = list(parked.values_list("id", flat=True))
    parked.update(status="parked")
    deliver()
    return Delivery.objects.filter(id__in=ids)


def replay(parked) -> None:
    assert parked.count() > 0
    parked.update(status="pending", due_at=clock.now())
    deliver()
    assert parked.count() == 0, "it was not heard"


def activate(version, number: int = 1) -> None:
    services.activate_version(rule_id=version.rule_id, number=number, activated_by="user:ben")


def pause(version, number: int = 1) -> None:
    services.pause_version(
        rule_id=version.rule_id, number=number, paused_by="user:ben", reason="wrong"
    )


class TestRules:
    def test_a_pause_outlives_the_late_activation(self, now, approved):
        """Of the past it is told that the rule decided until it was paused; nothing decides now."""
        version = approved("ten", text())
        activate(version)
        late = park("rule-activated")
        now.advance(HOUR)
        pause(version)
        deliver()
        now.advance(HOUR)
        replay(late)
        assert paid() == "20.00"
        assert not PublishedRule.objects.filter(active_to=None).exists()
        assert standing.standing_at(POINT, MONDAY + HOUR / 2).members
        assert standing.standing_known(POINT, MONDAY + HOUR / 2, now()).members
        assert not standing.standing_known(POINT, MONDAY + HOUR / 2, MONDAY + HOUR).members
        assert not standing.standing_at(POINT, MONDAY + HOUR).members

    def test_a_late_pause_does_not_undo_that_it_was_resumed(self, now, active):
        version = active("ten", text())
        now.advance(HOUR)
        pause(version)
        late = park("rule-paused")
        now.advance(HOUR)
        services.resume_version(rule_id=version.rule_id, number=1, resumed_by="user:ben")
        deliver()
        replay(late)
        assert paid() == "18.00"

    def test_a_late_version_does_not_take_the_place_of_the_next(self, now, changed):
        """Version 2 was heard of after version 3 began: it decided until then."""
        activate(changed, 2)
        late = park("rule-activated")
        third = services.draft_version(rule_id=changed.rule_id, text=text(), author="user:anna")
        services.submit_version(
            rule_id=changed.rule_id, number=third.number, submitted_by="user:anna"
        )
        services.approve_version(
            rule_id=changed.rule_id, number=third.number, reviewer="user:ben",
            content_hash=third.content_hash,
        )  # fmt: skip
        now.advance(HOUR)
        activate(changed, third.number)
        deliver()
        replay(late)
        assert standing.standing_now(POINT).members == {str(changed.rule_id): 3}
        at_half = standing.standing_at(POINT, MONDAY + HOUR / 2).members
        assert at_half == {str(changed.rule_id): 2}


class TestPoints:
    def test_a_late_stop_does_not_undo_that_it_was_lifted(self, now, active):
        active("ten", text())
        services.halt_point(point=POINT, reason="x", halted_by="user:ben")
        late = park("point-halted")
        now.advance(HOUR)
        services.free_point(point=POINT, freed_by="user:ben")
        deliver()
        replay(late)
        assert paid() == "18.00"
        assert HaltedPoint.is_halted(POINT, MONDAY + HOUR / 2)

    def test_a_late_lifting_does_not_undo_the_next_stop(self, now, active):
        active("ten", text())
        services.halt_point(point=POINT, reason="x", halted_by="user:ben")
        deliver()
        now.advance(HOUR)
        services.free_point(point=POINT, freed_by="user:ben")
        late = park("point-freed")
        now.advance(HOUR)
        services.halt_point(point=POINT, reason="again", halted_by="user:ben")
        deliver()
        replay(late)
        assert paid() == "20.00"


class TestRollouts:
    def test_a_roll_back_outlives_the_late_start(self, rolled, monkeypatch):
        """Rolled back before anybody heard that it began: its candidates decide for nobody, ever."""
        from tests.integration.contexts.rollouts import conftest

        monkeypatch.setattr(conftest, "deliver", lambda: None)
        rollout = rolled("99.99% 1h, 100%")
        late = park("rollout-started")
        assert late.count() == 2
        services.roll_back_rollout(rollout_id=rollout.id, reason="bad", by="user:ben")
        deliver()
        replay(late)
        assert paid() == "18.00"
        assert not CandidateRule.objects.filter(active_to=None).exists()
        assert not RunningRollout.objects.filter(ended_at=None).exists()
        # and the next one is not disturbed
        again = rolled("99.99% 1h, 100%")
        deliver()
        assert paid() == "14.00"
        services.roll_back_rollout(rollout_id=again.id, reason="bad", by="user:ben")
        deliver()
        assert paid() == "18.00"
