"""Guardrails are proved whenever something begins to decide, of all that decides by then, whoever else begins something."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from threading import Barrier

import pytest
from django.db import connection
from django.test import Client
from msgspec import structs

from contexts.calculation import services as calculation
from contexts.identity import services as people
from contexts.rules import services
from contexts.rules.errors import GuardrailBroken, GuardrailUnproved, RuleUnsound
from contexts.rules.models import Guardrail, Rollout, RuleVersion
from contexts.rules.policies.rollouts import RampStep
from contexts.rules.services import deciding, promoting, proving
from shared_kernel import clock
from shared_kernel.decisions import GuardrailText, Window
from shared_kernel.eventlog.models import EventRecord
from shared_kernel.tenancy import tenant_scope
from tests.integration.contexts.conftest import deliver, text

LINES = "promotions.line-discounts"
HALF = GuardrailText(name="half", claim="outcome.discount <= outcome.start * 0.5")
A_DAY = timedelta(days=1)  # calculation may be as late as that
FORTY, FORTY_ONE = text(params={"percent": "40"}), text(params={"percent": "41"})


def state() -> None:
    services.state_guardrail(point=LINES, text=HALF, stated_by="user:zoe")


def pause(version: RuleVersion) -> None:
    services.pause_version(
        rule_id=version.rule_id, number=1, paused_by="user:ben", reason="too dear"
    )


def resume(version: RuleVersion) -> RuleVersion:
    return services.resume_version(rule_id=version.rule_id, number=1, resumed_by="user:ben")


def activate(version: RuleVersion) -> RuleVersion:
    return services.activate_version(rule_id=version.rule_id, number=1, activated_by="user:dora")


class TestResuming:
    def test_what_breaks_a_guardrail_by_now_is_not_resumed(self, active):
        """Another rule took its place meanwhile; both together give more than half away."""
        state()
        first = active("first", FORTY)
        pause(first)
        deliver()
        active("second", FORTY_ONE)
        with pytest.raises(GuardrailBroken, match="half"):
            resume(first)
        first.refresh_from_db()
        assert first.status == "paused"

    def test_what_calculation_has_not_heard_of_is_proved_along(self, active, approved):
        """However long it takes: what was resumed a day ago was activated before that."""
        state()
        with clock.frozen(datetime.now(UTC)) as now:
            first = active("first", FORTY)
            pause(first)
            deliver()
            second = approved("second", FORTY_ONE)
            now.advance(A_DAY)
            resume(first)
            now.advance(A_DAY)
            with pytest.raises(GuardrailBroken, match="half"):
                services.activate_version(
                    rule_id=second.rule_id, number=1, activated_by="user:carla"
                )

    def test_what_was_paused_a_moment_ago_is_not(self, active, approved):
        """Whoever swaps one rule for another need not wait until calculation has heard of the pause."""
        second = approved("second", FORTY_ONE)
        state()
        pause(active("first", FORTY))
        assert activate(second).status == "active"

    def test_what_cannot_be_read_any_more_keeps_nothing_from_being_proved(self, active, approved):
        """It was paused a moment ago, and then its attribute changed: the others are proved without it."""
        level = {"record": "customer", "name": "level", "about": "Level.", "optional": True}
        calculation.declare_attribute(**level, kind="int", declared_by="user:anna")
        second = approved("second", FORTY_ONE)
        pause(active("odd", text(params={"percent": "customer.attributes.level"})))
        deliver()
        calculation.change_attribute(**level, kind="string", changed_by="user:anna")
        active("first", FORTY)
        state()
        with pytest.raises(GuardrailBroken, match="half"):
            activate(second)

    def test_what_it_kept_others_from_is_proved(self, active, approved):
        """A rule that stops those after it was paused; calculation believes that it still does."""
        second = approved("second", FORTY_ONE)
        active("first", FORTY)
        shield = active("shield", text(priority=10, stop=True))
        state()
        pause(shield)
        with pytest.raises(GuardrailBroken, match="half"):
            activate(second)


def test_what_begins_at_a_stopped_point_is_proved_beside_what_decides_once_it_is_free(
    active, approved
):
    """For calculation nothing decides there now; whoever frees the point is asked for no proof."""
    state()
    with clock.frozen(datetime.now(UTC)) as now:
        second = approved("second", FORTY_ONE)
        active("first", FORTY)
        services.halt_point(point=LINES, reason="too dear", halted_by="user:ben")
        deliver()
        now.advance(A_DAY)
        with pytest.raises(GuardrailBroken, match="half"):
            activate(second)


class TestDemandedProofs:
    """A pattern is beyond the solver: whether such a rule keeps a guardrail, nobody knows."""

    PATTERN = text('line.sku.matches("^A+$")', params={"percent": "60"})

    def demand(self) -> None:
        services.state_guardrail(point=LINES, text=HALF, stated_by="user:zoe", proof_demanded=True)

    def test_what_is_not_proved_is_not_submitted(self, in_tenant):
        self.demand()
        draft = services.create_rule(
            slug="pattern", point=LINES, text=self.PATTERN, author="user:anna"
        )
        with pytest.raises(GuardrailUnproved, match="half: unknown"):
            services.submit_version(rule_id=draft.rule_id, number=1, submitted_by="user:anna")
        draft.refresh_from_db()
        assert draft.status == "draft"

    def test_nor_does_it_begin(self, approved):
        """It was approved before the guardrail was stated."""
        version = approved("pattern", self.PATTERN)
        self.demand()
        with pytest.raises(GuardrailUnproved):
            activate(version)
        version.refresh_from_db()
        assert version.status == "approved"

    def test_it_is_stated_of_what_is_proved_only(self, active):
        """Else nothing could begin from then on, whoever wrote it."""
        active("pattern", self.PATTERN)
        with pytest.raises(GuardrailUnproved, match="half: unknown"):
            self.demand()
        assert not Guardrail.objects.exists()

    def test_nor_is_it_stated_of_what_breaks_it(self, active):
        active("sixty", text('line.sku == "B"', params={"percent": "60"}))
        with pytest.raises(GuardrailUnproved, match="half: broken by"):
            self.demand()

    def test_what_was_broken_before_excuses_nothing(self, active, approved):
        """A pause, which waits for no proof, brought it about; what has nothing to do with it waits as well."""
        shield = active("shield", text(priority=10, stop=True))
        sixty = active("sixty", text('line.sku == "A"', params={"percent": "60"}))
        other = approved("other", text('line.sku == "B"'))
        self.demand()
        pause(shield)
        with pytest.raises(GuardrailBroken, match="half"):
            activate(other)
        pause(sixty)
        assert activate(other).status == "active"

    def test_a_proof_that_was_not_finished_is_tried_again_by_the_calendar(
        self, in_tenant, monkeypatch
    ):
        """A busy machine does not take a rule off the calendar; people are told once."""
        with clock.frozen(
            datetime.now(UTC) - timedelta(hours=4)
        ) as now:  # the database has its own
            begins = (clock.now() + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M")
            draft = services.create_rule(
                slug="ten", point=LINES, text=text(), author="user:anna",
                window=Window(starts=begins, time_zone="UTC"),
            )  # fmt: skip
            it = services.submit_version(rule_id=draft.rule_id, number=1, submitted_by="user:anna")
            services.approve_version(
                rule_id=it.rule_id, number=1, reviewer="user:ben", content_hash=it.content_hash
            )
            self.demand()
            activate(it)
            now.advance(timedelta(hours=2))
            with monkeypatch.context() as busy:
                busy.setattr(proving, "proved", partial(proving.proved, seconds=0.0))
                assert services.take_due_steps() == 0
                assert services.take_due_steps() == 0  # it is put off
                now.advance(timedelta(minutes=6))
                assert services.take_due_steps() == 0
            it.refresh_from_db()
            assert it.status == "scheduled"
            told = EventRecord.objects.filter(type="rules.attention-wanted.v1")
            assert sum("is tried again" in row.data["sentence"] for row in told) == 1
            now.advance(timedelta(minutes=6))
            assert services.take_due_steps() == 1
            it.refresh_from_db()
        assert it.status == "active"

    @pytest.mark.parametrize(
        ("scopes", "code"), [(["rules:write"], 403), (["rules:write", "rules:govern"], 201)]
    )
    def test_only_whoever_governs_demands_one(self, in_tenant, scopes, code):
        user, _ = people.register_user(username="ben", scopes=scopes)
        _, secret = people.issue_api_key(name="ben", scopes=scopes, owner=user)
        answer = Client().post(
            "/api/v1/rules/guardrails",
            {"point": LINES, "name": "half", "claim": HALF.claim, "proof_demanded": True},
            "application/json", headers={"Authorization": f"Bearer {secret}"},
        )  # fmt: skip
        assert answer.status_code == code, answer.content

    def test_one_that_is_too_long_is_refused(self, in_tenant):
        with pytest.raises(RuleUnsound, match="may have 120") as refusal:
            services.state_guardrail(
                point=LINES, text=structs.replace(HALF, name="h" * 121), stated_by="user:zoe"
            )
        assert refusal.value.pointers == ("/name",)

    def test_what_takes_the_place_of_the_unknown_begins(self, active):
        first = active("pattern", self.PATTERN)
        pause(first)
        self.demand()
        newer = services.draft_version(
            rule_id=first.rule_id, text=text('line.sku == "A"'), author="user:anna"
        )
        it = services.submit_version(rule_id=newer.rule_id, number=2, submitted_by="user:anna")
        services.approve_version(
            rule_id=it.rule_id, number=2, reviewer="user:ben", content_hash=it.content_hash
        )
        begun = services.activate_version(rule_id=it.rule_id, number=2, activated_by="user:dora")
        assert begun.status == "active"

    def test_without_the_demand_it_is_a_risk(self, approved):
        state()
        version = approved("pattern", self.PATTERN)
        assert "1 guardrail could not be proved" in version.risk["reasons"]


def at_once(tenant_id, acts: list[Callable[[], object]]) -> list[str]:
    """What each came to."""

    def taken(act: Callable[[], object]) -> str:
        try:
            with tenant_scope(tenant_id):
                act()
        except GuardrailBroken:
            return "broken"
        finally:
            connection.close()
        return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(taken, acts))


@pytest.mark.django_db(transaction=True)
class TestAtTheSameMoment:
    """Each alone keeps the guardrail, and both are proved before either has begun."""

    @pytest.fixture
    def proved_together(self, monkeypatch):
        """Both have proved what they are about to do before one of them does it; later proofs wait for nobody."""
        barrier = Barrier(2)

        def prove(versions):
            seen = proof(versions)
            if barrier.n_waiting or not met:
                met.append(barrier.wait(timeout=30))
            return seen

        proof, met = deciding.demand_guardrails, []
        for place in (deciding, promoting):
            monkeypatch.setattr(place, "demand_guardrails", prove)

    @pytest.fixture
    def first(self, tenant_id):
        with tenant_scope(tenant_id):
            return self._approved("first", FORTY)

    @staticmethod
    def _approved(slug, content):
        draft = services.create_rule(slug=slug, point=LINES, text=content, author="user:anna")
        it = services.submit_version(rule_id=draft.rule_id, number=1, submitted_by="user:anna")
        return services.approve_version(
            rule_id=it.rule_id, number=1, reviewer="user:ben", content_hash=it.content_hash
        )

    def _released(self, version):
        release = services.make_release(
            name="r", made_by="user:anna", members=[(version.rule_id, 1)]
        )
        for stage in ("development", "staging"):
            services.promote_release(number=1, stage=stage, promoted_by="user:anna")
        services.approve_promotion(
            number=1, stage="production", digest=release.digest, reviewer="user:ben"
        )

    def _resuming(self, version):
        activate(version)
        pause(version)
        deliver()
        return lambda: resume(version)

    def _promoting(self, version):
        self._released(version)
        return lambda: services.promote_release(
            number=1, stage="production", promoted_by="user:dora"
        )

    def _rolling_out(self, version):
        self._released(version)
        ramp = [RampStep(Decimal(50), 600), RampStep(Decimal(100))]
        return lambda: services.start_rollout(
            number=1, ramp=ramp, guards=[], started_by="user:dora"
        )

    @pytest.mark.parametrize("way", ["activating", "resuming", "promoting", "rolling out"])
    def test_two_do_not_break_a_guardrail_together(self, tenant_id, first, way, request):
        with tenant_scope(tenant_id):
            begins = {
                "activating": lambda it: lambda: activate(it),
                "resuming": self._resuming,
                "promoting": self._promoting,
                "rolling out": self._rolling_out,
            }[way](first)
            second = self._approved("second", FORTY_ONE)
            state()
        request.getfixturevalue("proved_together")
        came_to = at_once(tenant_id, [begins, lambda: activate(second)])
        assert sorted(came_to) == ["broken", "done"]
        with tenant_scope(tenant_id):
            begun = RuleVersion.objects.filter(status="active").count()
            assert begun + Rollout.objects.count() == 1
