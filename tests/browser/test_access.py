"""Keys and colleagues: secrets are shown once, nobody gives what they do not hold, and only people approve."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.steps import CART
from tests.browser.waiting import until

ENOUGH = 16  # fresh connections: both web workers answer some of them


def test_a_key_is_shown_once_works_at_once_and_is_worthless_once_revoked(shop, sign_in, photograph):
    dora = sign_in("dora")
    dora.goto(f"{shop.address}/admin/identity/apikey/add/")
    expect(dora.get_by_label("rules:activate")).to_have_count(0)
    dora.get_by_label("Name").fill("Second till")
    dora.get_by_label("rules:approve").check()
    dora.get_by_role("button", name="Issue").click()
    expect(dora.get_by_text("rules:approve needs a person behind the key")).to_be_visible()
    photograph(dora, "key-refused")
    dora.get_by_label("rules:approve").uncheck()
    dora.get_by_label("evaluation:write").check()
    dora.get_by_role("button", name="Issue").click()
    secret = dora.locator(".v-secret").inner_text()
    photograph(dora, "key-issued")
    assert shop.api("POST", "evaluations", secret, CART)[0] == 201
    dora.get_by_role("link", name="I have copied it").click()
    expect(dora.get_by_text(secret)).to_have_count(0)
    photograph(dora, "keys")
    dora.get_by_role("link", name="Second till").click()
    dora.get_by_text("Revoke…").click()
    dora.get_by_role("button", name="Revoke", exact=True).click()
    expect(dora.get_by_text("Second till is revoked.")).to_be_visible()
    photograph(dora, "key")
    until(lambda: shop.api("POST", "evaluations", secret, CART)[0] == 401, "it is still good")
    assert {shop.api("POST", "evaluations", secret, CART)[0] for _ in range(ENOUGH)} == {401}


def test_a_new_colleague_signs_in_with_the_password_that_was_shown(shop, sign_in, photograph):
    """A login name in use is refused without touching its owner; a free one can sign in."""
    dora = sign_in("dora")
    taken = shop.people["ben"].login
    dora.goto(f"{shop.address}/admin/identity/user/add/")
    dora.get_by_label("Login name").fill(taken)
    dora.get_by_label("Name", exact=True).fill("Erin Example")
    dora.get_by_label("rules:read").check()
    dora.get_by_role("button", name="Create").click()
    expect(dora.get_by_text(f"The login name {taken} is not available")).to_be_visible()
    sign_in("ben")
    erin = taken.replace("ben", "erin")
    dora.get_by_label("Login name").fill(erin)
    dora.get_by_role("button", name="Create").click()
    password = dora.locator(".v-secret").inner_text()
    dora.get_by_role("link", name="I have copied it").click()
    photograph(dora, "people")
    page = dora.context.browser.new_context().new_page()
    page.goto(f"{shop.address}/admin/login/")
    page.get_by_label("Username").fill(erin)
    page.get_by_label("Password").fill(password)
    photograph(page, "sign-in")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Good day, Erin")).to_be_visible()
    page.context.close()
