"""When a version decides, and who has to approve it: of values alone."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from contexts.calculation.messages import GuardrailMargin
from contexts.promotions.decisions import LINE_DISCOUNTS
from contexts.rules.errors import UnreadableWindow
from contexts.rules.policies import (
    FOUR_EYES,
    Facts,
    Policy,
    Requirement,
    facts_of,
    missing,
    moments_of,
    policy_for,
    risk_of,
    said,
)
from shared_kernel.decisions import EffectText, RuleText, Window

BERLIN, NEW_YORK, LORD_HOWE = "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"


class TestAWindow:
    @pytest.mark.parametrize(
        ("local", "zone", "moment"),
        [
            ("2027-01-15T09:00", BERLIN, (2027, 1, 15, 8, 0)),
            ("2027-07-15T09:00", BERLIN, (2027, 7, 15, 7, 0)),
            ("2027-07-15T00:00", NEW_YORK, (2027, 7, 15, 4, 0)),
            # the clocks skip 02:00 to 03:00: a time between is the moment of the jump
            ("2027-03-28T02:30", BERLIN, (2027, 3, 28, 1, 0)),
            ("2027-03-14T02:00", NEW_YORK, (2027, 3, 14, 7, 0)),
            # they skip half an hour there
            ("2027-10-03T02:15", LORD_HOWE, (2027, 10, 2, 15, 30)),
            # they show 02:30 twice: the first one
            ("2027-10-31T02:30", BERLIN, (2027, 10, 31, 0, 30)),
        ],
    )
    def test_a_start_is_a_moment_whatever_the_clocks_do(self, local, zone, moment):
        assert moments_of(Window(starts=local, time_zone=zone)).starts_at == datetime(
            *moment, tzinfo=UTC
        )

    def test_an_end_that_the_clocks_show_twice_is_the_second(self):
        """A sale until half past two goes on until nobody's clock shows an earlier time."""
        ends = moments_of(Window(ends="2027-10-31T02:30", time_zone=BERLIN)).ends_at
        assert ends == datetime(2027, 10, 31, 1, 30, tzinfo=UTC)

    def test_a_day_of_twenty_five_hours_has_them(self):
        found = moments_of(Window("2027-10-31T00:00", "2027-11-01T00:00", BERLIN))
        assert (found.ends_at - found.starts_at).total_seconds() == 25 * 3600

    @pytest.mark.parametrize(
        ("window", "pointer"),
        [
            (Window("2027-01-02T00:00", "2027-01-01T00:00", BERLIN), "/ends"),
            (Window("2027-01-01T00:00", "2027-01-01T00:00", BERLIN), "/ends"),
            (Window("soon", "", BERLIN), "/starts"),
            (Window("", "2027-13-01T00:00", BERLIN), "/ends"),
            (Window("2027-01-01T00:00+01:00", "", BERLIN), "/starts"),
            (Window("2027-01-01T00:00", "", "Europe/Atlantis"), "/time_zone"),
            (Window("2027-01-01T00:00", "", "../../etc/passwd"), "/time_zone"),
            (Window("2027-01-01T00:00", "", ""), "/time_zone"),
            (Window("0001-01-01T00:00", "", "Asia/Tokyo"), "/starts"),
            (Window("", "9999-12-31T23:59", "America/Los_Angeles"), "/ends"),
        ],
    )
    def test_what_cannot_be_read_is_refused_where_it_stands(self, window, pointer):
        with pytest.raises(UnreadableWindow) as refusal:
            moments_of(window)
        assert refusal.value.pointers == (pointer,)


class TestWhoApproves:
    def test_without_a_policy_there_are_four_eyes(self):
        assert policy_for([], "a", "high") is FOUR_EYES

    def test_the_points_own_policy_goes_before_that_of_all(self):
        anywhere = Policy((Requirement(3),), from_risk="high")
        here = Policy((Requirement(1, "pricing"),), point="a")
        assert policy_for([anywhere, here], "a", "high") is here
        assert policy_for([anywhere, here], "b", "high") is anywhere
        assert policy_for([anywhere, here], "b", "low") is FOUR_EYES

    def test_the_highest_level_that_the_risk_reaches_counts(self):
        low, high = Policy((Requirement(1),)), Policy((Requirement(2),), from_risk="high")
        assert policy_for([low, high], "a", "high") is high
        assert policy_for([low, high], "a", "medium") is low

    @pytest.mark.parametrize(
        ("approvals", "lacking"),
        [
            ({}, "1 of finance and 1 of legal"),
            ({"ben": ["finance"]}, "1 of legal"),
            ({"ben": ["finance", "legal"]}, "1 of legal"),
            ({"ben": ["finance", "legal"], "carl": ["finance"]}, ""),
            ({"ben": ["finance"], "carl": ["finance"]}, "1 of legal"),
            ({"ben": ["marketing"], "carl": []}, "1 of finance and 1 of legal"),
        ],
    )
    def test_two_requirements_take_two_people(self, approvals, lacking):
        """Who could meet either meets the one that somebody else cannot."""
        wanted = (Requirement(1, "finance"), Requirement(1, "legal"))
        assert said(missing(wanted, approvals)) == lacking

    def test_anybody_is_also_somebody_of_a_team(self):
        wanted = (Requirement(1), Requirement(1, "finance"))
        assert missing(wanted, {"ben": ["finance"], "anna": []}) == ()
        assert missing(wanted, {"carl": [], "anna": []}) == (Requirement(1, "finance"),)


class TestRisk:
    @pytest.mark.parametrize(
        ("facts", "level"),
        [
            (Facts(percent_at_most=20), "low"),
            (Facts(percent_at_most=20.5), "medium"),
            (Facts(percent_at_most=51), "high"),
            (Facts(takes_amounts=True), "medium"),
            (Facts(computed=True), "high"),
            (Facts(percent_at_most=5, share_touched=60), "high"),
            (Facts(percent_at_most=5, share_touched=10), "low"),
            (Facts(percent_at_most=5, guardrails_unknown=1), "medium"),
            (Facts(percent_at_most=5, conditions_always=True), "high"),
            (Facts(), "low"),
        ],
    )
    def test_the_worst_that_is_known_counts_and_all_is_told(self, facts, level):
        risk = risk_of(facts)
        assert risk.level == level
        assert risk.reasons

    @pytest.mark.parametrize(
        ("at_least", "below", "nearest", "is_settled", "level", "is_open"),
        [("5", "10", "9", True, "low", False), ("0", "0.1", "0.1", True, "low", False),
         ("0", "10", "9", False, "medium", True), ("0.5", "5", "2", False, "medium", True),
         ("5", None, None, False, "low", True)],
    )  # fmt: skip
    def test_as_near_as_before_is_no_reason_only_if_no_nearer_is_known_not_to_be(  # noqa: PLR0917
        self, at_least, below, nearest, is_settled, level, is_open
    ):
        """The rules come within nine per cent without it; it may come within one, of which no proof gave an answer."""
        margin = GuardrailMargin(
            guardrail="Half", at_least=Decimal(at_least), below=below and Decimal(below),
            nearest=nearest and Decimal(nearest), is_settled=is_settled, as_before=below is not None,
        )  # fmt: skip
        risk = risk_of(Facts(margins=(margin,)))
        (reason,) = risk.reasons
        assert risk.level == level
        assert ("as the rules do without it" in reason) is (below is not None)
        assert ("not known" in reason) is is_open

    def test_several_percentages_are_taken_one_after_the_other(self):
        text = RuleText(
            "r", 1, "", "", "true && line.quantity > 1",
            (EffectText("percent_off_line", {"percent": "50"}), EffectText("percent_off_line", {"percent": "50.0"})),
        )  # fmt: skip
        assert facts_of(LINE_DISCOUNTS, text) == Facts(percent_at_most=75.0)

    def test_what_is_computed_is_not_taken_for_a_number(self):
        effects = (EffectText("percent_off_line", {"percent": "line.quantity * 10"}),)
        assert facts_of(LINE_DISCOUNTS, RuleText("r", 1, "", "", "true", effects)) == Facts(
            computed=True, conditions_always=True
        )
