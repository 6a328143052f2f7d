"""What a reviewer is told beside the version itself: the margin, what is on its way, what a trial cannot tell."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.steps import submitted_by_api
from tests.integration.contexts.evaluation.order_files import file_of

FILE = file_of(
    "536365,85123A,Thing,6,2011-01-05 10:00:00,2.55,17850,France",
    "536366,71053,Other,2,2011-01-06 10:00:00,3.39,13047,Germany",
)


def test_a_review_tells_the_margin_what_is_on_its_way_and_what_a_trial_cannot_tell(
    shop, sign_in, photograph
):
    """Two versions that keep a guardrail each, and not together; one for gold customers, tried on orders without tiers."""
    anna, ben = sign_in("anna"), sign_in("ben")
    stated = {
        "name": "Never more than half", "point": "promotions.line-discounts",
        "claim": "outcome.discount <= outcome.start * 0.5",
    }  # fmt: skip
    status, told = shop.api("POST", "rules/guardrails", shop.people["anna"].key, stated)
    assert status == 201, told
    submitted_by_api(shop, name="Garden weeks", percent="40")
    gold = submitted_by_api(
        shop, name="Gold only", percent="49.7", condition='customer.tier == "gold"',
        starts="2199-01-01T00:00", time_zone="Europe/Berlin",
    )  # fmt: skip
    ben.goto(gold)
    risk = ben.get_by_role("region", name="Risk and approvals")
    expect(risk).to_contain_text("High risk")
    expect(risk).to_contain_text(
        "within 0.5 % of the price of breaking “Never more than half” (a case was found with 0.3 % to spare)"
    )
    coming = ben.get_by_role("region", name="Also on their way")
    expect(coming.get_by_role("link", name="Garden weeks")).to_be_visible()
    expect(coming).to_contain_text("Never more than half: broken by")
    ben.get_by_role("button", name="Try it").click()
    tried = ben.locator("#try-result")
    expect(tried).to_contain_text("its window opens on 1 January 2199 at 00:00 (Europe/Berlin)")
    expect(tried.locator(".v-mine .v-named")).to_have_attribute("title", "customer.tier")
    photograph(ben, "review-says")
    ben.get_by_text("Upload an order file").click()
    ben.get_by_label("File").set_input_files(
        {"name": "january.csv", "mimeType": "text/csv", "buffer": FILE}
    )
    ben.get_by_role("button", name="Upload", exact=True).click()
    expect(ben.locator("#backtest")).to_contain_text("january.csv is kept: 2 orders")
    ben.get_by_role("button", name="Run back-test").click()
    expect(ben.locator(".v-lacking")).to_contain_text(
        "The file says nothing of the customer's tier. The rule matches none of these orders"
    )
    expect(ben.locator("#backtest")).to_contain_text("it is to decide from 1 January 2199")
    expect(ben.locator("#backtest")).to_contain_text("Nobody would have paid anything else.")
    photograph(ben, "review-lacking")
    anna.goto(f"{shop.address}/admin/rules/rule/add/?point=promotions.line-discounts")
    anna.get_by_label("Find a fact").fill("unit price")
    expect(anna.locator(".v-fact:visible").first).to_have_text(
        "Unit pricenumberline.unit_priceprice of one unit, in the cart's currency"
    )
    photograph(anna, "editor-facts")
