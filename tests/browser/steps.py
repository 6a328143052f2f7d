"""What people do at the pages, step by step."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.house import Shop

SOUND = 'line.category.startsWith("Garden") && line.quantity >= 3'
CART: dict[str, Any] = {
    "currency": "EUR",
    "lines": [
        {
            "id": "1",
            "sku": "HOSE-20M",
            "category": "Garden/Watering",
            "quantity": 3,
            "unit_price": {"amount": "20.00", "currency": "EUR"},
        }
    ],
}


def begin_rule(page: Page, shop: Shop, *, point: str = "Discounts on a line") -> None:
    page.goto(f"{shop.address}/admin/rules/rule/add/")
    page.get_by_role("heading", name=point).click()
    page.get_by_role("button", name="Text", exact=True).click()
    expect(page.get_by_label("Condition", exact=True)).to_be_visible()


def write_rule(
    page: Page, shop: Shop, *, name: str, percent: str = "10", condition: str = SOUND
) -> None:
    """Fill the editor in; nothing is kept yet."""
    begin_rule(page, shop)
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Words on the receipt").fill(f"{percent} % off: {name}")
    page.get_by_label("Condition", exact=True).fill(condition)
    page.get_by_label("Percent").fill(percent)


def submit(page: Page) -> str:
    """Hand what is in the editor to the reviewers; the address of the version."""
    page.get_by_role("button", name="Save and submit for approval").click()
    expect(page.get_by_text("Submitted. A colleague can review it now.")).to_be_visible()
    return page.url


def submitted_rule(page: Page, shop: Shop, *, name: str, percent: str = "10") -> str:
    write_rule(page, shop, name=name, percent=percent)
    return submit(page)


def submitted_by_api(shop: Shop, *, name: str, percent: str = "10", **more: str) -> str:
    """As `submitted_rule`, for tests about what comes after; the address of the version's page."""
    key = shop.people["anna"].key
    body = {
        "slug": name.lower().replace(" ", "-"),
        "point": "promotions.line-discounts",
        "name": name,
        "reason": f"{percent} % off: {name}",
        "condition": SOUND,
        "effects": [{"kind": "percent_off_line", "params": {"percent": percent}}],
        **more,
    }
    status, draft = shop.api("POST", "rules/", key, body)
    assert status == 201, draft
    place = f"{draft['rule_id']}/versions/{draft['number']}"
    status, submitted = shop.api("POST", f"rules/{place}/submit", key)
    assert status == 200, submitted
    return f"{shop.address}/admin/rules/rule/{place}/"


def approve(page: Page, version: str, comment: str = "") -> None:
    page.goto(version)
    page.get_by_label("Comment").fill(comment)
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_text("Approved. It decides as soon as")).to_be_visible()


def activate(page: Page) -> None:
    page.get_by_role("button", name="Activate").click()
    page.get_by_role("button", name="Activate it").click()
    expect(page.get_by_text("Active: from now on")).to_be_visible()


def status_of(shop: Shop, version: str) -> str:
    """The status that the database holds, whatever the pages say."""
    rule_id, number = version_of(version)
    with shop.as_application() as sql:
        row = sql.execute(
            "SELECT status FROM rules_ruleversion WHERE rule_id = %s AND number = %s",
            [rule_id, number],
        ).fetchone()
    assert row is not None
    return str(row[0])


def version_of(address: str) -> tuple[str, int]:
    """Rule id and number out of `…/rules/rule/<id>/versions/<number>/`."""
    parts = address.rstrip("/").split("/")
    return parts[-3], int(parts[-1])
