"""What went wrong is seen and mended from the pages; what somebody may not see, they do not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import expect

from tests.browser.house import Shop
from tests.browser.steps import CART, activate, approve, submitted_by_api
from tests.browser.waiting import until, until_priced

BREAK = """
CREATE FUNCTION broken_for_a_test() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN IF NEW.tenant_id = '{tenant}' THEN RAISE EXCEPTION 'the shelf is full'; END IF; RETURN NEW; END $$;
CREATE TRIGGER broken_for_a_test BEFORE INSERT ON calculation_publishedrule
FOR EACH ROW EXECUTE FUNCTION broken_for_a_test();
"""
MEND = "DROP TRIGGER broken_for_a_test ON calculation_publishedrule; DROP FUNCTION broken_for_a_test();"


@contextmanager
def broken(shop: Shop) -> Iterator[None]:
    """While this lasts, calculation cannot keep a rule of this shop."""
    with shop.as_owner() as sql:
        sql.execute(BREAK.format(tenant=shop.tenant))
        try:
            yield
        finally:
            sql.execute(MEND)


def test_a_parked_message_is_replayed_once_its_cause_is_mended(shop, sign_in, photograph):
    """The activation does not arrive, is parked with its error, and arrives after the click."""
    ben = sign_in("ben")
    version = submitted_by_api(shop, name="Stuck")
    with broken(shop):
        approve(ben, version)
        activate(ben)
        _until_parked(shop)
        assert shop.price(CART) == "60.00"
        ben.goto(f"{shop.address}/admin/")
        expect(ben.get_by_role("link", name="1 parked")).to_be_visible()
        photograph(ben, "start")
        ben.get_by_role("link", name="1 parked").click()
        expect(ben.get_by_text("the shelf is full")).to_be_visible()
        photograph(ben, "parked")
    ben.get_by_role("link", name="rules.rule-activated.v1").click()
    photograph(ben, "parked-message")
    ben.get_by_role("button", name="Replay").click()
    expect(ben.get_by_text("The message is on the way again")).to_be_visible()
    until_priced(shop, CART, "54.00")
    ben.goto(f"{shop.address}/admin/eventlog/delivery/?status=all")
    expect(ben.get_by_text("rules.rule-activated.v1")).to_have_count(0)


def _until_parked(shop: Shop) -> None:
    parked = "SELECT 1 FROM eventlog_delivery WHERE status = 'parked'"
    with shop.as_application() as sql:
        until(lambda: sql.execute(parked).fetchone(), "the message was not parked")


def test_the_event_log_tells_who_did_what_and_nobody_changes_it(shop, sign_in, photograph):
    ben = sign_in("ben")
    version = submitted_by_api(shop, name="Logged")
    approve(ben, version)
    ben.goto(f"{shop.address}/admin/eventlog/eventrecord/")
    row = ben.get_by_role("row").filter(has_text="rules.rule-approved.v1")
    expect(row).to_contain_text(shop.people["ben"].actor)
    photograph(ben, "event-log")
    row.get_by_role("link", name="rules.rule-approved.v1").click()
    expect(ben.get_by_text('"content_hash"')).to_be_visible()
    expect(ben.get_by_role("button", name="Save", exact=True)).to_have_count(0)
    photograph(ben, "event")


def test_an_evaluation_is_shown_as_a_receipt_that_leads_to_its_rule(shop, sign_in, photograph):
    ben = sign_in("ben")
    approve(ben, submitted_by_api(shop, name="Shown"))
    activate(ben)
    until_priced(shop, CART, "54.00")
    ben.goto(f"{shop.address}/admin/evaluation/evaluationrecord/")
    photograph(ben, "evaluations")
    ben.get_by_role("row").nth(1).get_by_role("link").first.click()
    expect(ben.get_by_role("heading", name="54.00 EUR")).to_be_visible()
    photograph(ben, "evaluation")
    ben.get_by_role("link", name="Shown, version 1").click()
    expect(ben.get_by_role("heading", name="Shown").last).to_be_visible()


def test_who_lacks_the_scope_sees_neither_link_nor_page(shop, sign_in):
    """No link in the side bar; the address itself answers which scope is missing."""
    page = sign_in("nobody")
    expect(page.get_by_role("link", name="All rules")).to_have_count(0)
    answer = page.goto(f"{shop.address}/admin/rules/rule/inbox/")
    assert answer is not None
    assert answer.status == 403
    expect(page.get_by_text("This needs the permission rules:read")).to_be_visible()
