"""The editor checks what is typed, offers what was meant, and shows what the rule would do to a cart."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.house import cookie_of
from tests.browser.steps import SOUND, begin_rule, write_rule

TYPO = 'line.category.startsWith("Garden") && line.quantty >= 3'


def test_a_typo_is_shown_with_its_place_and_a_click_mends_it(shop, sign_in, photograph):
    """While Anna types: line and column, a caret under the word, and what she meant."""
    page = sign_in("anna")
    begin_rule(page, shop)
    condition = page.get_by_label("Condition", exact=True)
    condition.press_sequentially(TYPO, delay=5)
    check = page.locator("#condition-check")
    expect(check).to_contain_text("unknown fact line.quantty")
    expect(check.get_by_role("button", name="Line 1, column 44")).to_be_visible()
    word, caret = check.locator(".v-caret").inner_text().split("\n")
    assert word[caret.index("^") : caret.rindex("^") + 1] == "quantty"
    expect(condition).to_have_attribute("aria-invalid", "true")
    photograph(page, "editor-fault")
    check.get_by_role("button", name="line.quantity").click()
    expect(condition).to_have_value(SOUND)
    expect(check).to_contain_text(
        "the line's category starts with Garden and the line's quantity is at least 3"
    )
    expect(condition).to_have_attribute("aria-invalid", "false")


def test_the_place_is_right_after_characters_beyond_the_basic_plane(shop, sign_in):
    """The server counts characters, the browser UTF-16 units; the same word is selected."""
    page = sign_in("anna")
    begin_rule(page, shop)
    condition = page.get_by_label("Condition", exact=True)
    condition.fill('line.sku == "🌱🌿" && line.quantty >= 3')
    page.locator("#condition-check .v-place").click()
    chosen = condition.evaluate("it => it.value.slice(it.selectionStart, it.selectionEnd)")
    assert chosen == "quantty"


def test_a_fact_is_inserted_where_the_cursor_stands_by_keyboard_too(shop, sign_in):
    page = sign_in("anna")
    begin_rule(page, shop)
    page.get_by_label("Condition", exact=True).fill(" > 100.00")
    page.get_by_label("Condition", exact=True).press("Home")
    page.get_by_label("Find a fact").fill("subtotal")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Condition", exact=True)).to_have_value("cart.subtotal > 100.00")
    expect(page.locator("#condition-check")).to_have_attribute("data-state", "sound")


def test_a_cart_is_tried_with_what_is_not_saved_yet(shop, sign_in, photograph):
    """The receipt, today's price beside it, and why; and why not, when the cart is another one."""
    page = sign_in("anna")
    write_rule(page, shop, name="Try me", percent="25")
    page.get_by_role("button", name="Try it").click()
    result = page.locator("#try-result")
    expect(result).to_contain_text("25 % off: Try me")
    expect(result).to_contain_text("44.77 EUR")
    expect(result.locator(".v-today")).to_contain_text("59.70")
    expect(result.locator(".v-mine.v-reason")).to_contain_text("applied")
    expect(result.locator(".v-mine.v-reason")).to_contain_text(
        "the line's quantity 3 is at least 3"
    )
    photograph(page, "editor-tried")
    page.get_by_label("Quantity").fill("2")
    page.get_by_role("button", name="Try it").click()
    expect(result.locator(".v-mine.v-reason")).to_contain_text("not matched")
    expect(result).to_contain_text("39.80 EUR")
    assert shop.api("GET", "rules/", shop.people["anna"].key)[1]["results"] == []


def test_what_the_cart_says_wrong_is_said_beside_it(shop, sign_in):
    page = sign_in("anna")
    write_rule(page, shop, name="Bad cart")
    page.get_by_label("Price of one").fill("nineteen")
    page.get_by_role("button", name="Try it").click()
    expect(page.locator("#try-result .v-note-rejected")).to_contain_text("Invalid decimal")
    expect(page.get_by_label("Price of one")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Price of one").fill("19.00")
    page.get_by_role("button", name="Try it").click()
    expect(page.locator("#try-result")).to_contain_text("To pay")
    expect(page.get_by_label("Price of one")).not_to_have_attribute("aria-invalid", "true")
    # the cart stays while one goes on writing, until one wants the sample again
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_text("Saved as a draft.")).to_be_visible()
    expect(page.get_by_label("Price of one")).to_have_value("19.00")
    page.get_by_role("button", name="Back to the sample").click()
    expect(page.get_by_label("Price of one")).to_have_value("19.90")


def test_the_cart_is_nobody_else_s_who_signs_in_in_the_same_tab(shop, sign_in):
    """Anna may have typed what a customer bought; it waits for her, and Olga begins with the sample."""
    page = sign_in("anna")
    begin_rule(page, shop)
    price = page.get_by_label("Price of one")
    price.fill("19.00")
    for name, shown in (("olga", "19.90"), ("anna", "19.00")):
        page.context.add_cookies([cookie_of(shop, name)])
        page.reload()
        expect(price).to_have_value(shown)


def test_a_faulty_parameter_is_shown_at_its_field_and_nothing_is_kept(shop, sign_in, photograph):
    page = sign_in("anna")
    write_rule(page, shop, name="Bad percent", percent="line.qantity")
    page.get_by_role("button", name="Save draft").click()
    faulty = page.locator(".v-effect .v-invalid")
    expect(faulty).to_contain_text("did you mean line.quantity?")
    expect(page.get_by_label("Percent")).to_have_value("line.qantity")
    expect(page.get_by_label("Name", exact=True)).to_have_value("Bad percent")
    photograph(page, "editor-refused")
    assert shop.api("GET", "rules/", shop.people["anna"].key)[1]["results"] == []
    page.get_by_label("Percent").fill("line.quantity")
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_text("Saved as a draft.")).to_be_visible()


def test_a_second_effect_is_added_and_kept(shop, sign_in):
    page = sign_in("anna")
    write_rule(page, shop, name="Two effects")
    page.get_by_role("button", name="Another effect").click()
    second = page.locator("[data-effect]").nth(1)
    second.get_by_label("Effect", exact=True).select_option("amount_off_unit")
    second.get_by_role("textbox", name="Amount").fill("0.50")
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_text("Saved as a draft.")).to_be_visible()
    [rule] = shop.api("GET", "rules/", shop.people["anna"].key)[1]["results"]
    assert rule["versions"][0]["effects"] == [
        {"kind": "percent_off_line", "params": {"percent": "10"}},
        {"kind": "amount_off_unit", "params": {"amount": "0.50"}},
    ]
