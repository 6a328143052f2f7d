"""Second thoughts, by the pages: an approval taken back, a pause beside what waits for its time, an absence that ends early."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from playwright.sync_api import expect

from tests.browser.steps import activate, approve, status_of, submitted_by_api, version_of


def test_an_approval_is_taken_back_and_given_again(shop, sign_in, photograph):
    """Ben approved too quickly; the page says what becomes of the version, and its life keeps both."""
    ben = sign_in("ben")
    version = submitted_by_api(shop, name="Too quick")
    approve(ben, version)
    ben.get_by_text("Take my approval back…").click()
    photograph(ben, "taking-back")
    ben.locator("#id_back").fill("Finance has not seen it")
    ben.get_by_role("button", name="Take it back").click()
    expect(ben.get_by_text("Taken back: your approval counts no more.")).to_be_visible()
    expect(ben.get_by_role("heading", name="Your decision")).to_be_visible()
    expect(ben.get_by_text("Approval taken back by ben")).to_be_visible()
    expect(ben.get_by_text("Finance has not seen it")).to_be_visible()
    photograph(ben, "taken-back")
    assert status_of(shop, version) == "in_review"
    approve(ben, version)
    activate(ben)
    expect(ben.get_by_text("Take my approval back…")).to_have_count(0)


def test_pausing_a_rule_tells_what_begins_nevertheless(shop, sign_in, photograph):
    """A later version waits on the calendar; Ben takes it off as he pauses, or at the paused version's page."""
    ben = sign_in("ben")
    version = submitted_by_api(shop, name="On and on")
    approve(ben, version)
    activate(ben)
    rule_id, _ = version_of(version)
    later = begins_later(shop, version)
    approve(ben, later)
    ben.get_by_role("button", name="Put on the calendar").click()
    ben.goto(version)
    ben.get_by_text("Pause…").click()
    told = "Version 2 begins by itself on 2040-03-25 at 02:30 (Europe/Berlin), also while"
    expect(ben.get_by_text(told)).to_be_visible()
    photograph(ben, "pausing-beside")
    ben.get_by_label("Why").fill("Purchasing called")
    ben.get_by_label("Take version 2 off the calendar, too").uncheck()
    ben.get_by_role("button", name="Pause it").click()
    expect(ben.get_by_text("Paused. But version 2 begins by itself on 2040-03-25")).to_be_visible()
    photograph(ben, "paused-beside")
    ben.goto(later)
    expect(ben.get_by_text("Version 1 is paused (Purchasing called)")).to_be_visible()
    ben.goto(version)
    ben.get_by_text("Retire…").click()
    expect(ben.get_by_label("Take version 2 off the calendar as well")).to_be_checked()
    photograph(ben, "retiring-beside")
    ben.get_by_text("Retire…").click()
    ben.get_by_role("button", name="Take version 2 off the calendar").click()
    expect(ben.get_by_text("Taken off the calendar")).to_be_visible()
    assert status_of(shop, later) == "approved"
    assert str(rule_id) in later


def test_a_rule_is_paused_resumed_and_used_again_where_one_finds_it(shop, sign_in, photograph):
    """From the list's row to the rule's page with the question open; one stays there, and the database holds it."""
    ben = sign_in("ben")
    version = submitted_by_api(shop, name="On the shelf")
    approve(ben, version)
    activate(ben)
    ben.goto(f"{shop.address}/admin/rules/rule/")
    photograph(ben, "list-acts")
    ben.get_by_role("link", name="Pause… On the shelf").click()
    expect(ben.get_by_label("Why")).to_be_focused()
    photograph(ben, "rule-pausing")
    ben.get_by_label("Why").fill("Sold out")
    ben.get_by_role("button", name="Pause it").click()
    expect(ben.get_by_text("Paused: it decides nothing until somebody resumes it.")).to_be_visible()
    expect(ben.get_by_role("heading", name="Version 1 is paused")).to_be_visible()
    photograph(ben, "rule-paused")
    assert status_of(shop, version) == "paused"
    ben.get_by_role("button", name="Resume").click()
    expect(ben.get_by_text("Resumed: it decides again")).to_be_visible()
    ben.get_by_text("Retire…").click()
    ben.get_by_role("button", name="Retire it").click()
    expect(ben.get_by_text("No version of this rule is active")).to_be_visible()
    assert status_of(shop, version) == "retired"
    anna = sign_in("anna")
    anna.goto(ben.url)
    expect(anna.get_by_text("Pause…")).to_have_count(0)
    anna.get_by_text("Use again…").click()
    anna.get_by_role("button", name="Roll back to it").click()
    expect(anna.get_by_text("A draft with that version's content.")).to_be_visible()


def begins_later(shop, version: str) -> str:
    """A second version of the same rule that waits for its window, submitted."""
    rule_id, _ = version_of(version)
    key = shop.people["anna"].key
    read = shop.api("GET", f"rules/{rule_id}/versions/1", key)[1]
    content = {it: read[it] for it in ("name", "reason", "condition", "effects")}
    window = {"starts": "2040-03-25T02:30", "time_zone": "Europe/Berlin"}
    status, draft = shop.api("POST", f"rules/{rule_id}/versions", key, {**content, **window})
    assert status == 201, draft
    assert shop.api("POST", f"rules/{rule_id}/versions/2/submit", key)[0] == 200
    return version.replace("/versions/1/", "/versions/2/")


def from_now(days: int) -> str:
    return f"{datetime.now(UTC) + timedelta(days=days):%Y-%m-%dT%H:%M}"


def test_an_absence_is_changed_called_off_and_ended(shop, sign_in, photograph):
    ben = sign_in("ben")
    ben.goto(f"{shop.address}/admin/rules/rule/governance/")
    carl, dora = shop.people["carl"].login, shop.people["dora"].login
    for days in (30, -1):
        ben.locator("#id_starts").fill(from_now(days))
        ben.locator("#id_ends").fill(from_now(days + 7))
        ben.locator("#id_delegate").fill(carl)
        ben.get_by_role("button", name="Tell it").click()
        expect(ben.get_by_text("Told. Your colleague stands in")).to_be_visible()
    ben.get_by_text("Change…").click()
    photograph(ben, "absences")
    ben.get_by_label("Who stands in").locator("visible=true").first.fill(dora)
    ben.get_by_role("button", name="Change it").click()
    expect(ben.get_by_text(f"{dora} stands in for")).to_be_visible()
    ben.get_by_role("button", name="Call off the absence").click()
    expect(ben.get_by_text(f"{dora} stands in for")).to_have_count(0)
    ben.get_by_role("button", name="End the absence").click()
    expect(ben.get_by_text("Nobody is away.")).to_be_visible()
