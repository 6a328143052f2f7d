"""A condition is picked without a line of code, by keyboard alone, and is the same text as if it had been written."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.browser.steps import begin_rule, status_of

NESTED = (
    'customer.tier == "gold" && (line.quantity >= 3 || line.category.startsWith("Garden")) && '
    'lines.exists(it, it.brand in ["Acme", "Bolt"])'
)
SENTENCE = "Gold customers get 10 % off each line whose quantity is at least 3 or whose category starts with Garden."


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def begin(page: Page, shop) -> None:
    begin_rule(page, shop)
    page.get_by_role("button", name="Builder", exact=True).click()
    expect(page.get_by_role("combobox", name="Fact")).to_be_visible()


def reach(page: Page, target: Locator) -> None:
    """Go on by Tab until the focus is there; nobody with a keyboard only gets there otherwise."""
    for _ in range(200):
        if target.evaluate("it => it === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no Tab leads to {target}")


def test_the_frame_is_reached_by_tab_and_a_list_opens_where_there_is_room(
    shop, sign_in, photograph
):
    """The account's menu and the sidebar's switch were for the mouse only; a list was cut at the window's bottom."""
    page = sign_in("anna")
    begin(page, shop)
    page.set_viewport_size({"width": 1280, "height": 620})
    fact = page.get_by_role("combobox", name="Fact")
    fact.evaluate("it => scrollBy(0, it.getBoundingClientRect().bottom - innerHeight + 90)")
    fact.click()
    listed = page.get_by_role("listbox", name="Fact")
    expect(listed).to_have_attribute("data-up", "")
    assert listed.bounding_box()["y"] >= 0
    assert listed.bounding_box()["y"] + listed.bounding_box()["height"] < fact.bounding_box()["y"]
    photograph(page, "builder-list-up")
    page.keyboard.press("Escape")
    page.locator("#id_starts").fill("2026-11-30T23:59")
    photograph(page, "editor-dates")
    page.goto(f"{shop.address}/admin/")
    switch = page.get_by_role("button", name="Menu").locator("visible=true")
    reach(page, page.get_by_role("button", name="Anna"))
    press(page, "Enter")
    reach(page, page.get_by_role("button", name="Dark"))
    photograph(page, "account-menu")
    press(page, "Enter")
    expect(page.locator("html.dark")).to_be_attached()
    press(page, "Escape")
    expect(page.get_by_role("button", name="Anna")).to_be_focused()
    expect(page.get_by_role("button", name="Dark")).to_have_count(0)
    reach(page, switch)
    press(page, "Enter")
    expect(page.get_by_role("link", name="Calendar")).to_have_count(0)


def written(page: Page):
    return page.locator("#id_condition")


def pick(page: Page, words: str) -> None:
    """In a field with a list: type what one looks for, and take the first that fits."""
    page.keyboard.type(words)
    press(page, "Enter", "Tab")


def choose(page: Page, words: str) -> None:
    """In a list of the browser's own: its words, as its type-ahead finds them."""
    page.keyboard.type(words, delay=20)
    press(page, "Tab")


def test_a_first_rule_is_built_tried_and_submitted_by_keyboard_alone(  # noqa: PLR0915 - a day of one person
    shop, sign_in, photograph
):
    """Whoever has never seen the language builds a nested condition, looks at the text, goes on, and hands it in."""
    page = sign_in("anna")
    begin(page, shop)
    reach(page, page.get_by_role("combobox", name="Fact"))
    pick(page, "customer tier")
    press(page, "Tab")  # "is" stands there already
    page.keyboard.type("gold")
    press(page, "Enter")
    expect(written(page)).to_have_value('customer.tier == "gold"')
    reach(page, page.get_by_role("button", name="Group", exact=True))
    press(page, "Enter")
    expect(page.locator("#builder-said")).to_have_text("Group added")
    pick(page, "line quantity")
    choose(page, "is at least")
    page.keyboard.type("3")
    group = page.get_by_role("group", name="Group of conditions")
    reach(page, group.get_by_role("button", name="Condition", exact=True))
    press(page, "Enter")
    pick(page, "line category")
    choose(page, "starts with")
    page.keyboard.type("Garden")
    press(page, "Escape", "Tab")
    reach(page, page.get_by_role("button", name="About a line in the cart").last)
    press(page, "Enter")
    pick(page, "brand")
    choose(page, "is one of")
    page.keyboard.type("Acme")
    press(page, "Enter")
    page.keyboard.type("Bolt")
    press(page, "Enter")
    expect(written(page)).to_have_value(NESTED.replace(" && ", " &&\n"))
    expect(page.locator("#condition-check")).to_contain_text(
        "the customer's tier is gold and (the line's quantity is at least 3 or"
    )
    photograph(page, "builder-nested")

    reach(page, page.get_by_role("button", name="Text", exact=True))
    press(page, "Enter")
    expect(page.get_by_label("Condition", exact=True)).to_be_visible()
    reach(page, page.get_by_role("button", name="Builder", exact=True))
    press(page, "Enter")
    expect(page.get_by_role("button", name="Remove Acme")).to_be_visible()
    expect(written(page)).to_have_value(NESTED.replace(" && ", " &&\n"))

    reach(page, page.get_by_role("button", name="Remove condition about a line in the cart"))
    press(page, "Enter")
    expect(written(page)).to_have_value(NESTED.rpartition(" && ")[0])
    for field, words in [("Name", "Built"), ("Words on the receipt", "Ten off"), ("Percent", "10")]:
        reach(page, page.get_by_label(field, exact=True))
        page.keyboard.type(words)
    expect(page.locator("#in-words")).to_have_text(SENTENCE)
    reach(page, page.get_by_role("button", name="Try it"))
    press(page, "Enter")
    expect(page.locator("#try-result")).to_contain_text("53.73 EUR")
    reach(page, page.get_by_role("button", name="Save and submit for approval"))
    press(page, "Enter")
    expect(page.get_by_text("Submitted. A colleague can review it now.")).to_be_visible()
    assert status_of(shop, page.url) == "in_review"
    expect(page.locator(".v-sentence")).to_have_text(SENTENCE)
    photograph(page, "version-in-words")
    page.goto(f"{shop.address}/admin/rules/rule/")
    expect(page.locator(".v-sentence-short")).to_contain_text("Gold customers get 10 % off")
    photograph(page, "list-in-words")


def test_what_is_not_finished_is_not_handed_in(shop, sign_in, photograph):
    """The row says what is missing, the focus goes there, and nothing is kept."""
    page = sign_in("anna")
    begin(page, shop)
    page.get_by_label("Name", exact=True).fill("Half")
    page.get_by_label("Words on the receipt").fill("Ten off")
    page.get_by_label("Percent").fill("10")
    page.get_by_role("combobox", name="Fact").focus()
    pick(page, "cart subtotal")
    expect(page.locator("#condition-check")).to_contain_text("not finished: Give a value.")
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator("[data-fault]")).to_have_text("Give a value.")
    expect(page.get_by_role("textbox", name="Value")).to_be_focused()
    photograph(page, "builder-unfinished")
    page.get_by_role("button", name="Text", exact=True).click()
    expect(written(page)).to_have_value("cart.subtotal >= …")
    expect(page.locator("#condition-check")).to_have_attribute("data-state", "fault")
    page.get_by_role("button", name="Builder", exact=True).click()
    page.get_by_role("textbox", name="Value").fill("100,00")
    page.get_by_role("button", name="Save draft").click()
    expect(page.get_by_text("Saved as a draft.")).to_be_visible()
    [rule] = shop.api("GET", "rules/", shop.people["anna"].key)[1]["results"]
    assert rule["versions"][0]["condition"] == "cart.subtotal >= 100.00"


def test_what_the_builder_cannot_show_stays_as_it_is_written(shop, sign_in, photograph):
    page = sign_in("anna")
    begin_rule(page, shop)
    text = (
        'at.getMonth() == 11 && sum(lines.filter(it, it.brand == "A").map(it, it.total)) >= 50.00'
    )
    page.get_by_label("Condition", exact=True).fill(text)
    page.get_by_role("button", name="Builder", exact=True).click()
    expect(page.get_by_role("textbox", name="Condition as text")).to_have_value(
        "at.getMonth() == 11"
    )
    expect(page.get_by_label("What is counted")).to_have_value("it.total")
    photograph(page, "builder-text-row")
    total = page.get_by_role("group", name="number or sum of line in the cart")
    total.get_by_role("textbox", name="Value").last.fill("60")
    expect(written(page)).to_have_value(text.replace("50.00", "60"))
    page.get_by_role("button", name="Text", exact=True).click()
    page.get_by_label("Condition", exact=True).fill("line.quantity >= ")
    page.get_by_role("button", name="Builder", exact=True).click()
    expect(page.locator("#builder-said")).to_contain_text("The builder cannot read it yet")
    expect(page.get_by_label("Condition", exact=True)).to_be_focused()


def test_a_fact_of_the_list_beside_becomes_a_row(shop, sign_in):
    page = sign_in("anna")
    begin(page, shop)
    page.get_by_label("Find a fact", exact=True).fill("subtotal")
    page.locator(".v-fact:visible").first.click()
    expect(page.get_by_role("combobox", name="Fact")).to_have_value("cart's subtotal")
    expect(page.get_by_label("Operator")).to_be_focused()


def test_without_the_builder_the_text_remains(shop, sign_in):
    """Its script may fail to come; the field that is handed in is there whatever happens to it."""
    page = sign_in("anna")
    page.route("**/rules/builder*.js", lambda route: route.abort())
    page.goto(f"{shop.address}/admin/rules/rule/add/?point=promotions.line-discounts")
    page.get_by_label("Condition", exact=True).fill("line.quantity >= 3")
    expect(page.locator("#condition-check")).to_have_attribute("data-state", "sound")
    expect(page.get_by_role("button", name="Builder", exact=True)).to_be_hidden()
