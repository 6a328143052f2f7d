"""A roll-out at its pages: begun, looked at, taken on and rolled back, by people and by a guard."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.steps import CART
from tests.browser.test_releases import approved_by_api
from tests.browser.waiting import until


def release_allowed(shop) -> str:
    """A release at staging whose promotion to production Ben approved; the address of its page."""
    approved_by_api(shop, name="Ten for gardens", percent="10")
    anna, ben = shop.people["anna"].key, shop.people["ben"].key
    _, rules = shop.api("GET", "rules/", anna)
    (rule,) = rules["results"]
    members = [{"rule_id": rule["id"], "version": 1}]
    status, made = shop.api("POST", "rules/releases", anna, {"name": "Spring", "members": members})
    assert status == 201, made
    place = f"rules/releases/{made['number']}/stages"
    for stage in ("development", "staging"):
        assert shop.api("POST", f"{place}/{stage}/promote", anna)[0] == 201
    read = {"digest": made["digest"]}
    assert shop.api("POST", f"{place}/production/approve", ben, read)[0] == 200
    return f"{shop.address}/admin/rules/rule/releases/{made['number']}/"


def cart(number: int) -> dict:
    line = {**CART["lines"][0], "quantity": 3 + number % 5}
    return {**CART, "lines": [line], "customer": {"id": f"customer-{number}"}}


def until_shown(page: Page, text: str) -> None:
    """Reload until the page says it: relay, worker and clockwork take a second or three."""

    def shown() -> bool:
        page.reload()
        return text in page.locator("body").inner_text()

    until(shown, f"never shown: {text}")


def seen_at_the_rule(page: Page, shop, photograph) -> None:
    """Whoever may activate and pause reads what is tried, and is offered nothing that would be refused."""
    _, rules = shop.api("GET", "rules/", shop.people["ben"].key)
    rule = f"{shop.address}/admin/rules/rule/{rules['results'][0]['id']}/"
    page.goto(f"{rule}versions/1/")
    expect(page.get_by_text("is tried on 50 % of the customers")).to_be_visible()
    expect(page.get_by_text("Activate…")).to_have_count(0)
    photograph(page, "rollout-version")
    page.goto(f"{rule}change/")
    expect(page.get_by_text("is tried on 50 % of the customers").first).to_be_visible()
    photograph(page, "rollout-rule")


def seen_on_the_calendar(page: Page, shop, photograph) -> None:
    """What is tried stands among what decides, with its share; and back."""
    rollout = page.url
    page.goto(f"{shop.address}/admin/rules/rule/calendar/?length=week")
    tried = page.get_by_role("row").filter(has_text="Tried on 50 %")
    expect(tried).to_contain_text("its roll-out goes on or ends")
    photograph(page, "calendar-rollout")
    page.goto(rollout)


def test_a_release_is_tried_on_some_and_rolled_back_by_a_guard(shop, sign_in, photograph):
    """Anna compares it first, lets half of the customers have it, takes it back; then a guard does so by itself."""
    page_of_release = release_allowed(shop)
    anna = sign_in("anna")
    anna.goto(page_of_release)
    anna.get_by_text("Guards that roll it back").click()
    photograph(anna, "rollout-start")
    anna.get_by_label("Ramp").fill("shadow 1s, 50% 1h, 100%")
    anna.get_by_role("button", name="Start roll-out").click()
    expect(anna.get_by_text("The roll-out has begun: shadow.")).to_be_visible()
    until_shown(anna, "The next step is in 59m")
    prices = [shop.price(cart(number)) for number in range(24)]
    listed = [f"{(3 + number % 5) * 20}.00" for number in range(24)]
    assert any(now == full for now, full in zip(prices, listed, strict=True))
    assert any(now != full for now, full in zip(prices, listed, strict=True))
    until_shown(anna, "New rules")
    expect(anna.get_by_role("heading", name="By rule")).to_be_visible()
    photograph(anna, "rollout-running")
    anna.get_by_role("button", name="Pause").click()
    expect(anna.get_by_text("Paused with 59m")).to_be_visible()
    photograph(anna, "rollout-paused")
    anna.get_by_role("button", name="Resume").click()
    seen_on_the_calendar(anna, shop, photograph)
    seen_at_the_rule(sign_in("ben"), shop, photograph)
    anna.get_by_text("Roll back…").click()
    expect(anna.get_by_role("dialog")).to_contain_text("Today's rules decide for everybody at once")
    anna.get_by_label("Why").fill("Marketing wants to wait")
    photograph(anna, "rollout-asked")
    anna.get_by_role("button", name="Roll it back").click()
    expect(anna.get_by_text("Marketing wants to wait")).to_be_visible()
    anna.goto(page_of_release)
    expect(anna.get_by_text("Its roll-out was rolled back by")).to_be_visible()
    anna.get_by_label("Ramp").fill("half, then all")
    anna.get_by_role("button", name="Start roll-out").click()
    expect(anna.get_by_label("Ramp")).to_have_value("half, then all")
    expect(anna.locator("#ramp-fault")).to_contain_text('"half" is no step')
    photograph(anna, "rollout-refused")
    anna.get_by_label("Ramp").fill("50% 1h, 100%")
    anna.get_by_text("Guards that roll it back").click()
    anna.get_by_label("Touches at most, how many").fill("20")
    anna.get_by_label("Touches at most: judged").fill("5")
    anna.get_by_role("button", name="Start roll-out").click()
    until_shown(anna, "Not judged yet")
    photograph(anna, "rollout-guarded")

    def rolled_back() -> bool:
        for number in range(12):
            shop.price(cart(number))
        anna.reload()
        return anna.get_by_text("Rolled back by a guard").count() > 0

    until(rolled_back, "the guard never rolled it back")
    expect(anna.get_by_role("heading", name="What the guard had seen")).to_be_visible()
    photograph(anna, "rollout-rolled-back")


def test_who_may_not_release_looks_and_does_nothing(shop, sign_in):
    """A reader sees how it does; neither the page nor its address lets them start or stop it."""
    page_of_release = release_allowed(shop)
    _, made = shop.api(
        "POST", "rules/rollouts", shop.people["anna"].key,
        {"release": 1, "ramp": [{"percent": "0", "seconds": 3600}, {"percent": "100"}]},
    )  # fmt: skip
    keeper = sign_in("keeper")
    keeper.goto(page_of_release)
    expect(keeper.get_by_role("button", name="Start roll-out")).to_have_count(0)
    keeper.get_by_role("link", name="Running").click()
    expect(keeper.get_by_role("heading", name="Ramp")).to_be_visible()
    expect(keeper.get_by_role("button", name="Pause")).to_have_count(0)
    assert made["id"] in keeper.url
