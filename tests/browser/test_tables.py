"""A decision table from an empty page to a receipt: by keyboard, by paste, and with what the proofs say of it."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.browser.steps import CART, activate, approve, begin_rule, status_of

PASTED = "gold\t>= 10\t12\tGold and many\nsilver\t>= 10\t8 %\t\n-\t> = 50\t5\t"


def cell(page: Page, row: int, column: str) -> Locator:
    return page.get_by_role("gridcell", name=f"{column}, row {row}:")


def paste(page: Page, text: str) -> None:
    """What a browser does when somebody pastes from a spreadsheet."""
    page.evaluate(
        """text => {
            const data = new DataTransfer();
            data.setData('text/plain', text);
            const event = new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true });
            document.activeElement.dispatchEvent(event);
        }""",
        text,
    )


def test_a_table_is_pasted_mended_submitted_approved_and_prices_a_cart(  # noqa: PLR0915 - a day of two people
    shop, sign_in, photograph, tmp_path
):
    """The matrix comes from a spreadsheet; a faulty cell and a gap are seen before anybody approves it."""
    page = sign_in("anna")
    page.set_default_timeout(8000)
    begin_rule(page, shop)
    page.get_by_label("Name", exact=True).fill("Volume")
    page.get_by_label("Words on the receipt").fill("Volume discount")
    page.get_by_role("button", name="Table", exact=True).click()
    grid = page.get_by_role("grid", name="Decision table")
    expect(grid).to_be_visible()
    expect(page.get_by_role("button", name="Another effect")).to_be_hidden()

    fact = page.get_by_role("combobox", name="Fact of column 1")
    fact.fill("customer tier")
    fact.press("Enter")
    page.get_by_role("button", name="Condition column").click()
    page.keyboard.type("line quantity")
    page.keyboard.press("Enter")

    cell(page, 1, "customer's tier").click()
    paste(page, PASTED)
    expect(grid.get_by_role("row")).to_have_count(4)
    expect(page.locator("#grid-faults")).to_contain_text("One place is not sound.")
    first = page.locator("td[data-at='0:0']")
    expect(first).to_contain_text('"gold"')  # a spreadsheet has no quotes
    expect(page.locator("td[data-at='1:2']")).to_have_text("8")  # pasted with its sign
    wrong = page.locator("td[data-at='2:1']")
    expect(wrong).to_have_attribute("aria-invalid", "true")
    expect(wrong.locator(".v-cellfault")).not_to_be_empty()
    photograph(page, "table-fault")

    page.get_by_role("button", name="Go to row 3").click()
    expect(wrong).to_be_focused()
    page.keyboard.type(">= 50")
    page.keyboard.press("Tab")
    expect(page.locator("td[data-at='2:2']")).to_be_focused()
    page.keyboard.type("5,5 %")
    page.keyboard.press("Enter")
    expect(grid.get_by_role("row")).to_have_count(5)  # Enter in the last row begins another
    page.keyboard.press("Delete")
    page.get_by_role("button", name="Remove the row").click()
    expect(page.locator("#grid-faults")).to_contain_text("Every cell of the 3 rows is sound.")
    page.locator("td[data-at='1:0']").focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(first).to_contain_text('"silver"')
    page.keyboard.press("Alt+ArrowDown")
    expect(first).to_contain_text('"gold"')
    page.keyboard.press("Escape")
    page.keyboard.press("Tab")
    expect(page.locator("td:focus")).to_have_count(0)

    with page.expect_download() as download:
        page.get_by_role("button", name="XLSX", exact=True).click()
    sheet = Path(tmp_path) / "volume.xlsx"
    download.value.save_as(sheet)
    page.locator("#table-upload").set_input_files(sheet)
    expect(page.locator("#grid-said")).to_have_text("The table has 3 rows now.")
    expect(page.locator("td[data-at='2:2']")).to_contain_text("5.5")

    page.get_by_role("button", name="Look for gaps and overlaps").click()
    expect(page.locator("#grid-findings")).to_contain_text("no row matches these facts")
    expect(page.locator("#in-lines li").first).to_have_text(
        "Gold customers get 12 % off each line whose quantity is at least 10."
    )
    photograph(page, "table-sound")
    page.get_by_role("button", name="Save and submit for approval").click()
    expect(page.get_by_text("Submitted. A colleague can review it now.")).to_be_visible()
    version = page.url

    reviewer = sign_in("ben")
    reviewer.goto(version)
    shown = reviewer.get_by_role("region", name="Decision table")
    expect(shown.get_by_role("row")).to_have_count(4)
    expect(reviewer.get_by_text("Gold customers get 12 % off each line")).to_be_visible()
    expect(reviewer.locator("#findings")).to_contain_text("no row matches these facts")
    photograph(reviewer, "table-review")
    approve(reviewer, version)
    activate(reviewer)
    assert status_of(shop, version) == "active"

    line = {**CART["lines"][0], "quantity": 12}
    cart = {**CART, "lines": [line], "customer": {"tier": "gold"}, "explain": "full"}
    for _ in range(100):
        status, answer = shop.api("POST", "evaluations", shop.till, cart)
        assert status == 201, answer
        if answer["lines"][0]["adjustments"]:
            break
        reviewer.wait_for_timeout(100)
    (off,) = answer["lines"][0]["adjustments"]
    assert (off["rule"], off["reason"]) == ("Volume, row 1", "Gold and many")
    assert answer["totals"]["total"]["amount"] == "211.20"
