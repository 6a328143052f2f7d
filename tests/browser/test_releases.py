"""Releases at their pages: made by one, approved by another, promoted stage by stage until customers pay by them."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.steps import CART, submitted_by_api, version_of
from tests.browser.waiting import until_priced


def approved_by_api(shop, *, name: str, percent: str = "10") -> None:
    """A rule that a colleague approved; nobody activated it."""
    address = submitted_by_api(shop, name=name, percent=percent)
    rule_id, number = version_of(address)
    key = shop.people["ben"].key
    path = f"rules/{rule_id}/versions/{number}"
    _, version = shop.api("GET", path, key)
    status, answer = shop.api(
        "POST", f"{path}/approve", key, {"content_hash": version["content_hash"]}
    )
    assert status == 200, answer


def make(page: Page, shop, *, name: str) -> None:
    page.goto(f"{shop.address}/admin/rules/rule/releases/")
    page.get_by_label("Name", exact=True).fill(name)


def test_a_release_goes_to_customers_by_two_people(shop, sign_in, photograph):
    """Anna makes it and cannot approve it; Ben approves; then what customers pay is decided by its rules."""
    approved_by_api(shop, name="Ten for gardens", percent="10")
    approved_by_api(shop, name="Too much", percent="90")
    anna, ben = sign_in("anna"), sign_in("ben")
    make(anna, shop, name="Spring prices")
    photograph(anna, "releases-make")
    anna.get_by_label("Too much").select_option("")
    anna.get_by_role("button", name="Make it").click()
    expect(anna.get_by_role("heading", name="Spring prices", exact=True)).to_be_visible()
    expect(anna.get_by_role("heading", name="What it changes for customers")).to_be_visible()
    expect(
        anna.get_by_text("Against what decides in production now: 1 rule begins.")
    ).to_be_visible()
    expect(anna.get_by_text("You made this release")).to_be_visible()
    photograph(anna, "release-new")
    for stage in ("development", "staging"):
        anna.get_by_role("button", name=f"Promote to {stage}").click()
        expect(anna.get_by_text(f"Promoted to {stage}.")).to_be_visible()
    assert shop.price(CART) == "60.00"
    ben.goto(anna.url)
    ben.get_by_label("Comment").fill("As agreed")
    photograph(ben, "release-approve")
    ben.get_by_role("button", name="Approve for production").click()
    ben.get_by_label("Take my approval for production back").click()
    photograph(ben, "release-take-back")
    ben.locator("#back-production").fill("One more look")
    ben.get_by_role("button", name="Take it back").click()
    expect(ben.get_by_text("took that back: One more look")).to_be_visible()
    photograph(ben, "release-taken-back")
    ben.get_by_role("button", name="Approve for production").click()
    expect(ben.get_by_text("ben").filter(has_text="As agreed")).to_be_visible()
    expect(ben.get_by_role("button", name="Promote")).to_have_count(0)
    anna.reload()
    anna.get_by_text("Promote to production…").click()
    anna.get_by_role("button", name="Promote it").click()
    expect(anna.get_by_text("Promoted to production.")).to_be_visible()
    until_priced(shop, CART, "54.00")
    photograph(anna, "release-production")
    approved_by_api(shop, name="Five more", percent="5")
    make(anna, shop, name="Summer prices")
    anna.get_by_role("button", name="Make it").click()
    expect(anna.get_by_text("production now: 2 rules begin.")).to_be_visible()
    photograph(anna, "release-against-now")
    anna.get_by_label("Compare with").select_option(label="1: Spring prices")
    anna.get_by_role("button", name="Compare").click()
    expect(anna.get_by_role("heading", name="What changed since release 1")).to_be_visible()
    photograph(anna, "release-changed")
    anna.goto(f"{shop.address}/admin/rules/rule/releases/")
    expect(anna.get_by_role("list", name="Stages")).to_contain_text("Spring prices")
    photograph(anna, "releases")


def test_who_may_not_release_sees_and_does_nothing(shop, sign_in):
    """A reader sees where releases stand; neither the page nor its address lets them make or promote one."""
    keeper, nobody = sign_in("keeper"), sign_in("nobody")
    keeper.goto(f"{shop.address}/admin/rules/rule/releases/")
    expect(keeper.get_by_role("heading", name="Releases", exact=True).last).to_be_visible()
    expect(keeper.get_by_role("button", name="Make it")).to_have_count(0)
    answer = nobody.goto(f"{shop.address}/admin/rules/rule/releases/")
    assert answer is not None
    assert answer.status == 403


def test_who_governs_says_who_approves_what_reaches_a_stage(shop, sign_in, photograph):
    """Staging needs two from now on; production is never left without a second pair of eyes."""
    zoe = sign_in("zoe")
    zoe.goto(f"{shop.address}/admin/rules/rule/releases/")
    stages = zoe.get_by_role("list", name="Stages").get_by_role("listitem")
    staging = stages.filter(has_text="Staging")
    staging.get_by_text("Change…").click()
    staging.get_by_label("How many, row 1").fill("2")
    staging.get_by_label("Team, row 1").fill("Finance")
    photograph(zoe, "releases-policy")
    staging.get_by_role("button", name="Set it").click()
    expect(staging).to_contain_text("Needs the approval of 2 of finance.")
    production = stages.filter(has_text="Production")
    production.get_by_text("Change…").click()
    production.get_by_label("How many, row 1").fill("")
    production.get_by_role("button", name="Set it").click()
    expect(zoe.get_by_text("At least one colleague has to approve")).to_be_visible()
