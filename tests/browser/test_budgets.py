"""A budget as people see it: set at the page, drawn upon by prices that are asked for, closed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from playwright.sync_api import expect

from tests.browser.steps import CART, activate, approve, submitted_by_api
from tests.browser.waiting import until_priced

DAY = timedelta(days=1)
EARLIER = """
INSERT INTO evaluation_evaluationrecord SELECT (jsonb_populate_record(r, jsonb_build_object(
  'id', gen_random_uuid(), 'evaluated_at', r.evaluated_at - it * interval '1 day'))).*
FROM evaluation_evaluationrecord r, generate_series(1, 3) it
"""


def test_what_rules_give_is_drawn_against_what_they_are_meant_to_give(shop, sign_in, photograph):
    """Zoe sets a budget for a rule, sees what a cart drew on it and when it is used up, and closes it."""
    ben = sign_in("ben")
    version = submitted_by_api(shop, name="Half price", percent="50")
    approve(ben, version)
    activate(ben)
    today = datetime.now(UTC)
    until_priced(shop, CART, "30.00")  # what was asked for before draws nothing
    with shop.as_application() as sql:  # as if it had been asked for on the three days before too
        sql.execute(EARLIER)
    zoe = sign_in("zoe")
    zoe.goto(f"{shop.address}/admin/rules/rule/budgets/")
    expect(zoe.get_by_text("No budget is open.")).to_be_visible()
    zoe.get_by_label("Name", exact=True).fill("Summer sale")
    zoe.get_by_label("Amount").fill("200,00")
    zoe.get_by_label("Of one rule").select_option(label="Half price")
    zoe.get_by_label("First day").fill(f"{today - 5 * DAY:%Y-%m-%d}")
    zoe.get_by_label("Last day").fill(f"{today + 24 * DAY:%Y-%m-%d}")
    zoe.get_by_role("button", name="Set it").click()
    expect(zoe.get_by_role("alert")).to_contain_text("is not an amount of money")
    zoe.get_by_label("Amount").fill("200.00")
    zoe.get_by_role("button", name="Set it").click()
    row = zoe.get_by_role("row").filter(has_text="Summer sale")
    expect(row).to_contain_text("120.00 EUR of 200.00 EUR")
    expect(row).to_contain_text("60 %")
    expect(row).to_contain_text("Used up about")
    zoe.get_by_text("The same day by day").click()
    given = zoe.get_by_role("row").filter(
        has_text=f"{(today - 2 * DAY).day} {today - 2 * DAY:%b %Y}"
    )
    expect(given).to_contain_text("30.00 EUR")
    photograph(zoe, "budgets")
    begins, rule = f"{today - 4 * DAY:%Y-%m-%dT00:00:00Z}", version.split("/")[-4]
    spent = {"name": "Flyers", "amount": "100.00", "currency": "EUR", "rule_id": rule}
    key = shop.people["zoe"].key
    assert shop.api("POST", "rules/budgets", key, {**spent, "starts_at": begins})[0] == 201
    zoe.goto(f"{shop.address}/admin/rules/rule/budgets/")
    row = zoe.get_by_role("row").filter(has_text="Flyers")
    expect(row).to_contain_text("120 %")
    expect(row).to_contain_text(f"Used up on {today.day} {today:%b}")
    photograph(zoe, "budgets-used-up")
    zoe.get_by_role("link", name="Summer sale").click()
    zoe.get_by_label("Close Summer sale").click()
    zoe.get_by_role("button", name="Close it").click()
    expect(zoe.get_by_text("Closed: Summer sale is watched no more.")).to_be_visible()
    closed = zoe.get_by_role("region", name="Closed")
    expect(closed.get_by_role("listitem")).to_contain_text("Summer sale")
