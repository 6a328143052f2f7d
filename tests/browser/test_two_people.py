"""A rule decides only after a second person approved it; then it decides in every process."""

from __future__ import annotations

import psycopg
import pytest
from playwright.sync_api import expect

from tests.browser.house import cookie_of
from tests.browser.steps import (
    CART,
    activate,
    approve,
    status_of,
    submitted_by_api,
    submitted_rule,
    version_of,
    write_rule,
)
from tests.browser.waiting import until

FULL, REDUCED = "60.00", "54.00"
# fresh connections: enough that both web workers answer some of them
ENOUGH = 16
FORGED = """
INSERT INTO rules_review (id, tenant_id, version_id, reviewer, verdict, comment, content_hash, decided_at)
SELECT gen_random_uuid(), tenant_id, id, {}, 'approve', '', content_hash, now() FROM rules_ruleversion
"""


def test_a_second_person_approves_and_activates_what_the_first_wrote(shop, sign_in, photograph):
    """Anna writes and submits, Ben finds it in his inbox, reads it, approves and activates."""
    anna, ben = sign_in("anna"), sign_in("ben")
    version = submitted_rule(anna, shop, name="Garden by threes")
    assert status_of(shop, version) == "in_review"
    ben.goto(f"{shop.address}/admin/rules/rule/inbox/")
    photograph(ben, "inbox")
    ben.get_by_role("link", name="Review Garden by threes").click()
    expect(ben.get_by_text("category starts with Garden").first).to_be_visible()
    # the reviewer sees a receipt without having asked for it
    expect(ben.locator(".v-receipt")).to_contain_text("10 % off: Garden by threes")
    photograph(ben, "review")
    approve(ben, version, "Checked with purchasing.")
    assert status_of(shop, version) == "approved"
    activate(ben)
    expect(ben.locator(".v-life")).to_contain_text("Checked with purchasing.")
    assert status_of(shop, version) == "active"
    photograph(ben, "active")


def test_every_process_prices_by_the_rule_from_its_activation_on(shop, sign_in):
    """Both web workers know the old price; each hears of the rule by itself, and none goes back."""
    ben = sign_in("ben")
    version = submitted_by_api(shop, name="Quick one")
    approve(ben, version)
    assert {shop.price(CART) for _ in range(ENOUGH)} == {FULL}
    activate(ben)
    until(lambda: {shop.price(CART) for _ in range(ENOUGH)} == {REDUCED}, "some never heard of it")
    assert {shop.price(CART) for _ in range(ENOUGH)} == {REDUCED}


def test_the_page_gives_the_author_no_way_to_approve(shop, sign_in, photograph):
    """Anna holds the scope to approve, but not her own work: no button, and a forged form is refused."""
    anna = sign_in("anna")
    version = submitted_rule(anna, shop, name="Own work")
    expect(anna.get_by_role("heading", name="You cannot approve this")).to_be_visible()
    expect(anna.get_by_role("button", name="Approve")).to_have_count(0)
    photograph(anna, "own-work")
    rule_id, number = version_of(version)
    key = shop.people["anna"].key
    _, read = shop.api("GET", f"rules/{rule_id}/versions/{number}", key)
    anna.evaluate(
        """async ([where, hash]) => {
            const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
            const body = new URLSearchParams({csrfmiddlewaretoken: token, content_hash: hash});
            await fetch(where + "approve/", {method: "POST", body, redirect: "manual"});
        }""",
        [version, read["content_hash"]],
    )
    anna.goto(version)
    expect(anna.get_by_text("ask a colleague to review it").first).to_be_visible()
    assert status_of(shop, version) == "in_review"


def test_the_api_refuses_the_author_with_their_own_key(shop):
    """The key acts in Anna's name, and Anna wrote it."""
    version = submitted_by_api(shop, name="By key")
    rule_id, number = version_of(version)
    key = shop.people["anna"].key
    path = f"rules/{rule_id}/versions/{number}"
    _, read = shop.api("GET", path, key)
    body = {"content_hash": read["content_hash"], "comment": "me"}
    status, problem = shop.api("POST", f"{path}/approve", key, body)
    assert (status, problem["code"]) == (403, "rules.author-cannot-review")
    assert status_of(shop, version) == "in_review"


FORBIDDEN = {
    "UPDATE rules_ruleversion SET status = 'approved'": psycopg.errors.RaiseException,
    "UPDATE rules_ruleversion SET status = 'active'": psycopg.errors.RaiseException,
    "UPDATE rules_ruleversion SET author = 'user:someone'": psycopg.errors.RaiseException,
    FORGED.format("author"): psycopg.errors.RaiseException,
    FORGED.format("'user:ben'"): psycopg.errors.RaiseException,
    "ALTER TABLE rules_ruleversion DISABLE TRIGGER ALL": psycopg.errors.InsufficientPrivilege,
    "SET session_replication_role = replica": psycopg.errors.InsufficientPrivilege,
}


def test_sql_as_the_application_refuses_the_author(shop):
    """Whoever has the application's password, but not the owner's, comes no further than its pages do."""
    version = submitted_by_api(shop, name="By SQL")
    with shop.as_application() as sql:
        for attempt, refusal in FORBIDDEN.items():
            with pytest.raises(refusal):
                sql.execute(attempt)
            assert status_of(shop, version) == "in_review", attempt


def test_another_shops_rule_is_as_missing_as_none(shop, open_shop, sign_in):
    """The same page and words answer for a rule of another tenant and for one that never was."""
    anna = sign_in("anna")
    write_rule(anna, shop, name="Ours")
    anna.get_by_role("button", name="Save draft").click()
    expect(anna.get_by_text("Saved as a draft.")).to_be_visible()
    mine, _ = version_of(anna.url)
    other = open_shop()
    stranger = anna.context.browser.new_context().new_page()
    stranger.context.add_cookies([cookie_of(other, "ben")])
    for rule_id in (mine, "01a1fc0c-0000-7000-8000-000000000000"):
        stranger.goto(f"{other.address}/admin/rules/rule/{rule_id}/change/")
        expect(stranger.get_by_text(f"No rule with the id {rule_id} exists")).to_be_visible()
    stranger.context.close()
