"""The life of a roll-out: who may start it, how it goes on, and that nothing unapproved reaches a customer."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from contexts.calculation.models import CandidateRule
from contexts.rules import services
from contexts.rules.errors import (
    MemberCannotDecide,
    PromotionNotApproved,
    ReasonMissing,
    RolloutElsewhere,
    RolloutNotRunning,
    RolloutUnderWay,
    RolloutUnsound,
    StageLeftOut,
    StageReached,
)
from contexts.rules.models import Promotion, Rollout, RolloutStep
from contexts.rules.policies.rollouts import ramp_of
from contexts.rules.queries import trials
from contexts.rules.queries.calendar import calendar
from contexts.rules.services import rolling
from shared_kernel import clock
from shared_kernel.decisions import Window
from tests.integration.contexts.conftest import deliver, text
from tests.integration.contexts.rollouts.conftest import (
    AT_ONCE,
    MONDAY,
    SHADOW,
    cart,
    evaluate,
    guard,
    paid,
    start,
)


def is_due(rollout, *, seconds: int = 0) -> None:
    RolloutStep.objects.filter(id=rollout.id).update(
        due_at=clock.now() + timedelta(seconds=seconds)
    )


def pause(version, number: int = 1):
    return services.pause_version(
        rule_id=version.rule_id, number=number, paused_by="user:ben", reason="wrong"
    )


def _refuse(release):
    raise MemberCannotDecide(slug="ten", version=2, why="It does not fit.")


class TestStarting:
    def test_a_shadow_needs_no_approval_of_production(self, release):
        """Nothing of it reaches a customer: that is what it is for."""
        rollout = start(release)
        deliver()
        assert rollout.percent == 0
        assert paid("anybody") == "18.00"

    def test_customers_need_the_approval_of_production(self, release):
        with pytest.raises(PromotionNotApproved):
            start(release, AT_ONCE)

    def test_a_release_is_rolled_out_after_staging(self, changed):
        made = services.make_release(
            name="Spring", made_by="user:anna", members=[(changed.rule_id, changed.number)]
        )
        with pytest.raises(StageLeftOut):
            start(made)

    def test_what_is_at_production_is_not_rolled_out(self, allowed):
        services.promote_release(number=allowed.number, stage="production", promoted_by="user:anna")
        with pytest.raises(StageReached):
            start(allowed)

    def test_one_release_at_a_time_is_rolled_out(self, release):
        """Two would share customers, and no figure would say whose effect it is."""
        start(release)
        with pytest.raises(RolloutUnderWay):
            start(release)

    def test_a_release_on_its_way_is_not_promoted_past_its_roll_out(self, rolled, allowed):
        rolled(SHADOW)
        with pytest.raises(RolloutUnderWay):
            services.promote_release(
                number=allowed.number, stage="production", promoted_by="user:anna"
            )

    def test_there_is_something_to_try(self, release, changed):
        """Every member decides already: all arms would be the same."""
        services.activate_version(
            rule_id=changed.rule_id, number=changed.number, activated_by="user:ben"
        )
        with pytest.raises(RolloutUnsound, match="nothing to try"):
            start(release)


class TestGoingOn:
    def test_customers_get_the_new_rules_step_by_step(self, rolled, allowed):
        rollout = rolled("shadow 1h, 50% 1h, 100%")
        people = [f"c{number}" for number in range(40)]
        assert {paid(it) for it in people} == {"18.00"}
        services.advance_rollout(rollout_id=rollout.id, by="user:anna", seen=0)
        deliver()
        prices = {it: paid(it) for it in people}
        assert set(prices.values()) == {"18.00", "14.00"}
        assert {it: paid(it) for it in people} == prices  # nobody moves from one side to the other
        services.advance_rollout(rollout_id=rollout.id, by="user:anna", seen=1)
        deliver()
        assert {paid(it) for it in people} == {"14.00"}
        assert Promotion.objects.filter(release=allowed, stage="production").exists()
        rollout.refresh_from_db()
        assert rollout.status == "completed"
        assert [it["percent"] for it in rollout.steps_taken] == ["0", "50", "100"]
        assert not CandidateRule.objects.filter(active_to=None).exists()

    def test_the_answer_tells_the_arm(self, rolled):
        """Whoever serves the customer can say why two neighbours pay different prices."""
        rollout = rolled(AT_ONCE)
        answers = evaluate(*(cart(f"c{number}") for number in range(20)), cart())
        arms = {it.rollout.arm for it in answers[:-1]}
        assert arms == {"control", "candidate"}
        assert answers[-1].rollout.arm == "outside"
        assert {it.rollout.id for it in answers} == {rollout.id}
        for it in answers:
            expected = "14.00" if it.rollout.arm == "candidate" else "18.00"
            assert str(it.totals.total.amount) == expected

    def test_the_clockwork_takes_the_steps_whose_time_has_come(self, rolled):
        rollout = rolled(SHADOW)
        assert services.take_due_rollout_steps() == 0
        is_due(rollout)
        assert services.take_due_rollout_steps() == 1
        rollout.refresh_from_db()
        assert (rollout.step, rollout.steps_taken[-1]["by"]) == (1, "system:calendar")

    def test_a_step_that_may_not_be_taken_waits_and_says_for_what(self, release):
        """The shadow ends at night, the approval comes in the morning."""
        rollout = start(release)
        is_due(rollout)
        assert services.take_due_rollout_steps() == 0
        rollout.refresh_from_db()
        assert (rollout.step, rollout.status) == (0, "running")
        assert "still needs" in rollout.waits_for
        services.approve_promotion(
            number=release.number, stage="production", digest=release.digest, reviewer="user:ben"
        )
        is_due(rollout)
        assert services.take_due_rollout_steps() == 1

    def test_a_member_that_somebody_stopped_holds_the_ramp(self, changed, active):
        """Whoever pauses a rule means it, whatever is rolled out beside it."""
        other = active("other", text("line.quantity > 9"))
        made = services.make_release(
            name="Both", made_by="user:anna",
            members=[(changed.rule_id, changed.number), (other.rule_id, 1)],
        )  # fmt: skip
        for stage in ("development", "staging"):
            services.promote_release(number=made.number, stage=stage, promoted_by="user:anna")
        rollout = start(made)
        pause(other)
        rollout.refresh_from_db()
        assert rollout.status == "running"
        with pytest.raises(MemberCannotDecide, match="paused"):
            services.advance_rollout(rollout_id=rollout.id, by="user:anna")

    def test_who_looks_at_an_older_step_does_not_take_two(self, rolled):
        rollout = rolled(SHADOW)
        services.advance_rollout(rollout_id=rollout.id, by="user:anna", seen=0)
        with pytest.raises(RolloutElsewhere):
            services.advance_rollout(rollout_id=rollout.id, by="user:ben", seen=0)

    def test_a_pause_keeps_the_time_that_was_left(self, rolled):
        rollout = rolled(SHADOW)
        is_due(rollout, seconds=100)
        services.pause_rollout(rollout_id=rollout.id, by="user:anna", reason="the weekend")
        assert services.take_due_rollout_steps() == 0
        resumed = services.resume_rollout(rollout_id=rollout.id, by="user:anna")
        left = RolloutStep.objects.get(id=rollout.id).due_at - clock.now()
        assert 95 < left.total_seconds() <= 100
        assert resumed.status == "running"


class TestRollingBack:
    def test_everybody_pays_todays_prices_again(self, rolled):
        rollout = rolled(AT_ONCE)
        people = [f"c{number}" for number in range(12)]
        assert "14.00" in {paid(it) for it in people}
        services.roll_back_rollout(rollout_id=rollout.id, reason="too much", by="user:anna")
        deliver()
        assert {paid(it) for it in people} == {"18.00"}

    def test_a_reason_is_given(self, rolled):
        with pytest.raises(ReasonMissing):
            services.roll_back_rollout(rollout_id=rolled().id, reason=" ", by="user:anna")

    def test_what_is_over_stays_over(self, rolled):
        rollout = rolled()
        services.roll_back_rollout(rollout_id=rollout.id, reason="no", by="user:anna")
        for act in (services.advance_rollout, services.pause_rollout, services.resume_rollout):
            with pytest.raises(RolloutNotRunning):
                act(rollout_id=rollout.id, by="user:anna")

    def test_a_stopped_point_decides_nothing_for_anybody(self, rolled):
        """The kill switch stops what is tried as well as what is active."""
        rolled(AT_ONCE)
        services.halt_point(point="promotions.line-discounts", reason="x", halted_by="user:ben")
        deliver()
        assert {paid(f"c{number}") for number in range(12)} == {"20.00"}


class TestPausedRules:
    """Whoever pauses a rule means the rule, not only the version that happens to decide."""

    def test_a_rule_that_is_paused_is_tried_no_more(self, rolled, changed):
        """The version that decided was paused: neither it nor the one that is tried decides for anybody."""
        rollout = rolled(AT_ONCE)
        pause(changed)
        deliver()
        assert {paid(f"c{number}") for number in range(12)} == {"20.00"}
        rollout.refresh_from_db()
        assert (rollout.status, rollout.ended_by) == ("rolled_back", "user:ben")
        assert rollout.reason == "ten, which it tries, was paused: wrong"
        assert services.take_due_rollout_steps() == 0

    def test_it_is_not_woken_by_a_release(self, allowed, changed):
        pause(changed)
        for act in (
            lambda: start(allowed, SHADOW),
            lambda: services.promote_release(
                number=allowed.number, stage="production", promoted_by="user:anna"
            ),
        ):
            with pytest.raises(MemberCannotDecide, match=r"ten, version 2: Version 1 .* paused"):
                act()
        services.retire_version(rule_id=changed.rule_id, number=1, retired_by="user:ben")
        start(allowed, SHADOW)


class TestWindows:
    """A version whose time is over decides for nobody, whatever became of the roll-out that tries it."""

    THREE_HOURS_LATER = Window(ends="2025-11-24T12:00")

    @pytest.fixture
    def ending(self, now, active):
        """Thirty percent until noon are tried where ten decide, for nearly everybody and two hours."""
        ten = active("ten", text())
        thirty = text(params={"percent": "30"})
        draft = services.draft_version(
            rule_id=ten.rule_id, text=thirty, author="user:anna", window=self.THREE_HOURS_LATER
        )
        place = {"rule_id": ten.rule_id, "number": draft.number}
        services.submit_version(**place, submitted_by="user:anna")
        services.approve_version(**place, reviewer="user:ben", content_hash=draft.content_hash)
        made = services.make_release(
            name="Noon", made_by="user:anna", members=[(ten.rule_id, draft.number)]
        )
        for stage in ("development", "staging"):
            services.promote_release(number=made.number, stage=stage, promoted_by="user:anna")
        services.approve_promotion(
            number=made.number, stage="production", digest=made.digest, reviewer="user:ben"
        )
        rollout = start(made, "99.99% 2h, 100%")
        deliver()
        assert paid("x") == "14.00"
        return rollout

    def test_a_pause_does_not_outlive_what_it_tries(self, ending, now):
        services.pause_rollout(rollout_id=ending.id, by="user:anna")
        now.advance(timedelta(hours=3) - timedelta(seconds=1))
        assert services.take_due_rollout_steps() == 0
        now.advance(timedelta(seconds=1))
        with pytest.raises(MemberCannotDecide, match="time is over"):
            services.advance_rollout(rollout_id=ending.id, by="user:anna")
        assert services.take_due_rollout_steps() == 1
        deliver()
        ending.refresh_from_db()
        assert (ending.status, ending.ended_by) == ("rolled_back", "system:calendar")
        assert ending.reason.startswith("The time of ten, version 2, is over")
        assert paid("x") == "18.00"

    def test_nor_does_a_step_that_waits(self, ending, now):
        """The last step may not be taken: its rule reads an attribute that is not what it was, say."""
        now.advance(timedelta(hours=2))
        with pytest.MonkeyPatch.context() as refusing:
            refusing.setattr(rolling, "demand_as_approved", _refuse)
            assert services.take_due_rollout_steps() == 0
            now.advance(timedelta(hours=1))
            assert services.take_due_rollout_steps() == 1
        ending.refresh_from_db()
        assert (ending.status, ending.ended_by) == ("rolled_back", "system:calendar")

    def test_the_clockwork_looks_no_later_than_it_ends(self, ending, now):
        services.pause_rollout(rollout_id=ending.id, by="user:anna")
        now.advance(timedelta(hours=2))
        services.resume_rollout(rollout_id=ending.id, by="user:anna")
        noon = MONDAY + timedelta(hours=3)
        assert RolloutStep.objects.get(id=ending.id).due_at == noon


class TestTheDatabase:
    """What SQL as the application's role is refused."""

    @pytest.mark.parametrize(
        "change",
        [
            "step = 1",
            "status = 'completed'",
            "step = 2, status = 'completed'",
            """ramp = '[{"percent": "50", "seconds": 1}, {"percent": "100", "seconds": 0}]'""",
            "guards = '[]'",
            "started_by = 'user:other'",
        ],
    )
    def test_a_roll_out_without_approval_stays_where_it_is(self, release, change):
        rollout = services.start_rollout(
            number=release.number, ramp=ramp_of(SHADOW), guards=[guard("touched", "1")],
            started_by="user:anna",
        )  # fmt: skip
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE rules_rollout SET {change} WHERE id = %s", [rollout.id])

    def test_a_roll_out_that_is_over_does_not_change(self, rolled):
        rollout = rolled()
        services.roll_back_rollout(rollout_id=rollout.id, reason="no", by="user:anna")
        for change in ({"status": "running"}, {"reason": "yes"}, {"evidence": {}}):
            with pytest.raises(DatabaseError), transaction.atomic():
                Rollout.objects.filter(id=rollout.id).update(**change)
        with pytest.raises(DatabaseError), transaction.atomic():
            Rollout.objects.filter(id=rollout.id).delete()

    def test_no_roll_out_begins_before_staging_or_with_customers(self, release, rolled):
        rollout = rolled()
        services.roll_back_rollout(rollout_id=rollout.id, reason="no", by="user:anna")
        rollout.refresh_from_db()
        rollout.id, rollout.status, rollout.step = None, "completed", 2
        with pytest.raises(DatabaseError), transaction.atomic():
            rollout.save(force_insert=True)

    def test_what_was_tried_does_not_change(self, rolled):
        """A replay years later decides by this text."""
        rolled()
        for change in ({"text": {}}, {"version": 9}, {"content_hash": ""}):
            with pytest.raises(DatabaseError), transaction.atomic():
                CandidateRule.objects.update(**change)


def test_the_calendar_shows_what_is_tried_on_how_many_since_when(rolled):
    """A merchandiser finds the shadow that was and the half of the customers that is, beside what decides for all."""
    rollout = rolled()
    with clock.frozen(clock.now() + timedelta(hours=1)) as now:
        services.advance_rollout(rollout_id=rollout.id, by="user:anna")
        found = calendar(now() - timedelta(days=1), now() + timedelta(days=1))
        (spans,) = found.rules
        shown = [(it.version.number, it.standing, it.percent) for it in spans]
        assert shown == [(1, "active", None), (2, "tried", 0), (2, "tried", 50)]
        assert (spans[1].ends_at, spans[2].starts_at, spans[2].ends_at) == (now(), now(), None)
        services.roll_back_rollout(rollout_id=rollout.id, by="user:ben", reason="Complaints")
        again = calendar(now() - timedelta(days=1), now() + timedelta(days=1))
        # that half of them had it took no time at all: nobody can look for it
        assert [it.percent for it in again.rules[0]] == [None, 0]


def test_the_calendar_tells_that_it_left_roll_outs_out(rolled, allowed, monkeypatch):
    """Else whoever looks for one would believe that it never was."""
    monkeypatch.setattr(trials, "MOST", 1)
    for more in (False, True):
        rollout = rolled()
        services.roll_back_rollout(rollout_id=rollout.id, by="user:ben", reason="Complaints")
        found = calendar(clock.now() - timedelta(days=1), clock.now() + timedelta(days=1))
        assert found.more is more
