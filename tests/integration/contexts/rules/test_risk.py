"""What a version's risk says of guardrails that hold, and of conditions that ask for nothing."""

from __future__ import annotations

import pytest
from django.urls import reverse

from contexts.identity import services as people
from contexts.rules import services
from contexts.rules.errors import GuardrailBroken, RiskRisen
from contexts.rules.models import ApprovalPolicy
from contexts.rules.policies import Requirement
from shared_kernel.decisions import GuardrailText
from tests.integration.contexts.conftest import text

LINES, ORDER = "promotions.line-discounts", "promotions.order-discounts"


def state(percent, point=LINES):
    claim = f"outcome.discount <= outcome.start * {percent / 100}"
    guardrail = GuardrailText(name=f"Never more than {percent} % off", claim=claim)
    services.state_guardrail(point=point, text=guardrail, stated_by="user:zoe")


def risk(content, point=LINES):
    draft = services.create_rule(slug="new", point=point, text=content, author="user:anna")
    submitted = services.submit_version(rule_id=draft.rule_id, number=1, submitted_by="user:anna")
    return submitted.risk["level"], "; ".join(submitted.risk["reasons"])


class TestMargins:
    def test_what_leaves_next_to_nothing_of_a_guardrail_is_a_high_risk(self, active):
        """10 % and then 11 % more come to 19.9 %: small each, and a tenth of a per cent is left."""
        active("ten", text("line.quantity >= 3"))
        state(20)
        level, why = risk(text('customer.tier == "gold"', params={"percent": "11"}))
        assert level == "high"
        assert "within 0.5 % of the price of breaking “Never more than 20 % off”" in why

    @pytest.mark.parametrize(
        ("claim", "level", "said"),
        [("outcome.discount * 100 <= outcome.start * 10.05", "high", "it comes within 0.1 % of the price"),
         ("(outcome.discount <= outcome.start * 0.1005) == true", "medium", "is not known: no more is proved")],
    )  # fmt: skip
    def test_another_spelling_hides_nothing(self, in_tenant, claim, level, said):
        """10 % of at most 10.05: what cannot be told counts as medium, and is said."""
        guardrail = GuardrailText(name="Never more than 10.05 % off", claim=claim)
        services.state_guardrail(point=LINES, text=guardrail, stated_by="user:zoe")
        found, why = risk(text("line.quantity >= 3"))
        assert (found, said in why) == (level, True), why

    def test_what_stays_away_is_none(self, active):
        active("ten", text("line.quantity >= 3"))
        state(40)
        level, why = risk(text('customer.tier == "gold"', params={"percent": "11"}))
        assert level == "low"
        assert (
            "stays 10 % of the price or more away from breaking “Never more than 40 % off”" in why
        )

    def test_what_the_rules_do_without_it_is_not_its_doing(self, active):
        """Of an exclusive group one applies: 5 % more for others change nothing of the 10 % that come near."""
        active("ten", text("line.quantity >= 3", group="one", priority=1))
        state(11)
        level, why = risk(text('customer.tier == "gold"', params={"percent": "5"}, group="one"))
        assert level == "low"
        assert "as the rules do without it" in why

    def test_a_version_that_comes_nearer_itself_is_told(self, active):
        active("ten", text("line.quantity >= 3", group="one", priority=1))
        state(13)
        level, why = risk(text('customer.tier == "gold"', params={"percent": "12"}, group="one"))
        assert level == "medium"
        assert "a case was found with 1 % to spare" in why


class TestBrokenAlready:
    """A guardrail that does not hold refuses nothing any more: whoever approves has to know."""

    def test_a_guardrail_that_guards_nothing_is_a_high_risk(self, active):
        active("thirty", text("line.quantity >= 3", params={"percent": "30"}))
        state(20)
        level, why = risk(text('customer.tier == "gold"', params={"percent": "2"}))
        assert level == "high"
        assert "“Never more than 20 % off” is broken already by what decides" in why

    def test_one_that_this_version_mends_is_not(self, active):
        thirty = active("thirty", text("line.quantity >= 3", params={"percent": "30"}))
        state(20)
        five = text(params={"percent": "5"})
        services.draft_version(rule_id=thirty.rule_id, text=five, author="user:anna")
        mended = services.submit_version(rule_id=thirty.rule_id, number=2, submitted_by="user:anna")
        assert "broken" not in "; ".join(mended.risk["reasons"])


@pytest.mark.parametrize(
    ("condition", "point", "kind"),
    [
        ("line.quantity >= 0", LINES, "percent_off_line"),
        ("line.quantity >= 1 && line.unit_price >= 0", LINES, "percent_off_line"),
        ("cart.remaining <= cart.subtotal", ORDER, "percent_off_order"),
        ("cart.quantity != -1", ORDER, "percent_off_order"),
    ],
)
def test_a_condition_that_every_cart_meets_asks_for_nothing(in_tenant, condition, point, kind):
    """No cart has a line of no units, or one that costs less than nothing."""
    assert "applies to everything" in risk(text(condition, kind), point)[1]


@pytest.mark.parametrize("condition", ["line.quantity >= 2", "line.unit_price > 0"])
def test_one_that_some_cart_does_not_meet_asks_for_something(in_tenant, condition):
    assert "everything" not in risk(text(condition))[1]


class TestJudgedAgain:
    """A colleague approves what the risk is by then, not what it was when it was submitted."""

    @pytest.fixture
    def small(self, in_tenant):
        for name, level, count in (("Anybody", "low", 1), ("Two", "high", 2)):
            services.set_policy(
                name=name, point="", from_risk=level, requirements=(Requirement(count),),
                set_by="user:zoe",
            )  # fmt: skip
        draft = services.create_rule(
            slug="new", point=LINES, text=text("line.quantity >= 3"), author="user:anna"
        )
        version = services.submit_version(rule_id=draft.rule_id, number=1, submitted_by="user:anna")
        assert version.risk["level"] == "low"
        return version

    def approve(self, version):
        return services.approve_version(
            rule_id=version.rule_id, number=1, reviewer="user:ben",
            content_hash=version.content_hash,
        )  # fmt: skip

    def test_what_rose_to_where_others_approve_is_submitted_again(self, small):
        state(10.05)
        with pytest.raises(RiskRisen, match=r"is high by now: .*That needs 2 colleagues"):
            self.approve(small)
        small.refresh_from_db()
        assert (small.status, small.reviews.count()) == ("in_review", 0)

    def test_what_breaks_a_guardrail_by_now_is_not_approved(self, small):
        state(5)
        with pytest.raises(GuardrailBroken, match="Never more than 5 % off"):
            self.approve(small)

    def test_what_stayed_as_small_is_approved(self, small):
        state(40)
        assert self.approve(small).status == "approved"

    def test_a_risk_for_which_the_same_approve_is_not_in_the_way(self, small):
        for policy in ApprovalPolicy.objects.filter(from_risk="high"):
            services.remove_policy(policy_id=policy.id, removed_by="user:zoe")
        state(10.05)
        assert self.approve(small).status == "approved"

    def test_the_page_tells_it(self, small, client, tenant_id):
        state(10.05)
        user, _ = people.register_user(username="ben", scopes=["rules:read", "rules:approve"])
        client.force_login(user)
        page = client.get(reverse("admin:rules_risk", args=(small.rule_id, 1)))
        assert "By now it is a" in page.content.decode()
        assert "high risk" in page.content.decode()
