"""Who approves, when a rule decides, and how it is stopped: by the pages, as people do it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from playwright.sync_api import expect

from tests.browser.steps import (
    CART,
    activate,
    approve,
    begin_rule,
    status_of,
    submitted_by_api,
    version_of,
)
from tests.browser.waiting import until_priced

FULL, REDUCED = "60.00", "54.00"


def test_a_policy_of_two_colleagues_is_set_and_holds(shop, sign_in, photograph):
    """Zoe demands two; Ben's approval is not enough, Carl's is; the page says who is still missing."""
    zoe = sign_in("zoe")
    zoe.goto(f"{shop.address}/admin/rules/rule/governance/")
    zoe.get_by_label("Name").fill("Everything by two")
    zoe.get_by_label("How many, row 1").fill("2")
    zoe.get_by_role("button", name="Set it").click()
    expect(zoe.get_by_text("Set: it holds for what is submitted from now on.")).to_be_visible()
    expect(zoe.get_by_text("2 colleagues must approve")).to_be_visible()
    photograph(zoe, "governance")
    version = submitted_by_api(shop, name="By two")
    ben, carl = sign_in("ben"), sign_in("carl")
    ben.goto(version)
    expect(ben.get_by_text("Low risk")).to_be_visible()
    photograph(ben, "risk")
    ben.get_by_role("button", name="Approve").click()
    expect(ben.get_by_text("Approved by you. Others have to approve it too.")).to_be_visible()
    expect(ben.get_by_text("It still needs the approval of 1 colleague.")).to_be_visible()
    assert status_of(shop, version) == "in_review"
    approve(carl, version)
    assert status_of(shop, version) == "approved"


def test_a_rule_is_paused_and_resumed(shop, sign_in, photograph):
    """Ben pauses with a reason, customers pay the full price; he resumes, and they do not."""
    ben = sign_in("ben")
    version = submitted_by_api(shop, name="On and off")
    approve(ben, version)
    activate(ben)
    until_priced(shop, CART, REDUCED)
    ben.get_by_text("Pause…").click()
    ben.get_by_label("Why").fill("Purchasing called")
    photograph(ben, "pausing")
    ben.get_by_role("button", name="Pause it").click()
    expect(ben.get_by_role("heading", name="Paused")).to_be_visible()
    expect(ben.get_by_text("Purchasing called").first).to_be_visible()
    until_priced(shop, CART, FULL)
    photograph(ben, "paused")
    ben.get_by_role("button", name="Resume").click()
    expect(ben.get_by_text("Resumed: it decides again")).to_be_visible()
    until_priced(shop, CART, REDUCED)


def test_a_window_is_written_in_the_editor_and_the_clockwork_keeps_it(shop, sign_in, photograph):
    """Anna writes when it begins; it stands on the calendar until then, and begins by itself."""
    anna, ben = sign_in("anna"), sign_in("ben")
    begin_rule(anna, shop)
    anna.get_by_label("Name", exact=True).fill("Tonight")
    anna.get_by_label("Begins").fill("2040-03-25T02:30")
    anna.get_by_label("Time zone").fill("Europe/Atlantis")
    anna.get_by_label("Words on the receipt").fill("Tonight only")
    anna.get_by_label("Condition", exact=True).fill("true")
    anna.get_by_label("Percent").fill("10")
    anna.get_by_role("button", name="Save draft").click()
    expect(anna.get_by_text("There is no time zone 'Europe/Atlantis'")).to_be_visible()
    photograph(anna, "window-refused")
    anna.get_by_label("Time zone").fill("Europe/Berlin")
    anna.get_by_role("button", name="Save draft").click()
    expect(anna.get_by_text("Saved as a draft.")).to_be_visible()
    expect(anna.get_by_label("Begins")).to_have_value("2040-03-25T02:30")
    soon = (datetime.now(UTC) + timedelta(seconds=12)).strftime("%Y-%m-%dT%H:%M:%S")
    version = submitted_by_api(shop, name="In a moment", starts=soon)
    approve(ben, version)
    ben.get_by_role("button", name="Put on the calendar").click()
    expect(ben.get_by_text("Scheduled: it begins by itself")).to_be_visible()
    photograph(ben, "scheduled")
    until_priced(shop, CART, REDUCED)
    assert status_of(shop, version) == "active"


def test_a_point_is_stopped_in_every_process_and_freed(shop, sign_in, photograph):
    ben = sign_in("ben")
    version = submitted_by_api(shop, name="Garden")
    approve(ben, version)
    activate(ben)
    until_priced(shop, CART, REDUCED)
    ben.goto(f"{shop.address}/admin/rules/rule/governance/")
    ben.get_by_label("Stop Discounts on a line").click()
    ben.get_by_label("Why").locator("visible=true").fill("Wrong prices")
    ben.get_by_role("button", name="Stop it").locator("visible=true").click()
    expect(ben.get_by_text("Stopped: no rule of that point decides")).to_be_visible()
    until_priced(shop, CART, FULL)
    assert {shop.price(CART) for _ in range(16)} == {FULL}
    photograph(ben, "stopped")
    ben.get_by_role("button", name="Let Discounts on a line decide again").click()
    until_priced(shop, CART, REDUCED)


def test_many_rules_are_paused_at_once_and_colleagues_talk(shop, sign_in, photograph):
    """One that is not active is named and left; what Ben says stands at the version."""
    ben = sign_in("ben")
    version = submitted_by_api(shop, name="First")
    approve(ben, version)
    activate(ben)
    other = submitted_by_api(shop, name="Second")
    ben.goto(f"{shop.address}/admin/rules/rule/")
    ben.locator("#action-toggle").check()
    ben.locator("select[name=action]").select_option("pause_chosen")
    photograph(ben, "bulk")
    ben.get_by_role("button", name="Run").click()
    expect(ben.get_by_text("second: it has no version that is active.")).to_be_visible()
    ben.goto(other)
    ben.get_by_label("Say something").fill("@anna Why 10 %?")
    ben.get_by_role("button", name="Say it").click()
    expect(ben.get_by_text("@anna Why 10 %?")).to_be_visible()
    rule_id, _ = version_of(other)
    ben.goto(f"{shop.address}/admin/rules/rule/{rule_id}/change/")
