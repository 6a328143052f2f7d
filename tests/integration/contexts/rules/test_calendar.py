"""When approved versions decide: by the calendar, with pauses, and behind the switch that stops a point."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest
from django.db import Error, connection, transaction

from contexts.calculation import services as calculation
from contexts.calculation.messages import Decide
from contexts.rules import queries, services
from contexts.rules.errors import (
    PointNotStopped,
    PointStoppedAlready,
    ReasonMissing,
    WindowOver,
    WrongStatus,
)
from contexts.rules.models import RuleVersion, TimedStep
from contexts.rules.services import standing
from shared_kernel import bus, clock
from shared_kernel.decisions import GuardrailText, Window, point_named
from shared_kernel.eventlog.models import EventRecord
from shared_kernel.tenancy import tenant_scope
from tests.integration.contexts.conftest import deliver, text

POINT = "promotions.line-discounts"
NOON = datetime(2025, 3, 29, 11, tzinfo=UTC)
# in Berlin the clocks jump from 02:00 to 03:00 that night
SALE = Window("2025-03-30T02:30", "2025-03-31T00:00", "Europe/Berlin")
JUMP, OVER = datetime(2025, 3, 30, 1, tzinfo=UTC), datetime(2025, 3, 30, 22, tzinfo=UTC)


def decides(at=None) -> list[tuple[str, int]]:
    """What applies to the sample, by name and version."""
    facts = point_named(POINT).sample
    (decision,) = bus.ask(Decide(point=POINT, facts=(facts,), at=at)).decisions
    return [(it.rule, it.version) for it in decision.applied]


def approved(slug="sale", window=SALE, content=None, number=1, rule_id=None):
    draft = (
        services.create_rule(
            slug=slug, point=POINT, text=content or text(), author="user:anna", window=window
        )
        if rule_id is None
        else services.draft_version(
            rule_id=rule_id, text=content or text(), author="user:anna", window=window
        )
    )
    services.submit_version(rule_id=draft.rule_id, number=number, submitted_by="user:anna")
    return services.approve_version(
        rule_id=draft.rule_id, number=number, reviewer="user:ben", content_hash=draft.content_hash
    )


def activate(version):
    live = services.activate_version(
        rule_id=version.rule_id, number=version.number, activated_by="user:ben"
    )
    deliver()
    return live


def _nobody_answers(query):
    raise bus.ContextUnreachable(context="calculation", message=query.name, reason="away")


def status_of(version):
    return RuleVersion.objects.get(id=version.id).status


class TestTheCalendar:
    def test_a_version_begins_and_ends_by_its_zones_clock(self, in_tenant):
        """Approved at noon, it begins when the clocks jump and ends at midnight: of Berlin, not of UTC."""
        with clock.frozen(NOON) as now:
            version = approved()
            assert activate(version).status == "scheduled"
            assert services.take_due_steps() == 0
            assert decides() == []
            now.move_to(JUMP - timedelta(seconds=1))
            assert services.take_due_steps() == 0
            now.move_to(JUMP)
            assert services.take_due_steps() == 1
            deliver()
            assert (status_of(version), decides()) == ("active", [("Ten", 1)])
            now.move_to(OVER)
            assert services.take_due_steps() == 1
            deliver()
            assert (status_of(version), decides()) == ("retired", [])
            assert decides(at=JUMP + timedelta(hours=1)) == [("Ten", 1)]
        last = EventRecord.objects.filter(type="rules.rule-retired.v1").last()
        assert last.data["retired_by"] == "system:calendar"

    def test_the_version_before_decides_until_then(self, in_tenant):
        with clock.frozen(NOON) as now:
            first = approved(window=Window(), content=text(name="First"))
            activate(first)
            second = approved(rule_id=first.rule_id, number=2, content=text(name="Second"))
            activate(second)
            assert decides() == [("First", 1)]
            now.move_to(JUMP)
            services.take_due_steps()
            deliver()
            assert decides() == [("Second", 2)]
            assert status_of(first) == "retired"

    def test_what_does_not_fit_any_more_does_not_begin(self, in_tenant):
        """An attribute changed before anybody heard of the plan: the version before goes on, and people are told."""
        level = {"record": "customer", "name": "level", "about": "Level.", "optional": True}
        with clock.frozen(NOON) as now:
            calculation.declare_attribute(**level, kind="int", declared_by="user:anna")
            first = approved(window=Window(), content=text(name="First"))
            activate(first)
            second = approved(
                rule_id=first.rule_id, number=2, content=text("customer.attributes.level >= 3")
            )
            services.activate_version(rule_id=first.rule_id, number=2, activated_by="user:ben")
            calculation.change_attribute(**level, kind="string", changed_by="user:anna")
            now.move_to(JUMP)
            assert services.take_due_steps() == 0
            deliver()
            assert (status_of(first), status_of(second)) == ("active", "approved")
            assert decides() == [("First", 1)]
        told = EventRecord.objects.filter(type="rules.attention-wanted.v1").latest("id").data
        assert (told["kind"], told["people"]) == ("not-begun", ["user:anna", "user:ben"])
        assert "cannot compare string" in told["sentence"]
        assert not TimedStep.objects.exists()

    def test_what_breaks_a_guardrail_by_then_does_not_begin(self, in_tenant):
        """Two sales of forty percent begin at the same moment; both together give more than half away."""
        half = GuardrailText(name="half", claim="outcome.discount <= outcome.start * 0.5")
        with clock.frozen(NOON) as now:
            services.state_guardrail(point=POINT, text=half, stated_by="user:zoe")
            both = [approved(slug, content=text(params={"percent": "40"})) for slug in ("a", "b")]
            for version in both:
                assert activate(version).status == "scheduled"
            now.move_to(JUMP)
            assert services.take_due_steps() == 1
            assert sorted(status_of(it) for it in both) == ["active", "approved"]
        told = EventRecord.objects.filter(type="rules.attention-wanted.v1").latest("id").data
        assert (told["kind"], told["people"]) == ("not-begun", ["user:anna", "user:ben"])
        assert "half: " in told["sentence"]

    def test_while_nobody_can_say_whether_it_fits_it_waits(self, in_tenant, monkeypatch):
        """Calculation is away for a moment: that is no reason to take a sale off the calendar."""
        with clock.frozen(NOON) as now:
            version = activate(approved())
            now.move_to(JUMP)
            with monkeypatch.context() as away:
                away.setattr(standing.bus, "ask", _nobody_answers)
                assert services.take_due_steps() == 0
            assert status_of(version) == "scheduled"
            assert services.take_due_steps() == 1

    def test_what_is_taken_off_the_calendar_does_not_begin(self, in_tenant):
        with clock.frozen(NOON) as now:
            version = activate(approved())
            services.unschedule_version(
                rule_id=version.rule_id, number=1, unscheduled_by="user:ben"
            )
            now.move_to(JUMP)
            assert services.take_due_steps() == 0
            assert status_of(version) == "approved"

    def test_a_window_that_is_over_opens_no_more(self, in_tenant):
        with clock.frozen(NOON) as now:
            version = approved()
            now.move_to(OVER)
            with pytest.raises(WindowOver, match="later end"):
                activate(version)

    def test_a_window_is_part_of_what_was_approved(self, in_tenant):
        """Not even SQL moves the window of what colleagues have read."""
        with clock.frozen(NOON):
            approved()
        for change in ("starts_at = NULL", "ends = ''", "time_zone = 'UTC'", "requirements = '[]'"):
            with pytest.raises(Error, match="does not change"), transaction.atomic():
                connection.cursor().execute(f"UPDATE rules_ruleversion SET {change}, priority = 3")

    def test_sql_does_not_begin_it_before_its_time(self, in_tenant):
        at = datetime.now(UTC) + timedelta(days=2)
        window = Window(at.strftime("%Y-%m-%dT%H:%M"), "", "UTC")
        activate(approved(window=window))
        with pytest.raises(Error, match="before its time"), transaction.atomic():
            connection.cursor().execute("UPDATE rules_ruleversion SET status = 'active'")


class TestPauses:
    def test_a_paused_rule_decides_nothing_and_comes_back_as_it_was(self, in_tenant):
        version = activate(approved(window=Window()))
        with pytest.raises(ReasonMissing):
            services.pause_version(
                rule_id=version.rule_id, number=1, paused_by="user:ben", reason=" "
            )
        services.pause_version(
            rule_id=version.rule_id, number=1, paused_by="user:ben", reason="too dear"
        )
        deliver()
        assert decides() == []
        for _ in range(2):
            services.resume_version(rule_id=version.rule_id, number=1, resumed_by="user:ben")
            deliver()
            assert decides() == [("Ten", 1)]
            services.pause_version(
                rule_id=version.rule_id, number=1, paused_by="user:ben", reason="again"
            )
            deliver()
        services.retire_version(rule_id=version.rule_id, number=1, retired_by="user:ben")
        with pytest.raises(WrongStatus):
            services.resume_version(rule_id=version.rule_id, number=1, resumed_by="user:ben")

    def test_a_paused_version_gives_its_place_to_the_next(self, in_tenant):
        version = activate(approved(window=Window(), content=text(name="Old")))
        services.pause_version(rule_id=version.rule_id, number=1, paused_by="x", reason="y")
        deliver()
        activate(
            approved(rule_id=version.rule_id, number=2, window=Window(), content=text(name="New"))
        )
        assert decides() == [("New", 2)]
        assert status_of(version) == "retired"

    @pytest.mark.parametrize("unschedule", [False, True])
    def test_what_waits_for_its_time_begins_nevertheless_unless_it_is_to_go(
        self, in_tenant, unschedule
    ):
        """Whoever pauses is told, and may take it off the calendar in the same act."""
        with clock.frozen(NOON) as now:
            version = activate(approved(window=Window(), content=text(name="Old")))
            waits = approved(rule_id=version.rule_id, number=2, content=text(name="New"))
            activate(waits)
            services.pause_version(
                rule_id=version.rule_id, number=1, paused_by="x", reason="y", unschedule=unschedule
            )
            deliver()
            next_one = queries.waiting_of(version)
            assert (next_one is None) is unschedule
            now.move_to(JUMP)
            services.take_due_steps()
            deliver()
            assert decides() == ([] if unschedule else [("New", 2)])
            assert status_of(waits) == ("approved" if unschedule else "active")

    def test_a_paused_version_ends_when_its_window_does(self, in_tenant):
        with clock.frozen(NOON) as now:
            version = activate(approved(window=Window("", SALE.ends, SALE.time_zone)))
            services.pause_version(rule_id=version.rule_id, number=1, paused_by="x", reason="y")
            deliver()
            now.move_to(OVER)
            with pytest.raises(WindowOver):
                services.resume_version(rule_id=version.rule_id, number=1, resumed_by="x")
            assert services.take_due_steps() == 1
            assert status_of(version) == "retired"
            assert not TimedStep.objects.exists()


class TestTheKillSwitch:
    def test_a_halted_point_decides_nothing_until_it_is_freed(self, in_tenant):
        activate(approved(window=Window()))
        before = clock.now()
        services.halt_point(point=POINT, reason="wrong prices", halted_by="user:ben")
        deliver()
        assert decides() == []
        assert decides(at=before) == [("Ten", 1)]
        during = clock.now()
        services.free_point(point=POINT, freed_by="user:ben")
        deliver()
        assert decides() == [("Ten", 1)]
        assert decides(at=during) == []
        with pytest.raises(PointNotStopped):
            services.free_point(point=POINT, freed_by="user:ben")

    def test_a_point_is_halted_once_and_with_a_reason(self, in_tenant):
        with pytest.raises(ReasonMissing):
            services.halt_point(point=POINT, reason="", halted_by="user:ben")
        services.halt_point(point=POINT, reason="wrong prices", halted_by="user:ben")
        with pytest.raises(PointStoppedAlready):
            services.halt_point(point=POINT, reason="again", halted_by="user:ben")

    def test_what_is_activated_meanwhile_decides_once_it_is_freed(self, in_tenant):
        services.halt_point(point=POINT, reason="wrong prices", halted_by="user:ben")
        deliver()
        activate(approved(window=Window()))
        assert decides() == []
        services.free_point(point=POINT, freed_by="user:ben")
        deliver()
        assert decides() == [("Ten", 1)]


@pytest.mark.django_db(transaction=True)
def test_of_many_clockworks_one_takes_a_step(tenant_id):
    """Two workers find the same step due; the version begins once."""
    with clock.frozen(NOON) as now, tenant_scope(tenant_id):
        version = approved()
        services.activate_version(rule_id=version.rule_id, number=1, activated_by="user:ben")
        now.move_to(JUMP)
        barrier = Barrier(4)

        def work() -> int:
            try:
                barrier.wait()
                return services.take_due_steps()
            finally:
                connection.close()

        with ThreadPoolExecutor(4) as pool:
            taken = [
                it.result() for it in [pool.submit(copy_context().run, work) for _ in range(4)]
            ]
        assert sum(taken) == 1
        assert EventRecord.objects.filter(type="rules.rule-activated.v1").count() == 1


class TestWaysBack:
    def test_a_roll_back_is_a_new_version_that_is_reviewed_again(self, in_tenant):
        first = activate(approved(window=Window(), content=text(name="First")))
        activate(
            approved(rule_id=first.rule_id, number=2, window=Window(), content=text(name="Second"))
        )
        draft = services.roll_back(rule_id=first.rule_id, to=1, author="user:anna")
        assert (draft.number, draft.status, draft.name) == (3, "draft", "First")
        assert draft.content_hash == first.content_hash
        with pytest.raises(WrongStatus):
            services.activate_version(rule_id=first.rule_id, number=3, activated_by="user:ben")

    def test_a_clone_is_a_rule_of_its_own(self, in_tenant):
        original = activate(approved(window=SALE.__class__(), content=text(name="Ten")))
        services.tag_rule(
            rule_id=original.rule_id, tags=[" Summer", "summer", ""], tagged_by="user:anna"
        )
        copy = services.clone_rule(
            rule_id=original.rule_id, number=1, slug="copy", name="Ten", author="user:carla"
        )
        assert copy.rule_id != original.rule_id
        assert (copy.status, copy.content_hash, copy.rule.tags) == (
            "draft",
            original.content_hash,
            ["summer"],
        )
