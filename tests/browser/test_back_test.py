"""The back-test on a version's page: an order file uploaded, tried over, and its result read without reloading."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.steps import activate, approve, submit
from tests.browser.waiting import until, until_priced
from tests.integration.contexts.evaluation.order_files import drawn, written

POINT = "promotions.line-discounts"


def dozen(shop, *, condition: str = "line.quantity >= 12") -> str:
    """A rule of 3 % for a dozen, submitted; the address of its version."""
    key = shop.people["anna"].key
    body = {
        "slug": "by-the-dozen", "point": POINT, "name": "By the dozen", "reason": "3 % off twelve or more",
        "condition": condition, "effects": [{"kind": "percent_off_line", "params": {"percent": "3"}}],
    }  # fmt: skip
    status, draft = shop.api("POST", "rules/", key, body)
    assert status == 201, draft
    place = f"{draft['rule_id']}/versions/1"
    assert shop.api("POST", f"rules/{place}/submit", key)[0] == 200
    return f"{shop.address}/admin/rules/rule/{place}/"


def loosened(shop, anna: Page, ben: Page) -> str:
    """Its next version, submitted: half a dozen will do. The first decides meanwhile."""
    approve(ben, dozen(shop))
    activate(ben)
    anna.goto(ben.url)
    anna.get_by_role("button", name="New draft").click()
    anna.get_by_role("button", name="Text", exact=True).click()
    anna.get_by_label("Condition", exact=True).fill("line.quantity >= 6")
    return submit(anna)


def upload(page: Page, name: str, content: bytes) -> None:
    page.get_by_text("Upload an order file").click()
    page.get_by_label("File").set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": content}
    )
    page.get_by_role("button", name="Upload", exact=True).click()


def wait_until_decided(shop) -> None:
    """Until the first version decides prices, which takes the relay and a worker."""
    price = {"amount": "1.00", "currency": "GBP"}
    line = {"id": "1", "sku": "A", "quantity": 100, "unit_price": price}
    until_priced(shop, {"currency": "GBP", "lines": [line]}, "97.00")


def test_a_reviewer_tries_a_change_on_real_orders(shop, sign_in, photograph):
    """What is wrong in the file is told by line; the result comes by itself, and is there at once for the next."""
    anna, ben = sign_in("anna"), sign_in("ben")
    version = loosened(shop, anna, ben)
    wait_until_decided(shop)
    ben.goto(version)
    panel = ben.locator("[data-backtest]")
    expect(panel.get_by_role("button", name="Run back-test")).to_be_visible()
    photograph(ben, "back-test-before")
    upload(ben, "empty.csv", b"a,b\n")
    expect(panel.get_by_role("alert")).to_contain_text("no column InvoiceNo")
    broken = "C9,A,Lamp,-2,2011-01-01 10:00:00,2.50,17850,France"
    content = written(drawn(random.Random(1), 400)) + f"{broken}\r\n".encode()
    ben.get_by_label("File").set_input_files(
        {"name": "January.csv", "mimeType": "text/csv", "buffer": content}
    )
    ben.get_by_role("button", name="Upload", exact=True).click()
    expect(panel).to_contain_text("January.csv is kept: 400 orders")
    expect(panel).to_contain_text("(C9): cancellation")
    expect(panel.get_by_label("Run it over")).to_contain_text("January.csv: 400 orders, Jan 2011")
    photograph(ben, "back-test-uploaded")
    panel.get_by_role("button", name="Run back-test").click()
    expect(panel.get_by_text("Orders touched")).to_be_visible(timeout=20_000)
    expect(panel.locator("#backtest-said")).to_have_text("The back-test is done")
    expect(panel.locator(".v-histogram rect").first).to_be_visible()
    expect(panel.get_by_role("heading", name="By country")).to_be_visible()
    panel.get_by_text("products that change most").click()
    photograph(ben, "back-test")
    anna.goto(version)
    expect(anna.locator("[data-backtest]").get_by_text("Orders touched")).to_be_visible()


def test_carts_priced_here_are_tried_as_well(shop, sign_in):
    """Without a file: what was evaluated in the last days, and a note once other rules decide."""
    ben = sign_in("ben")
    price = {"amount": "10.00", "currency": "EUR"}
    line = {"id": "1", "sku": "A", "quantity": 12, "unit_price": price}
    for _ in range(3):
        shop.price({"currency": "EUR", "lines": [line]})
    version = dozen(shop)
    ben.goto(version)
    panel = ben.locator("[data-backtest]")
    panel.get_by_role("button", name="Run back-test").click()
    expect(panel.locator(".v-tile").first).to_contain_text("Carts touched3of 3, 100.0 %")
    expect(panel.locator(".v-tile").nth(1)).to_contain_text("+10.80 (from nothing)")
    approve(ben, version)
    activate(ben)
    wait_until_decided(shop)

    def told() -> bool:  # each process hears of it by itself
        ben.reload()
        return "The active rules have changed since" in panel.inner_text()

    until(told, panel.inner_text)
    expect(panel.get_by_role("button", name="Run back-test")).to_have_count(0)


def test_who_may_not_start_one_is_told_so(shop, sign_in):
    """There is no button, and the address behind it refuses whoever sends to it all the same."""
    keeper, version = sign_in("keeper"), dozen(shop)
    keeper.goto(version)
    panel = keeper.locator("[data-backtest]")
    expect(panel).to_contain_text("Starting a back-test needs the permission evaluation:write.")
    expect(panel.get_by_role("button", name="Run back-test")).to_have_count(0)
    token = next(it["value"] for it in keeper.context.cookies() if it["name"] == "csrftoken")
    for verb in ("start", "upload"):
        answer = keeper.request.post(
            f"{version}back-test/{verb}/", headers={"X-CSRFToken": token}, form={"source": "days:7"}
        )
        assert answer.status == 403


@pytest.mark.skipif("ORDERS" not in os.environ, reason="ORDERS names no order file")
def test_two_months_of_real_invoices_show_within_ten_seconds(shop, sign_in, photograph):
    """From the click to the figures on the page; ORDERS names a file of real invoices."""
    anna, ben = sign_in("anna"), sign_in("ben")
    version = loosened(shop, anna, ben)
    wait_until_decided(shop)
    ben.goto(version)
    orders = Path(os.environ["ORDERS"])
    upload(ben, orders.name, orders.read_bytes())
    panel = ben.locator("[data-backtest]")
    expect(panel).to_contain_text("is kept", timeout=30_000)
    begun = time.monotonic()
    panel.get_by_role("button", name="Run back-test").click()
    expect(panel.locator("progress")).to_be_visible()
    expect(panel.get_by_text("Orders touched")).to_be_visible(timeout=60_000)
    took = time.monotonic() - begun
    print(f"\n{took:.1f} s from click to figures")
    photograph(ben, "back-test-real")
    assert took < 10
