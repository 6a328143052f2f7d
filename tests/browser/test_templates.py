"""Templates at their pages: written and approved once, then filled in by somebody who has never written a rule."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.house import Shop
from tests.browser.steps import version_of

TEMPLATE = {
    "slug": "percentage-for-a-tier",
    "point": "promotions.line-discounts",
    "name": "Percentage for a tier",
    "about": "So many per cent off everything of a category, for customers of one tier.",
    "parameters": [
        {"name": "percent", "kind": "percent", "label": "Percentage", "least": "1", "most": "30"},
        {"name": "tier", "kind": "choice", "label": "Tier", "choices": ["gold", "silver"]},
        {"name": "category", "kind": "text", "label": "Category", "help": "As it begins."},
    ],
    "rule": {
        "name": "{percent} % for {tier}",
        "reason": "{percent} % off for {tier} customers",
        "condition": "customer.tier == tier && line.category.startsWith(category)",
        "effects": [{"kind": "percent_off_line", "params": {"percent": "percent"}}],
    },
}  # fmt: skip


def approved_template(shop: Shop) -> str:
    """The template, written by Anna and approved by Ben over the API; its id."""
    anna, ben = shop.people["anna"].key, shop.people["ben"].key
    status, draft = shop.api("POST", "rules/templates", anna, TEMPLATE)
    assert status == 201, draft
    path = f"rules/templates/{draft['template_id']}/versions/1"
    assert shop.api("POST", f"{path}/submit", anna)[0] == 200
    read = {"content_hash": draft["content_hash"]}
    assert shop.api("POST", f"{path}/approve", ben, read)[0] == 200
    return str(draft["template_id"])


def tab_to(page: Page, label: str) -> None:
    """Go on by the tabulator until the field of that name is reached, as somebody without a mouse does."""
    field = page.get_by_label(label, exact=True)
    for _ in range(40):
        if field.evaluate("it => it === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{label} is not reached by the keyboard")


def test_a_template_is_written_and_approved_at_its_pages(shop, sign_in, photograph):
    """Anna writes one and reads what it says; she cannot approve it, Ben can."""
    anna, ben = sign_in("anna"), sign_in("ben")
    anna.goto(f"{shop.address}/admin/rules/rule/templates/")
    anna.get_by_role("link", name="New template").click()
    anna.get_by_role("heading", name="Discounts on the order").click()
    anna.get_by_label("Name of the template").fill("Amount off from a subtotal")
    anna.get_by_label("Label", exact=True).fill("Amount off")
    anna.get_by_label("Kind", exact=True).select_option(label="Amount of money")
    anna.get_by_role("button", name="Another parameter").click()
    anna.get_by_label("Label", exact=True).nth(1).fill("Subtotal from")
    anna.get_by_label("Kind", exact=True).nth(1).select_option(label="Amount of money")
    anna.get_by_role("button", name="Text", exact=True).click()
    anna.get_by_label("Condition", exact=True).fill("cart.subtotal >= subtotal")
    expect(anna.locator("#condition-check")).to_contain_text("unknown fact subtotal")
    anna.get_by_label("Condition", exact=True).fill("cart.subtotal >= subtotal_from")
    anna.get_by_label("Effect", exact=True).select_option(label="Take an amount off what remains")
    anna.get_by_label("Amount", exact=True).fill("amount_off")
    anna.get_by_label("Name of the rules").fill("{amount_off} off from {subtotal_from}")
    anna.get_by_label("Words on the receipt").fill("{amount_off} off")
    expect(anna.locator("#in-words")).to_have_text(
        "Everyone gets [Amount off] off the order, if the cart's subtotal is at least [Subtotal from]."
    )
    photograph(anna, "template-write")
    anna.get_by_role("button", name="Save and submit for approval").click()
    expect(anna.get_by_text("You cannot approve this")).to_be_visible()
    ben.goto(anna.url)
    expect(ben.locator(".v-sentence mark")).to_have_text(["Amount off", "Subtotal from"])
    expect(ben.get_by_text("cart.subtotal >= subtotal_from")).to_be_hidden()
    photograph(ben, "template-review")
    ben.get_by_text("As it is written").click()
    expect(ben.get_by_text("cart.subtotal >= subtotal_from")).to_be_visible()
    ben.get_by_role("button", name="Approve").click()
    expect(ben.get_by_text("Rules can be made from it now.")).to_be_visible()
    ben.get_by_text("Take my approval back…").click()
    photograph(ben, "template-take-back")
    ben.locator("#id_back").fill("Gold is no tier of ours")
    ben.get_by_role("button", name="Take it back").click()
    expect(ben.get_by_text("Approval taken back by ben")).to_be_visible()
    photograph(ben, "template-taken-back")
    ben.get_by_role("button", name="Approve").click()
    expect(ben.get_by_text("Rules can be made from it now.")).to_be_visible()


def test_a_first_time_user_makes_a_rule_by_the_keyboard(shop, sign_in, photograph):
    """Nothing is explained and no mouse is used: what is wrong is said beside its field, what is made in one sentence."""
    approved_template(shop)
    anna = sign_in("anna")
    anna.goto(f"{shop.address}/admin/rules/rule/add/")
    expect(anna.get_by_role("heading", name="Fill in a template")).to_be_visible()
    photograph(anna, "template-choose")
    choice = anna.get_by_role("link", name="Percentage for a tier")
    choice.focus()
    anna.keyboard.press("Enter")
    tab_to(anna, "Percentage")
    anna.keyboard.type("40")
    anna.keyboard.press("Tab")
    expect(anna.get_by_text("At most 30, not 40.")).to_be_visible()
    photograph(anna, "template-fill-wrong")
    anna.keyboard.press("Shift+Tab")
    anna.keyboard.press("Control+A")
    anna.keyboard.type("12,5")
    tab_to(anna, "Tier")
    anna.keyboard.type("gold")
    tab_to(anna, "Category")
    anna.keyboard.type("Garden")
    expect(anna.locator("#in-words")).to_have_text(
        "Gold customers get 12.5 % off each line whose category starts with Garden."
    )
    expect(anna.get_by_label("Short name")).to_have_value("12-5-percent-for-gold")
    photograph(anna, "template-fill")
    anna.get_by_role("button", name="Save and submit for approval").focus()
    anna.keyboard.press("Enter")
    expect(anna.get_by_text("Submitted. A colleague can review it now.")).to_be_visible()
    expect(anna.get_by_label("Where the text comes from")).to_contain_text("12.5")
    photograph(anna, "template-rule")


def test_a_rule_is_brought_up_to_date_with_its_template_and_forgets_it_by_hand(
    shop, sign_in, photograph
):
    """The next version of the template is offered with the arguments at hand; text by hand ends that, and says so."""
    template = approved_template(shop)
    key, ben = shop.people["anna"].key, shop.people["ben"].key
    filled = {
        "slug": "gold-ten",
        "arguments": {"percent": "10", "tier": "gold", "category": "Garden"},
    }
    status, rule = shop.api("POST", f"rules/templates/{template}/rules", key, filled)
    assert status == 201, rule
    path = f"rules/templates/{template}/versions"
    newer = {name: it for name, it in TEMPLATE.items() if name not in {"slug", "point"}}
    rules = {**TEMPLATE["rule"], "priority": 5}
    _, draft = shop.api("POST", path, key, {**newer, "rule": rules})
    shop.api("POST", f"{path}/2/submit", key)
    read = {"content_hash": draft["content_hash"]}
    assert shop.api("POST", f"{path}/2/approve", ben, read)[0] == 200
    anna = sign_in("anna")
    anna.goto(f"{shop.address}/admin/rules/rule/{rule['rule_id']}/change/")
    expect(anna.get_by_text("Version 2 of this template is there.")).to_be_visible()
    photograph(anna, "template-newer")
    anna.get_by_role("link", name="Bring it up to date").click()
    expect(anna.get_by_label("Percentage", exact=True)).to_have_value("10")
    anna.get_by_label("Percentage", exact=True).fill("11")
    anna.get_by_role("button", name="Save draft").click()
    expect(anna.get_by_label("Where the text comes from")).to_contain_text("version 2")
    assert version_of(anna.url) == (rule["rule_id"], 1)
    anna.get_by_label("Words on the receipt").fill("Something else")
    photograph(anna, "template-draft")
    anna.get_by_role("button", name="Save draft").click()
    expect(anna.get_by_text("it does not come from a template any more")).to_be_visible()
    expect(anna.get_by_label("Where the text comes from")).to_have_count(0)
    anna.goto(f"{shop.address}/admin/rules/rule/templates/")
    photograph(anna, "templates")
