"""Templates without a line of text: one out of a rule by ticking its values, one with the builder."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.steps import submitted_by_api


def test_a_template_is_made_of_a_rule_by_ticking_values(shop, sign_in, photograph):
    """Anna has written a rule and no template ever: she ticks two values, and is told at the field what is wrong."""
    anna = sign_in("anna")
    anna.goto(submitted_by_api(shop, name="Garden week"))
    anna.get_by_text("Use again…").click()
    anna.get_by_role("link", name="Make a template of this").click()
    expect(anna.get_by_role("heading", name="Make a template of Garden week")).to_be_visible()
    expect(anna.get_by_label("Kind", exact=True).first).to_be_hidden()
    photograph(anna, "opening")
    anna.get_by_label("Fill in percent, 10").focus()
    anna.keyboard.press("Space")
    anna.get_by_label("Fill in category").check()
    percent = anna.get_by_role("group", name="Percent: 10")
    expect(percent.get_by_label("Kind", exact=True)).to_have_value("percent")
    percent.get_by_label("Label", exact=True).fill("How much off")
    expect(percent.get_by_label("Name in the text")).to_have_value("how_much_off")
    percent.get_by_label("At most").fill("5")
    anna.get_by_label("Name of the template").fill("So much off a category")
    anna.get_by_role("button", name="Make the template").click()
    expect(percent.get_by_text("At most 5, not 10")).to_be_visible()
    photograph(anna, "opening-wrong")
    percent.get_by_label("At most").fill("30")
    anna.get_by_role("button", name="Make the template").click()
    expect(anna.get_by_text("it is exactly the rule")).to_be_visible()
    expect(anna.get_by_label("Words on the receipt")).to_have_value(
        "{how_much_off} % off: {category} week"
    )
    expect(anna.locator("#in-words")).to_contain_text("[How much off]")
    photograph(anna, "opened")


def test_a_template_is_built_and_nothing_of_it_typed_as_text(shop, sign_in, photograph):
    """Facts, operators and parameters are picked; a parameter is made where it is wanted, and its new name holds everywhere."""
    anna = sign_in("anna")
    anna.goto(f"{shop.address}/admin/rules/rule/templates/new/?point=promotions.line-discounts")
    anna.get_by_label("Name of the template").fill("So much for a tier")
    pick(anna, 0, "customer's tier")
    anna.get_by_role("button", name="Leave it to be filled in").click()
    expect(anna.get_by_label("Filled in as", exact=True)).to_have_value("tier")
    anna.get_by_role("button", name="Condition", exact=True).click()
    pick(anna, 1, "line's category")
    anna.get_by_label("Operator").nth(1).select_option(label="is one of")
    anna.get_by_role("button", name="Leave it to be filled in").last.click()
    expect(anna.get_by_label("Kind", exact=True).nth(1)).to_have_value("list")
    anna.get_by_role("button", name="Percent: filled in as a new parameter").click()
    expect(anna.get_by_label("Percent", exact=True)).to_have_value("percent")
    anna.get_by_label("Label", exact=True).first.fill("Loyalty")
    anna.get_by_role("button", name="Put Percent into what the rules are called").click()
    anna.get_by_label("Words on the receipt").fill("For ")
    anna.get_by_role("button", name="Put Loyalty into what the customer reads").click()
    expect(anna.get_by_label("Words on the receipt")).to_have_value("For {loyalty}")
    expect(anna.locator("#in-words")).to_have_text(
        "Everyone gets [Percent] % off each line, if the customer's tier is [Loyalty] "
        "and the line's category is one of [Category]."
    )
    photograph(anna, "template-built")
    anna.get_by_role("button", name="Text", exact=True).click()
    written = "customer.tier == loyalty && line.category in category"
    expect(anna.get_by_label("Condition", exact=True)).to_have_value(written)
    anna.get_by_role("button", name="Builder", exact=True).click()
    expect(anna.get_by_label("Filled in as", exact=True).nth(1)).to_have_value("category")
    expect(anna.get_by_label("Operator").nth(1)).to_have_value("in")
    anna.get_by_role("button", name="Save and submit for approval").click()
    expect(anna.get_by_text("You cannot approve this")).to_be_visible()


def pick(page: Page, row: int, fact: str) -> None:
    """Choose the fact of a row by its words."""
    field = page.get_by_label("Fact", exact=True).and_(page.get_by_role("combobox")).nth(row)
    field.fill(fact)
    page.keyboard.press("Enter")
