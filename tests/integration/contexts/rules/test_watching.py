"""A rule that ends may be what kept a guardrail: ending waits for no proof, and people are told of what it breaks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from contexts.rules import services
from contexts.rules.models import TimedStep
from contexts.rules.services import proving
from shared_kernel import bus, clock
from shared_kernel.decisions import GuardrailText, Window
from shared_kernel.eventlog.models import EventRecord
from tests.integration.contexts.conftest import deliver, text

LINES = "promotions.line-discounts"
HALF = GuardrailText(name="half", claim="outcome.discount <= outcome.start * 0.5")
SHIELD = text(priority=10, stop=True)


def notices():
    told = EventRecord.objects.filter(type="rules.attention-wanted.v1").order_by("id")
    return [it.data for it in told if it.data["kind"] == "guardrail-broken"]


def pause(version, by="user:carla"):
    services.pause_version(rule_id=version.rule_id, number=1, paused_by=by, reason="too dear")


def retire(version):
    services.retire_version(rule_id=version.rule_id, number=1, retired_by="user:carla")


@pytest.fixture
def shield(active):
    """Two rules would take 64 % together; a third goes first and lets neither apply."""
    shield = active("shield", SHIELD)
    for slug in ("one", "two"):
        active(slug, text(params={"percent": "40"}))
    services.state_guardrail(point=LINES, text=HALF, stated_by="user:zoe")
    return shield


@pytest.mark.parametrize("end", [pause, retire])
@pytest.mark.parametrize("is_heard", [True, False])
def test_whoever_ended_it_and_whoever_stated_the_guardrail_are_told(shield, end, is_heard):
    """Whether or not calculation has heard of the end when it is asked."""
    end(shield)
    if is_heard:
        deliver()
    assert services.prove_after_ends() == 1
    (told,) = notices()
    assert told["people"] == ["user:carla", "user:zoe"]
    assert told["sentence"].startswith("Without shield@1, which ended, ")
    assert "half: " in told["sentence"]
    assert services.prove_after_ends() == 0, "once"
    assert not TimedStep.objects.exists()


def test_of_a_window_that_ended_whoever_let_it_begin_is_told(approved, active, in_tenant):
    with clock.frozen(datetime.now(UTC).replace(microsecond=0)) as now:
        ends = clock.now() + timedelta(hours=1)
        draft = services.create_rule(
            slug="shield", point=LINES, text=SHIELD, author="user:anna",
            window=Window("", ends.strftime("%Y-%m-%dT%H:%M:%S"), "UTC"),
        )  # fmt: skip
        services.submit_version(rule_id=draft.rule_id, number=1, submitted_by="user:anna")
        services.approve_version(
            rule_id=draft.rule_id, number=1, reviewer="user:ben", content_hash=draft.content_hash
        )
        services.activate_version(rule_id=draft.rule_id, number=1, activated_by="user:dora")
        deliver()
        for slug in ("one", "two"):
            active(slug, text(params={"percent": "40"}))
        services.state_guardrail(point=LINES, text=HALF, stated_by="user:zoe")
        now.move_to(ends)
        assert services.take_due_steps() == 1
        assert services.prove_after_ends() == 1
        assert notices()[0]["people"] == ["user:dora", "user:zoe"]


def test_what_broke_before_or_breaks_nothing_is_not_told(shield, active):
    """The guardrail of a twentieth was broken with the shield as well; the one of all holds without it."""
    services.withdraw_guardrail(
        guardrail_id=services.guardrails.Guardrail.objects.get().id, withdrawn_by="user:zoe"
    )
    for name, share in (("twentieth", "0.05"), ("all", "1")):
        claim = f"outcome.discount <= outcome.start * {share}"
        services.state_guardrail(
            point=LINES, text=GuardrailText(name=name, claim=claim), stated_by="user:zoe"
        )
    pause(shield)
    assert services.prove_after_ends() == 0
    assert (notices(), TimedStep.objects.exists()) == ([], False)


def test_what_was_resumed_meanwhile_is_not_missed(shield):
    pause(shield)
    services.resume_version(rule_id=shield.rule_id, number=1, resumed_by="user:ben")
    assert services.prove_after_ends() == 0
    assert notices() == []


def test_a_proof_that_fails_is_no_failure_to_pause_and_is_tried_again(shield, monkeypatch):
    def away(_query):
        raise bus.ContextUnreachable(context="calculation")

    with clock.frozen(datetime.now(UTC)) as now:
        with monkeypatch.context() as broken:
            broken.setattr(proving.bus, "ask", away)
            pause(shield)
            assert services.prove_after_ends() == 0
        shield.refresh_from_db()
        assert shield.status == "paused"
        deliver()
        assert services.take_due_steps() == 0, "it is no step of the calendar"
        now.advance(timedelta(seconds=61))
        assert services.prove_after_ends() == 1


def test_several_that_end_at_once_are_told_of_once(shield, active):
    other = active("other", text('line.sku == "A"', priority=9))
    for version in (shield, other):
        pause(version)
    assert services.prove_after_ends() == 1
    assert notices()[0]["sentence"].startswith("Without ")
    assert {"shield@1", "other@1"} <= set(notices()[0]["sentence"].replace(",", "").split())
