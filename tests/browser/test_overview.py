"""The calendar and the map as people see them: bars with the same in words, and rules found by what they speak about."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.steps import activate, approve, submitted_by_api


def stopped_and_freed(shop) -> None:
    key, point = shop.people["ben"].key, "promotions.line-discounts"
    stopping = shop.api("POST", "rules/stops", key, {"point": point, "reason": "Wrong prices"})
    assert stopping[0] in {200, 201}, stopping
    freeing = shop.api("DELETE", f"rules/stops/{point}", key)
    assert freeing[0] in {200, 204}, freeing


def test_what_is_active_when_and_who_speaks_about_what(shop, sign_in, photograph):
    """Ben sees since when a rule decides and that another is to come, and finds the one that is of no use."""
    ben = sign_in("ben")
    version = submitted_by_api(shop, name="Ten for gardens")
    approve(ben, version)
    activate(ben)
    later = submitted_by_api(
        shop, name="Autumn sale", starts="2031-10-01T00:00", ends="2031-10-15T00:00"
    )
    approve(ben, later)
    ben.get_by_role("button", name="Put on the calendar").click()
    ben.goto(f"{shop.address}/admin/rules/rule/calendar/")
    row = ben.get_by_role("row").filter(has_text="Ten for gardens")
    expect(row).to_contain_text("Active")
    expect(row).to_contain_text("somebody retires it")
    expect(ben.get_by_text("Autumn sale")).to_have_count(0)
    photograph(ben, "calendar")
    ben.get_by_role("link", name="Later").click()
    ben.get_by_role("link", name="Quarter").click()
    expect(ben.get_by_role("row").filter(has_text="Ten for gardens")).to_be_visible()
    ben.goto(f"{shop.address}/admin/rules/rule/calendar/?from=2031-09-29&length=month")
    expect(ben.get_by_role("row").filter(has_text="Autumn sale")).to_contain_text("15 Oct 2031")
    photograph(ben, "calendar-to-come")
    ben.goto(f"{shop.address}/admin/rules/rule/calendar/?from=2020-09-28&length=week")
    expect(ben.get_by_text("Nothing is active, tried, stopped or to come")).to_be_visible()
    photograph(ben, "calendar-empty")
    ben.get_by_text("Something begins or ends next on").get_by_role("link").click()
    expect(ben.get_by_role("row").filter(has_text="Ten for gardens")).to_contain_text("Active")
    stopped_and_freed(shop)
    ben.goto(f"{shop.address}/admin/rules/rule/calendar/?length=week")
    expect(ben.get_by_role("row").filter(has_text="Wrong prices")).to_contain_text("Was stopped")
    photograph(ben, "calendar-lifted")
    ben.goto(f"{shop.address}/admin/rules/rule/map/")
    ben.get_by_label("Which rules speak about").fill("category garden")
    ben.get_by_role("button", name="Find").click()
    expect(ben.get_by_role("row").filter(has_text="Ten for gardens")).to_contain_text("Garden")
    photograph(ben, "map")
    ben.get_by_role("link", name="Unused").click()
    expect(ben.get_by_text("Active rules that changed no amount")).to_be_visible()
    expect(ben.get_by_role("row").filter(has_text="Ten for gardens")).to_be_visible()
    photograph(ben, "map-unused")
    ben.get_by_role("link", name="Never match").click()
    expect(ben.get_by_text("Every active rule can apply.")).to_be_visible()
