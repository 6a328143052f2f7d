"""Whoever may read the audit sees who did what, follows one rule through its life, and verifies the chain."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.steps import CART, activate, approve, submitted_by_api
from tests.browser.waiting import until

TAMPER = """
ALTER TABLE audit_auditentry DISABLE TRIGGER USER;
UPDATE audit_auditentry SET actor = '{actor}' WHERE tenant_id = '{tenant}' AND sequence = {number};
ALTER TABLE audit_auditentry ENABLE TRIGGER USER;
"""


def _until_kept(shop, kind: str) -> int:
    """The number under which an act of that kind stands in the chain."""
    entry = "SELECT sequence FROM audit_auditentry WHERE type = %s"
    with shop.as_application() as sql:
        found = until(lambda: sql.execute(entry, [kind]).fetchone(), f"{kind} is not in the chain")
    return int(found[0])


def test_the_life_of_a_rule_and_the_chain_behind_it(shop, sign_in, photograph):
    """From the rule to all that happened to it, from there to an entry, and the chain holds."""
    ben = sign_in("ben")
    version = submitted_by_api(shop, name="Audited")
    approve(ben, version)
    activate(ben)
    shop.price(CART)
    _until_kept(shop, "rules.rule-activated.v1")
    ben.get_by_role("link", name="audited").first.click()
    ben.get_by_role("link", name="Life of this rule").click()
    expect(ben.get_by_role("heading", name="Life of this rule").last).to_be_visible()
    for step in ("Rule drafted", "Rule submitted", "Rule approved", "Rule activated"):
        expect(ben.get_by_text(step, exact=True)).to_be_visible()
    approved = ben.locator(".v-life li").filter(has_text="Rule approved")
    approved.get_by_text("What was told").click()
    expect(approved.get_by_text('"content_hash"')).to_be_visible()
    photograph(ben, "audit-life")
    ben.get_by_role("link", name="entry").last.click()
    expect(ben.get_by_text("rules.rule-activated.v1").first).to_be_visible()
    photograph(ben, "audit-entry")
    ben.goto(f"{shop.address}/admin/audit/auditentry/")
    row = ben.get_by_role("row").filter(has_text="Rule approved")
    expect(row).to_contain_text(shop.people["ben"].login)
    photograph(ben, "audit")
    ben.get_by_role("button", name="Verify the chain").click()
    expect(ben.get_by_role("heading", name="The chain holds up to entry")).to_be_visible()
    photograph(ben, "audit-holds")
    exported = ben.request.get(f"{shop.address}/admin/audit/auditentry/export/")
    lines = exported.text().splitlines()
    assert lines[-1].startswith('{"head":')
    assert any("rules.rule-activated.v1" in line for line in lines)


def test_tampering_is_shown_by_number(shop, sign_in, photograph):
    """Changed behind the back of the triggers, by the owner of the tables."""
    ben = sign_in("ben")
    submitted_by_api(shop, name="Tampered")
    number = _until_kept(shop, "rules.rule-submitted.v1")
    with shop.as_owner() as sql:
        sql.execute("SELECT set_config('verdict.tenant', %s, false)", [shop.tenant])
        sql.execute(TAMPER.format(actor="user:nobody", tenant=shop.tenant, number=number))
    ben.goto(f"{shop.address}/admin/audit/auditentry/")
    ben.get_by_role("button", name="Verify the chain").click()
    expect(ben.get_by_role("heading", name="The chain does not hold")).to_be_visible()
    expect(ben.get_by_text(f"Entry {number} says")).to_be_visible()
    photograph(ben, "audit-broken")


def test_who_lacks_the_scope_sees_neither_link_nor_page(shop, sign_in):
    anna = sign_in("anna")
    expect(anna.get_by_role("link", name="Audit")).to_have_count(0)
    for page in ("", "life/", "export/"):
        answer = anna.goto(f"{shop.address}/admin/audit/auditentry/{page}")
        assert answer is not None
        assert answer.status == 403
