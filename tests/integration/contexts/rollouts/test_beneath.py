"""What begins or ends to decide beneath a roll-out, for a rule of which it tries another version."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from contexts.calculation.models import CandidateRule
from contexts.identity import services as people
from contexts.rules import services
from contexts.rules.errors import MemberCannotDecide, RuleTried, StageLeftOut
from contexts.rules.models import RuleVersion
from shared_kernel.decisions import GuardrailText, Window
from shared_kernel.eventlog.models import EventRecord
from tests.integration.contexts.conftest import deliver, text
from tests.integration.contexts.rollouts.conftest import (
    AT_ONCE,
    POINT,
    approved_version,
    paid,
    start,
)

HALF = GuardrailText(name="half", claim="outcome.discount <= outcome.start * 0.5")


def held_up_past_noon(release: Any, now: Any) -> Any:
    """Its roll-out, tried by some and paused until the calendar does what is due at noon: rolled back."""
    rollout = start(release, "50% 2h, 100%")
    deliver()
    assert {paid(f"c{number}") for number in range(12)} == {"18.00", "14.00"}
    services.pause_rollout(rollout_id=rollout.id, by="user:anna")
    now.advance(timedelta(hours=3))
    assert services.take_due_steps() == 1
    deliver()
    rollout.refresh_from_db()
    assert (rollout.status, rollout.ended_by) == ("rolled_back", "system:calendar")
    return rollout


def released(name: str, *members: tuple[UUID, int]) -> Any:
    """A release of them, approved for production."""
    made = services.make_release(name=name, made_by="user:rita", members=list(members))
    for stage in ("development", "staging"):
        services.promote_release(number=made.number, stage=stage, promoted_by="user:rita")
    services.approve_promotion(
        number=made.number, stage="production", digest=made.digest, reviewer="user:ben"
    )
    return made


class TestByHand:
    """What would a version be compared with if another began or ended beneath it? Roll back first."""

    def test_a_rule_that_is_tried_is_not_retired(self, rolled, changed):
        rollout = rolled(AT_ONCE)
        retire = {"rule_id": changed.rule_id, "number": 1, "retired_by": "user:ben"}
        with pytest.raises(RuleTried, match="release 1 tries version 2 of ten: roll it back"):
            services.retire_version(**retire)
        services.roll_back_rollout(rollout_id=rollout.id, reason="no", by="user:anna")
        assert services.retire_version(**retire).status == "retired"

    def test_nor_by_a_release_that_retires_all_others(self, rolled, active):
        other = active("other", text("line.quantity > 9"))
        rolled(AT_ONCE)
        made = services.make_release(
            name="Alone", made_by="user:anna", members=[(other.rule_id, 1)]
        )
        for stage in ("development", "staging"):
            services.promote_release(number=made.number, stage=stage, promoted_by="user:anna")
        services.approve_promotion(
            number=made.number, stage="production", digest=made.digest, reviewer="user:ben"
        )
        promote = {"number": made.number, "stage": "production", "promoted_by": "user:anna"}
        with pytest.raises(RuleTried):
            services.promote_release(**promote, retire_others=True)
        services.promote_release(**promote)

    def test_no_other_version_of_it_begins(self, rolled, changed):
        rollout = rolled(AT_ONCE)
        place = approved_version(changed.rule_id, percent="20")
        with pytest.raises(RuleTried, match="release 1 tries version 2 of ten"):
            services.activate_version(**place, activated_by="user:ben")
        services.roll_back_rollout(rollout_id=rollout.id, reason="no", by="user:anna")
        assert services.activate_version(**place, activated_by="user:ben").status == "active"

    def test_nor_by_a_release(self, rolled, changed):
        rollout = rolled(AT_ONCE)
        place = approved_version(changed.rule_id, percent="20")
        made = released("Twenty", (place["rule_id"], place["number"]))
        promote = {"number": made.number, "stage": "production", "promoted_by": "user:anna"}
        with pytest.raises(RuleTried):
            services.promote_release(**promote)
        services.roll_back_rollout(rollout_id=rollout.id, reason="no", by="user:anna")
        services.promote_release(**promote)
        deliver()
        assert paid("x") == "16.00"

    def test_what_is_wrong_with_a_release_itself_is_told_first(self, rolled, changed):
        """Nobody rolls back for a release that would be refused all the same."""
        rolled(AT_ONCE)
        place = approved_version(changed.rule_id, percent="20")
        made = services.make_release(
            name="Twenty", made_by="user:rita", members=[(place["rule_id"], place["number"])]
        )
        with pytest.raises(StageLeftOut):
            services.promote_release(number=made.number, stage="production", promoted_by="user:a")

    def test_what_waits_for_its_window_goes_on_the_calendar(self, rolled, changed):
        rolled(AT_ONCE)
        place = approved_version(
            changed.rule_id, percent="20", window=Window(starts="2099-01-01T00:00")
        )
        planned = services.activate_version(**place, activated_by="user:ben")
        assert planned.status == "scheduled"

    def test_the_pages_tell_what_is_tried_and_offer_nothing_beneath_it(self, rolled, changed):
        """Who pauses reads that the roll-out goes with it; who would activate, that it stands in the way."""
        rollout = rolled(AT_ONCE)
        waiting = approved_version(changed.rule_id, percent="20")
        user, _ = people.register_user(username=f"ben-{rollout.id}", scopes=["rules:*"])
        browser = Client()
        browser.force_login(user, backend="contexts.identity.backends.TenantBackend")
        rule = browser.get(
            reverse("admin:rules_rule_change", args=[changed.rule_id])
        ).content.decode()
        assert "Version 2 is tried on 50 % of the customers" in rule
        assert "is rolled back with it" in rule
        assert "Retire…" not in rule
        place = [changed.rule_id, waiting["number"]]
        version = browser.get(reverse("admin:rules_version", args=place)).content.decode()
        assert "No version of the rule begins beneath it" in version
        assert "Activate…" not in version
        services.roll_back_rollout(rollout_id=rollout.id, reason="no", by="user:anna")
        assert (
            "Activate…" in browser.get(reverse("admin:rules_version", args=place)).content.decode()
        )

    def test_other_rules_begin_as_ever(self, rolled, approved):
        rolled(AT_ONCE)
        other = approved("other", text("line.quantity > 9"))
        begun = services.activate_version(rule_id=other.rule_id, number=1, activated_by="user:ben")
        assert begun.status == "active"


class TestBeginsBeneath:
    """A version begins by its window while another of its rule is tried: a window was approved as such."""

    @pytest.fixture
    def from_noon(self, now, changed):
        """Twenty percent from noon on wait for their time."""
        place = approved_version(
            changed.rule_id, percent="20", window=Window(starts="2025-11-24T12:00")
        )
        services.activate_version(**place, activated_by="user:ben")
        return released("Thirty", (changed.rule_id, changed.number))

    def test_it_begins_and_the_roll_out_is_rolled_back_with_that_reason(self, from_noon, now):
        """Only a ramp that was held up gets there."""
        rollout = held_up_past_noon(from_noon, now)
        assert "version 3 began, as the calendar had it" in rollout.reason
        assert {paid(f"c{number}") for number in range(12)} == {"16.00"}
        assert not CandidateRule.objects.filter(active_to=None).exists()

    def test_it_is_proved_beside_what_decides_and_not_beside_what_it_ends(self, now, active):
        """Beside the candidate that is rolled back with it, forty and thirty would be more than half."""
        ten, other = active("ten", text()), active("other", text(params={"percent": "5"}))
        noon = approved_version(ten.rule_id, percent="40", window=Window(starts="2025-11-24T12:00"))
        services.activate_version(**noon, activated_by="user:ben")
        twelve = approved_version(ten.rule_id, percent="12")
        thirty = approved_version(other.rule_id, percent="30")
        made = released("Both", *((it["rule_id"], it["number"]) for it in (twelve, thirty)))
        services.state_guardrail(point=POINT, text=HALF, stated_by="user:zoe")
        rollout = start(made, "50% 2h, 100%")
        services.pause_rollout(rollout_id=rollout.id, by="user:anna")
        now.advance(timedelta(hours=3))
        assert services.take_due_steps() == 1
        rollout.refresh_from_db()
        assert rollout.status == "rolled_back"

    def test_what_the_calendar_is_about_to_begin_is_not_tried(self, from_noon, now, changed):
        """For the calendar gives it to everybody, whatever the ramp says."""
        made = released("Twenty", (changed.rule_id, 3))
        now.advance(timedelta(hours=3))
        with pytest.raises(MemberCannotDecide, match="take it off the calendar"):
            start(made, "shadow 1h, 100%")

    def test_no_ramp_is_begun_that_is_not_over_by_then(self, from_noon):
        with pytest.raises(
            MemberCannotDecide, match=r"Version 3 of the same rule begins by itself"
        ):
            start(from_noon, "50% 3h, 100%")
        assert start(from_noon, "50% 2h, 100%").status == "running"


class TestEndsBeneath:
    """What decides now ends by its window while another version of its rule is tried: then it is compared with nothing."""

    @pytest.fixture
    def until_noon(self, now, in_tenant):
        """Ten percent until noon decide; thirty are approved for production."""
        rule = services.create_rule(
            slug="ten", point="promotions.line-discounts", text=text(), author="user:anna",
            window=Window(ends="2025-11-24T12:00"),
        )  # fmt: skip
        place = {"rule_id": rule.rule_id, "number": 1}
        read = services.submit_version(**place, submitted_by="user:anna")
        services.approve_version(**place, reviewer="user:ben", content_hash=read.content_hash)
        services.activate_version(**place, activated_by="user:ben")
        approved_version(rule.rule_id, percent="30")
        made = released("Noon", (rule.rule_id, 2))
        deliver()
        return made

    def test_it_ends_as_approved_and_the_roll_out_is_rolled_back_with_that_reason(
        self, until_noon, now
    ):
        """Only a ramp that was held up gets there; whoever started it and who made the release are told."""
        rollout = held_up_past_noon(until_noon, now)
        assert rollout.reason.startswith("ten, of which it tries another version, ended: version 1")
        assert {paid(f"c{number}") for number in range(12)} == {"20.00"}
        assert not CandidateRule.objects.filter(active_to=None).exists()
        told = EventRecord.objects.filter(type="rules.attention-wanted.v1").latest("id").data
        assert (told["kind"], told["people"]) == ("rolled-back", ["user:anna", "user:rita"])
        assert services.take_due_steps() == 0

    def test_no_ramp_is_begun_that_is_not_over_by_then(self, until_noon):
        with pytest.raises(MemberCannotDecide, match=r"Version 1, .* ends before the ramp is over"):
            start(until_noon, "50% 3h, 100%")
        assert start(until_noon, "50% 2h, 100%").status == "running"

    def test_a_roll_out_of_other_rules_goes_on(self, until_noon, now, approved):
        other = approved("other", text("line.quantity > 9"))
        made = services.make_release(
            name="Other", made_by="user:rita", members=[(other.rule_id, 1)]
        )
        for stage in ("development", "staging"):
            services.promote_release(number=made.number, stage=stage, promoted_by="user:rita")
        rollout = start(made, "shadow 9h, 100%")
        now.advance(timedelta(hours=3))
        assert services.take_due_steps() == 1
        rollout.refresh_from_db()
        assert rollout.status == "running"


class TestUntried:
    """The last step lets the whole release begin: nothing of it that nobody tried."""

    @pytest.fixture
    def with_another(self, now, changed, active):
        """Thirty percent, and of another rule a version that opens at noon."""
        other = active("other", text("line.quantity > 9"))
        noon = approved_version(
            other.rule_id, percent="20", window=Window(starts="2025-11-24T12:00")
        )
        return released("Both", (changed.rule_id, changed.number), (other.rule_id, noon["number"]))

    def test_no_ramp_is_begun_in_which_a_member_opens(self, with_another):
        with pytest.raises(
            MemberCannotDecide, match=r"other, version 2: .* nobody would have tried"
        ):
            start(with_another, "50% 3h, 100%")

    def test_nor_does_one_that_was_held_up_end_with_it(self, with_another, now):
        rollout = start(with_another, "50% 2h, 100%")
        services.pause_rollout(rollout_id=rollout.id, by="user:anna")
        now.advance(timedelta(hours=3))
        with pytest.raises(MemberCannotDecide, match="nobody would have tried"):
            services.advance_rollout(rollout_id=rollout.id, by="user:anna")
        rollout.refresh_from_db()
        assert (rollout.status, rollout.step) == ("paused", 0)

    def test_what_opens_later_is_put_on_the_calendar_by_the_last_step(self, with_another, now):
        rollout = start(with_another, "50% 2h, 100%")
        done = services.advance_rollout(rollout_id=rollout.id, by="user:anna")
        assert done.status == "completed"
        other = RuleVersion.objects.get(rule__slug="other", number=2)
        assert other.status == "scheduled"
