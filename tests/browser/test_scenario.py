"""
A rule's whole way, from a template to production: three people, over the API and at the pages, with all that can go wrong.

Anna writes and releases; Ben, of buying, and Carl, of finance, approve. What happened stands in the audit trail, in order.
"""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.house import Shop
from tests.browser.steps import CART, status_of, version_of
from tests.browser.test_templates import TEMPLATE, approved_template
from tests.browser.waiting import until, until_priced

POINT = str(TEMPLATE["point"])
HALF = {
    "point": POINT,
    "name": "Never below 90 %",
    "claim": "outcome.paid >= outcome.start * 0.9",
}
# what the audit trail tells of it, in this order; other entries stand between
STEPS = (
    "rules.approval-policy-set.v1",
    "rules.guardrail-stated.v1",
    "rules.template-drafted.v1",
    "rules.template-approved.v1",
    "rules.rule-drafted.v1",
    "rules.draft-rewritten.v1",
    "rules.rule-submitted.v1",
    "rules.rule-reviewed.v1",
    "rules.rule-approved.v1",
    "rules.release-made.v1",
    "rules.release-promoted.v1",
    "rules.promotion-approved.v1",
    "rules.rollout-started.v1",
    "rules.rollout-stepped.v1",
    "evaluation.rollout-guard-broken.v1",
    "rules.rollout-rolled-back.v1",
    "rules.rule-drafted.v1",
    "rules.rule-submitted.v1",
    "rules.rule-approved.v1",
    "rules.release-made.v1",
    "rules.promotion-approved.v1",
    "rules.rollout-started.v1",
    "rules.rollout-completed.v1",
)


def test_a_rules_way_from_a_template_to_production(shop, sign_in, photograph):
    """Refused, corrected, approved by two groups, staged, shadowed, ramped, taken back by a guard, mended, released."""
    govern(shop)
    template = approved_template(shop)
    anna, ben, carl = sign_in("anna"), sign_in("ben"), sign_in("carl")

    # too much: the guardrail refuses it, with a cart that would pay too little
    fill_in(anna, shop, template, percent="25", category="Garden")
    anna.get_by_role("button", name="Save and submit for approval").click()
    refusal = anna.get_by_text("Never below 90 %").first
    expect(refusal).to_contain_text("customer.tier gold")
    photograph(anna, "scenario-refused")

    # corrected: the same form again
    anna.get_by_role("link", name="Change the arguments").click()
    anna.get_by_label("Percentage", exact=True).fill("10")
    anna.get_by_role("button", name="Save and submit for approval").click()
    expect(anna.get_by_text("Submitted. A colleague can review it now.")).to_be_visible()
    version = anna.url

    approve_by_both(ben, carl, shop, version)
    photograph(carl, "scenario-approved")

    # to staging, compared in the shadow, then on half of the customers
    first = at_staging(shop, version, name="Gold gardens")
    rollout = start(anna, shop, first, ramp="shadow 1h, 50% 1h, 100%", at_most=60)
    visit(shop, range(10, 20), tier="silver")
    visit(shop, range(10), tier="gold")
    until_it_is(shop, rollout, lambda it: counted(it) >= 20)
    assert figures(shop, rollout)["status"] == "running"
    anna.reload()
    photograph(anna, "scenario-shadow")
    go_on(anna)
    expect(anna.get_by_text("50 %").first).to_be_visible()

    # nearly everybody who comes now is touched: the guard takes it back, and keeps what it saw
    until_it_is(shop, rollout, lambda it: it["status"] == "rolled_back", visit_gold_meanwhile)
    broken = figures(shop, rollout)
    assert broken["ended_by"] == "system:guard"
    assert broken["evidence"]["paired"]["touched"] > 0
    anna.reload()
    expect(anna.get_by_role("heading", name="What the guard had seen")).to_be_visible()
    photograph(anna, "scenario-rolled-back")
    assert {price(shop, number, "gold") for number in range(20)} == {"60.00"}

    # mended: a narrower category by the same template, approved and released again
    second = mended(shop, template, version, category="Garden/Watering/Hoses")
    approve_by_both(ben, carl, shop, second)
    narrower = at_staging(shop, second, name="Gold hoses")
    rollout = start(anna, shop, narrower, ramp="shadow 1h, 100%", at_most=60)
    visit(shop, range(20, 30), tier="gold")
    until_it_is(shop, rollout, lambda it: counted(it) >= 10)
    anna.reload()
    go_on(anna)
    until_it_is(shop, rollout, lambda it: it["status"] == "completed")
    assert status_of(shop, second) == "active"
    hose = {**CART["lines"][0], "category": "Garden/Watering/Hoses"}
    until_priced(shop, {**CART, "lines": [hose], "customer": {"id": "c1", "tier": "gold"}}, "54.00")
    assert price(shop, 1, "gold") == "60.00"

    stands_in_the_audit_trail(shop, STEPS)


def govern(shop: Shop) -> None:
    """Two teams of one, both of whom have to approve at this point; and what no decision may break."""
    dora, zoe, anna = (shop.people[it].key for it in ("dora", "zoe", "anna"))
    for name, team in (("ben", "buying"), ("carl", "finance")):
        path = f"identity/people/{shop.people[name].login}/teams"
        assert shop.api("PUT", path, dora, {"teams": [team]})[0] == 200
    both = [{"count": 1, "team": "buying"}, {"count": 1, "team": "finance"}]
    policy = {"name": "Both", "point": POINT, "from_risk": "low", "requirements": both}
    assert shop.api("POST", "rules/approval-policies", zoe, policy)[0] == 201
    assert shop.api("POST", "rules/guardrails", anna, HALF)[0] == 201


def fill_in(page: Page, shop: Shop, template: str, *, percent: str, category: str) -> None:
    page.goto(f"{shop.address}/admin/rules/rule/add/")
    page.get_by_role("link", name="Percentage for a tier").click()
    page.get_by_label("Percentage", exact=True).fill(percent)
    page.get_by_label("Tier", exact=True).select_option(label="gold")
    page.get_by_label("Category", exact=True).fill(category)


def approve_by_both(ben: Page, carl: Page, shop: Shop, version: str) -> None:
    """One team's approval is not enough; the other's makes it so."""
    ben.goto(version)
    ben.get_by_role("button", name="Approve").click()
    expect(ben.locator("body")).to_contain_text("finance")
    assert status_of(shop, version) == "in_review"
    carl.goto(version)
    carl.get_by_role("button", name="Approve").click()
    expect(carl.get_by_text("Approved. It decides as soon as")).to_be_visible()
    assert status_of(shop, version) == "approved"


def at_staging(shop: Shop, version: str, *, name: str) -> int:
    """A release of it at staging, whose way to customers Ben approved."""
    anna, ben = shop.people["anna"].key, shop.people["ben"].key
    rule_id, number = version_of(version)
    members = [{"rule_id": rule_id, "version": number}]
    status, made = shop.api("POST", "rules/releases", anna, {"name": name, "members": members})
    assert status == 201, made
    place = f"rules/releases/{made['number']}/stages"
    for stage in ("development", "staging"):
        assert shop.api("POST", f"{place}/{stage}/promote", anna)[0] == 201
    read = {"digest": made["digest"]}
    assert shop.api("POST", f"{place}/production/approve", ben, read)[0] == 200
    return int(made["number"])


def start(page: Page, shop: Shop, release: int, *, ramp: str, at_most: int) -> str:
    """Begin a roll-out at the release's page; its id."""
    page.goto(f"{shop.address}/admin/rules/rule/releases/{release}/")
    page.get_by_label("Ramp").fill(ramp)
    page.get_by_text("Guards that roll it back").click()
    page.get_by_label("Touches at most, how many").fill(str(at_most))
    page.get_by_label("Touches at most: judged").fill("15")
    page.get_by_role("button", name="Start roll-out").click()
    expect(page.get_by_text("The roll-out has begun")).to_be_visible()
    _, found = shop.api("GET", "rules/rollouts", shop.people["anna"].key)
    return str(found["results"][0]["id"])


def go_on(page: Page) -> None:
    page.get_by_text("Next step…").click()
    page.locator("form[action$='/advance/'] button:not([type=button])").click()


def price(shop: Shop, number: int, tier: str) -> str:
    return shop.price({**CART, "customer": {"id": f"customer-{number}", "tier": tier}})


def visit(shop: Shop, numbers: range, *, tier: str) -> None:
    for number in numbers:
        price(shop, number, tier)


def visit_gold_meanwhile(shop: Shop) -> None:
    visit(shop, range(40), tier="gold")


def figures(shop: Shop, rollout: str) -> dict[str, Any]:
    status, found = shop.api("GET", f"rules/rollouts/{rollout}", shop.people["anna"].key)
    assert status == 200, found
    return dict(found)


def counted(rollout: dict[str, Any]) -> int:
    return int((rollout["figures"] or {"paired": {"carts": 0}})["paired"]["carts"])


def until_it_is(shop: Shop, rollout: str, holds: Any, meanwhile: Any = None) -> None:
    """Until it is so with the roll-out, which takes the relay, workers and the clockwork."""

    def found() -> bool:
        so = bool(holds(figures(shop, rollout)))
        if not so and meanwhile is not None:
            meanwhile(shop)
        return so

    until(found, lambda: figures(shop, rollout))


def mended(shop: Shop, template: str, version: str, *, category: str) -> str:
    """The rule's next version, by the same template with a narrower category, submitted; its address."""
    anna = shop.people["anna"].key
    rule_id, _ = version_of(version)
    filled = {
        "arguments": {"percent": "10", "tier": "gold", "category": category},
        "rule_id": rule_id,
    }
    status, draft = shop.api("POST", f"rules/templates/{template}/rules", anna, filled)
    assert status == 201, draft
    place = f"{rule_id}/versions/{draft['number']}"
    status, found = shop.api("POST", f"rules/{place}/submit", anna)
    assert status == 200, found
    return f"{shop.address}/admin/rules/rule/{place}/"


def stands_in_the_audit_trail(shop: Shop, steps: tuple[str, ...]) -> None:
    """Each of these acts, in this order; and the chain holds."""
    ben = shop.people["ben"].key
    until(lambda: not missing_of(steps, acts(shop)), lambda: missing_of(steps, acts(shop)))
    status, verdict = shop.api("GET", "audit/verification", ben)
    assert status == 200, verdict
    assert verdict["holds"] is True, verdict


def acts(shop: Shop) -> list[str]:
    """The types of all entries of the trail, in the order in which they happened."""
    found: list[tuple[str, str]] = []
    path = "audit/entries"
    while path:
        _, page = shop.api("GET", path, shop.people["ben"].key)
        found += [(it["occurred_at"], it["type"]) for it in page["results"]]
        path = (page.get("next") or "").partition("/api/v1/")[2]
    return [kind for _, kind in sorted(found)]


def missing_of(steps: tuple[str, ...], told: list[str]) -> list[str]:
    """The steps that do not follow each other among what was told."""
    rest, place = list(steps), 0
    while rest and rest[0] in told[place:]:
        place = told.index(rest.pop(0), place) + 1
    return rest
