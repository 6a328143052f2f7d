"""What a reviewer is told of versions that are on their way while the one in hand is reviewed."""

from __future__ import annotations

from django.test import Client

from contexts.identity import services as identity
from contexts.rules import queries, services
from contexts.rules.queries.coming import coming_beside, findings_coming
from shared_kernel.decisions import GuardrailText, Window
from tests.integration.contexts.conftest import text

LINES = "promotions.line-discounts"
HALF = GuardrailText("Never more than half", "outcome.discount <= outcome.start * 0.5")


def submitted(slug, content, window=None):
    draft = services.create_rule(
        slug=slug, point=LINES, text=content, author="user:anna", window=window
    )
    return services.submit_version(rule_id=draft.rule_id, number=1, submitted_by="user:anna")


def told(version):
    return findings_coming(version, queries.findings_of(version, seconds=5), seconds=5)


def test_two_in_review_that_break_a_guardrail_together_are_told_of_each_other(in_tenant):
    """Each alone keeps it, so that each was submitted; whoever reviews one reads what both do."""
    services.state_guardrail(point=LINES, text=HALF, stated_by="user:zoe")
    one = submitted("one", text("line.quantity >= 3", params={"percent": "40"}, name="Three"))
    other = submitted("two", text('line.sku == "A"', params={"percent": "30"}, name="Article A"))
    for version in (one, other):
        coming = told(version)
        kinds = {it.kind: it for it in coming.findings}
        assert kinds["guardrail"].sentence.startswith("Never more than half: broken by ")
        assert set(kinds["added up"].rules) == {str(one.rule_id), str(other.rule_id)}


def test_what_was_said_beside_the_active_rules_is_not_said_again(active, in_tenant):
    active("live", text("line.quantity >= 2", name="Live"))
    submitted("far", text('line.sku == "B" && line.quantity < 2', name="Elsewhere"))
    version = submitted("mine", text('line.sku == "A"', name="Mine"))
    coming = told(version)
    assert [it.name for it in coming.versions] == ["Elsewhere"]
    assert coming.findings == ()


def test_only_those_whose_windows_meet_are_on_their_way(in_tenant):
    def window(starts="", ends=""):
        return Window(starts=starts, ends=ends, time_zone="Europe/Berlin")

    submitted("before", text(), window("2027-01-01T00:00", "2027-02-01T00:00"))
    within = submitted("within", text(), window("2027-02-10T00:00", "2027-02-12T00:00"))
    always = submitted("always", text())
    submitted("after", text(), window("2027-03-01T00:00"))
    version = submitted("mine", text(), window("2027-02-01T00:00", "2027-03-01T00:00"))
    assert {it.rule_id for it in coming_beside(version)} == {within.rule_id, always.rule_id}


def test_another_version_of_the_same_rule_is_not_beside_it(in_tenant):
    first = submitted("mine", text())
    again = services.draft_version(rule_id=first.rule_id, text=None, author="user:anna")
    assert coming_beside(again) == []


def test_the_api_tells_of_both(in_tenant):
    submitted("one", text("line.quantity >= 3", params={"percent": "40"}, name="Three"))
    version = submitted("two", text('line.sku == "A"', params={"percent": "30"}, name="Article A"))
    secret = identity.issue_api_key(name="reads", scopes=["rules:read"])[1]
    address = f"/api/v1/rules/{version.rule_id}/versions/1/findings"
    told = Client(headers={"Authorization": f"Bearer {secret}"}).get(address).json()
    assert (told["findings"], told["beside"], told["more"]) == ([], 0, 0)
    (coming,) = told["coming"]
    assert (coming["slug"], coming["status"]) == ("one", "in_review")
    assert [it["kind"] for it in told["found_with_coming"]] == ["added up"]
