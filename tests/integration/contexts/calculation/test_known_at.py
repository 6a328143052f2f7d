"""What decides at a moment, past or to come, as one would have said at another."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from contexts.calculation.messages import Decide
from contexts.calculation.models import PlannedRule, PublishedRule
from contexts.calculation.queries import standing
from contexts.evaluation import queries as evaluation
from contexts.evaluation.carts import Cart, DryRun
from contexts.evaluation.errors import InTheFuture
from contexts.evaluation.models import EvaluationRecord
from contexts.rules import services
from shared_kernel import bus, clock
from shared_kernel.cache import invalidation
from shared_kernel.decisions import Window, point_named
from tests.integration.contexts.conftest import deliver, text

POINT = "promotions.line-discounts"
MONDAY = datetime(2025, 11, 24, 9, tzinfo=UTC)
FRIDAY = datetime(2025, 11, 28, tzinfo=UTC)
SALE = Window("2025-11-28T00:00", "2025-11-29T00:00")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def decides(at: datetime | None, known_at: datetime | None = None) -> list[tuple[str, int]]:
    """What applies to the sample, by name and version."""
    invalidation.forget_everything()
    asked = Decide(point=POINT, facts=(point_named(POINT).sample,), at=at, known_at=known_at)
    return [(it.rule, it.version) for it in bus.ask(asked).decisions[0].applied]


def begin(slug="sale", *, window=None, content=None, of=None):
    """Approve a version and activate it, now or when its window opens; the news is not delivered yet."""
    said = {"text": content or text(), "author": "user:anna", "window": window}
    draft = (
        services.draft_version(rule_id=of.rule_id, **said)
        if of
        else services.create_rule(slug=slug, point=POINT, **said)
    )
    place = {"rule_id": draft.rule_id, "number": draft.number}
    services.submit_version(**place, submitted_by="user:anna")
    services.approve_version(**place, reviewer="user:ben", content_hash=draft.content_hash)
    return services.activate_version(**place, activated_by="user:ben")


def tick():
    services.take_due_steps()
    deliver()


class TestWhatIsToCome:
    def test_a_planned_sale_is_priced_before_it_begins(self, in_tenant):
        """On Monday one can say what Friday and Saturday will cost; last week nobody could."""
        with clock.frozen(MONDAY):
            begin("always", content=text(name="Always"))
            begin("friday", window=SALE, content=text(name="Friday"))
            deliver()
            later = MONDAY + HOUR
            assert decides(MONDAY, later) == [("Always", 1)]
            assert sorted(decides(FRIDAY, later)) == [("Always", 1), ("Friday", 1)]
            assert decides(FRIDAY + DAY, later) == [("Always", 1)]
            assert decides(FRIDAY, MONDAY - HOUR) == []

    def test_a_plan_replaces_its_rules_version_and_ends_it(self, in_tenant):
        """After the planned version is over, the one before does not come back."""
        with clock.frozen(MONDAY):
            first = begin(content=text(name="First"))
            begin(of=first, window=SALE, content=text(name="Second"))
            deliver()
            known = MONDAY + HOUR
            assert decides(FRIDAY - HOUR, known) == [("First", 1)]
            assert decides(FRIDAY, known) == [("Second", 2)]
            assert decides(FRIDAY + DAY, known) == []

    def test_what_was_called_off_is_still_what_one_believed(self, in_tenant):
        with clock.frozen(MONDAY) as now:
            version = begin(window=SALE)
            deliver()
            now.advance(DAY)
            services.unschedule_version(rule_id=version.rule_id, number=1, unscheduled_by="user:b")
            deliver()
            assert decides(FRIDAY, MONDAY + HOUR) == [("Ten", 1)]
            assert decides(FRIDAY, MONDAY + DAY) == []

    def test_an_end_that_is_planned_ends_it(self, in_tenant):
        with clock.frozen(FRIDAY):
            begin(window=SALE)
            deliver()
            assert decides(FRIDAY + HOUR, FRIDAY) == [("Ten", 1)]
            assert decides(FRIDAY + DAY, FRIDAY) == []

    def test_the_forecast_is_what_happens(self, in_tenant):
        """Said on Monday for each hour of the sale, and asked again when it is over: the same."""
        with clock.frozen(MONDAY) as now:
            first = begin(content=text(name="First"))
            begin(of=first, window=SALE, content=text(name="Second"))
            begin("other", window=Window("2025-11-28T06:00"), content=text(name="Other"))
            deliver()
            hours = [FRIDAY + HOUR * n for n in range(-2, 27, 4)]
            said = [sorted(decides(at, MONDAY + HOUR)) for at in hours]
            while now() < FRIDAY + 2 * DAY:
                now.advance(HOUR)
                tick()
            assert [sorted(decides(at)) for at in hours] == said
            assert PlannedRule.objects.filter(dropped_at=None).count() == 0

    def test_news_of_a_plan_that_came_late_plans_nothing(self, in_tenant):
        """The version decides already when its planning is heard of again."""
        from contexts.calculation import services as calculation

        with clock.frozen(FRIDAY):
            version = begin(window=SALE)
            deliver()
            calculation.plan_rule(
                point=POINT, text=version.text, content_hash=version.content_hash, starts_at=FRIDAY
            )
        assert PlannedRule.objects.count() == 0


class TestWhatWasKnown:
    def test_news_that_came_late_was_not_known_before(self, in_tenant):
        """Activated at noon, heard of an hour later: at half past, one priced without it, and says so."""
        with clock.frozen(MONDAY) as now:
            version = begin()
            now.advance(HOUR)
            deliver()
            half = MONDAY + HOUR / 2
            assert decides(half) == [("Ten", 1)]
            assert decides(half, half) == []
            assert decides(half, MONDAY + HOUR) == [("Ten", 1)]
            services.retire_version(rule_id=version.rule_id, number=1, retired_by="user:ben")
            now.advance(HOUR)
            deliver()
            gone = MONDAY + HOUR * 3 / 2
            assert decides(gone) == []
            assert decides(gone, gone) == [("Ten", 1)]

    def test_a_stop_and_its_lifting_count_from_when_they_were_known(self, in_tenant):
        with clock.frozen(MONDAY) as now:
            begin()
            deliver()
            now.advance(HOUR)
            services.halt_point(point=POINT, reason="wrong", halted_by="user:ben")
            deliver()
            now.advance(HOUR)
            services.free_point(point=POINT, freed_by="user:ben")
            deliver()
            stopped = MONDAY + HOUR * 3 / 2
            assert decides(stopped, stopped) == []
            assert decides(FRIDAY, stopped) == []  # as far as one knew, for good
            assert decides(FRIDAY, MONDAY + 2 * HOUR) == [("Ten", 1)]
            assert decides(stopped, MONDAY + HOUR / 2) == [("Ten", 1)]

    def test_known_now_is_what_was(self, in_tenant):
        """Whatever happened to three rules, and whenever it was heard of: of the past, known now, both answers are one."""
        drawn = random.Random(20251124)
        with clock.frozen(MONDAY) as now:
            rules = [begin(slug, content=text(name=slug)) for slug in ("one", "two", "three")]
            for _ in range(16):
                now.advance(HOUR)
                _move(drawn, rules)
                if drawn.random() < 1 / 3:
                    deliver()
            deliver()
            for half_hours in range(36):
                at = MONDAY + HOUR / 2 * half_hours
                known = standing.standing_known(POINT, at, now())
                assert known.fingerprint == standing.standing_at(POINT, at).fingerprint, at
        assert PublishedRule.objects.exclude(closed_at=None).count() > 5


def _move(drawn, rules):
    """Something that may happen to one of these rules."""
    place = drawn.randrange(len(rules))
    version = rules[place]
    it = {"rule_id": version.rule_id, "number": version.number}
    if version.status == "paused":
        rules[place] = services.resume_version(**it, resumed_by="user:ben")
    elif drawn.random() < 1 / 2:
        rules[place] = services.pause_version(**it, paused_by="user:ben", reason="why not")
    else:
        rules[place] = begin(of=version, content=text(name=version.name, priority=version.number))


class TestDryRuns:
    CART = msgspec.convert(
        {
            "currency": "EUR",
            "lines": [
                {"id": "1", "sku": "A", "quantity": 1, "unit_price": {"amount": "10.00", "currency": "EUR"}}
            ],
        },
        Cart,
    )  # fmt: skip

    def test_a_cart_is_priced_for_a_moment_to_come_and_nothing_is_recorded(self, in_tenant):
        with clock.frozen(MONDAY) as now:
            begin(window=SALE)
            deliver()
            now.advance(HOUR)
            friday = msgspec.structs.replace(self.CART, at=FRIDAY)
            answer = evaluation.dry_run(DryRun(cart=friday))
            assert str(answer.priced.totals.total.amount) == "9.00"
            assert (answer.at, answer.known_at) == (FRIDAY, MONDAY + HOUR)
            before = evaluation.dry_run(DryRun(cart=friday, known_at=MONDAY - HOUR))
            assert str(before.priced.totals.total.amount) == "10.00"
        assert EvaluationRecord.objects.count() == 0

    def test_nobody_knows_what_will_be_known(self, in_tenant):
        with clock.frozen(MONDAY), pytest.raises(InTheFuture) as refused:
            evaluation.dry_run(DryRun(cart=self.CART, known_at=MONDAY + HOUR))
        assert refused.value.pointers == ("/known_at",)
