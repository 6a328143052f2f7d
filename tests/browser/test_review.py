"""Reviewing: what changed, a refusal with its reason, and two reviewers at once."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.steps import activate, approve, status_of, submit, submitted_by_api


def test_a_refusal_comes_back_with_its_comment(shop, sign_in, photograph):
    """Without a comment nothing happens; with one, Anna finds it in the draft she goes on with."""
    anna, ben = sign_in("anna"), sign_in("ben")
    version = submitted_by_api(shop, name="Too generous", percent="90")
    ben.goto(version)
    ben.get_by_role("button", name="Send back").click()
    expect(ben.get_by_text("Say in the comment what should change.")).to_be_visible()
    assert status_of(shop, version) == "in_review"
    ben.get_by_label("Comment").fill("Ninety is a typo, isn't it? <b>Nine</b>.")
    ben.get_by_role("button", name="Send back").click()
    expect(ben.get_by_text("Sent back to its author with your comment.")).to_be_visible()
    assert status_of(shop, version) == "rejected"
    anna.goto(version)
    anna.get_by_role("button", name="New draft").click()
    expect(anna.locator(".v-note-rejected")).to_contain_text(
        "Ninety is a typo, isn't it? <b>Nine</b>."
    )
    photograph(anna, "editor-sent-back")
    anna.get_by_label("Percent").fill("9")
    approve(ben, submit(anna))


def test_the_reviewer_sees_what_changed_against_the_active_version(shop, sign_in, photograph):
    anna, ben = sign_in("anna"), sign_in("ben")
    approve(ben, submitted_by_api(shop, name="Grows"))
    activate(ben)
    anna.goto(ben.url)
    anna.get_by_role("button", name="New draft").click()
    anna.get_by_label("Percent").fill("20")
    ben.goto(submit(anna))
    expect(ben.get_by_role("heading", name="What changed since version 1")).to_be_visible()
    says = "Everyone gets {} % off each line whose category starts with Garden and whose quantity is at least 3."
    does = 'percent_off_line({{"percent": "{}"}})'
    expect(ben.locator(".v-removed")).to_have_text(
        [f"-removed: {it.format(10)}" for it in (says, does)]
    )
    expect(ben.locator(".v-added")).to_have_text(
        [f"+added: {it.format(20)}" for it in (says, does)]
    )
    photograph(ben, "difference")
    approve(ben, ben.url)
    activate(ben)
    ben.get_by_role("link", name="grows").click()
    expect(ben.locator(".v-versions > li")).to_have_count(2)
    photograph(ben, "rule")


def test_the_reviewer_sees_what_breaks_a_guardrail_and_prices_such_a_cart(
    shop, sign_in, photograph
):
    """The proof comes with facts that were decided; one key press shows their receipt."""
    anna, ben = sign_in("anna"), sign_in("ben")
    # submitted after the guardrail is stated, it would be refused
    generous = submitted_by_api(shop, name="Far too generous", percent="60")
    anna.goto(f"{shop.address}/admin/rules/rule/guardrails/")
    anna.get_by_label("Percent").fill("50")
    expect(anna.get_by_text("It can be read.")).to_be_visible()
    expect(anna.get_by_label("In words")).to_have_value(
        "Discounts on a line take at most 50 % off the line's total"
    )
    photograph(anna, "guardrail-picked")
    anna.get_by_label("In words").fill("Nobody is given more than half")
    anna.get_by_text("As it is written").click()
    expect(anna.get_by_label("Claim")).to_have_value("outcome.discount <= outcome.start * 0.5")
    anna.get_by_label("Claim").fill("outcome.discont <= outcome.start * 0.5")
    expect(anna.get_by_label("What it promises")).to_have_value("")
    expect(anna.get_by_text("did you mean outcome.discount?")).to_be_visible()
    photograph(anna, "guardrail-typed")
    anna.get_by_role("button", name="State it").click()
    expect(anna.get_by_role("alert")).to_contain_text("did you mean outcome.discount?")
    anna.get_by_label("Claim").fill("outcome.discount <= outcome.start * 0.5")
    anna.get_by_role("button", name="State it").click()
    expect(anna.get_by_text("Stated. Every review proves it from now on.")).to_be_visible()
    photograph(anna, "guardrails")
    expect(anna.get_by_text("Withdrawing one needs the permission rules:govern")).to_be_visible()
    ben.goto(generous)
    found = ben.locator("#findings")
    expect(found).to_contain_text('Nobody is given more than half: broken by "Far too generous"')
    expect(ben.locator("#risk-now")).to_contain_text("It could not be submitted now.")
    photograph(ben, "findings")
    button = ben.get_by_role("button", name="Price such a cart")
    button.focus()
    ben.keyboard.press("Enter")
    expect(ben.locator("#try-result")).to_be_focused()
    expect(ben.locator(".v-adjustment")).to_contain_text("60 % off")
    ben.goto(submitted_by_api(shop, name="Quite generous", percent="40"))
    expect(ben.locator("#findings")).to_contain_text("Nobody is given more than half: proved")
    expect(ben.locator("#risk-now")).to_contain_text("Judged again just now")
    zoe = sign_in("zoe")
    zoe.goto(f"{shop.address}/admin/rules/rule/guardrails/")
    zoe.get_by_role("button", name="Withdraw Nobody is given more than half").click()
    photograph(zoe, "guardrail-withdraw")
    zoe.get_by_role("button", name="Withdraw it").click()
    expect(zoe.get_by_text("Withdrawn: it is not proved any more.")).to_be_visible()


def test_a_guardrail_that_is_picked_is_what_was_filled_in_last(shop, sign_in, photograph):
    """A thousand written with a comma is no one, and without an answer nothing is stated that was written before."""
    anna = sign_in("anna")
    page = f"{shop.address}/admin/rules/rule/guardrails/"
    anna.goto(page)
    anna.get_by_label("Decision point").select_option("promotions.shipping-discounts")
    picked = anna.get_by_label("What it promises")
    picked.select_option(
        label="Discounts on shipping never leave less than an amount of the shipping price"
    )
    expect(picked.get_by_role("option", name="Lines of a category")).to_have_count(0)
    anna.get_by_label("Currency").fill("EUR")
    anna.get_by_label("Amount").fill("1,000")
    expect(anna.get_by_text("Write an amount such as 1000 or 1000.50.")).to_be_visible()
    photograph(anna, "guardrail-unfit")
    anna.get_by_role("button", name="State it").click()  # its name is missing too
    expect(anna).to_have_url(page)
    anna.get_by_label("In words").fill("Shipping stays dear")
    anna.get_by_role("button", name="State it").click()
    expect(anna.get_by_label("Amount")).to_be_focused()
    expect(anna.get_by_text("Write an amount such as 1000 or 1000.50.")).to_be_visible()
    anna.get_by_label("Amount").fill("1")
    expect(anna.get_by_text("It can be read.")).to_be_visible()
    anna.route("**/guardrails/check/", lambda route: route.abort())
    anna.get_by_label("Amount").fill("2")
    anna.get_by_role("button", name="State it").click()
    expect(anna.get_by_text("Nothing was sent. Try again in a moment.")).to_be_visible()
    photograph(anna, "guardrail-unsent")
    anna.unroute("**/guardrails/check/")
    anna.get_by_role("button", name="State it").click()
    stated = anna.locator(".v-guardrail").filter(has_text="Shipping stays dear")
    expect(stated).to_contain_text("outcome.paid >= 2.00 || outcome.discount == 0")


def test_what_would_have_unlocked_a_rule_is_said_beside_why_it_did_not_match(shop, sign_in):
    ben = sign_in("ben")
    ben.goto(submitted_by_api(shop, name="Three of them"))
    ben.get_by_label("Quantity").first.fill("2")
    ben.get_by_role("button", name="Try it").click()
    expect(ben.locator(".v-nearest").first).to_contain_text("1 more in the line's quantity")


def test_whoever_comes_second_is_told_what_happened_meanwhile(shop, sign_in):
    """Carl approved while Ben was reading; Ben's click changes nothing and says why."""
    ben, carl = sign_in("ben"), sign_in("carl")
    version = submitted_by_api(shop, name="Wanted by two")
    ben.goto(version)
    approve(carl, version)
    ben.get_by_label("Comment").fill("Not like this.")
    ben.get_by_role("button", name="Send back").click()
    expect(ben.get_by_text("Version 1 is approved; only one that is in review")).to_be_visible()
    expect(ben.get_by_role("button", name="Activate")).to_be_visible()
    assert status_of(shop, version) == "approved"


def test_two_who_write_one_draft_do_not_overwrite_each_other(shop, sign_in):
    """Anna has the draft open in two windows; the older one is told to read it again."""
    anna = sign_in("anna")
    version = submitted_by_api(shop, name="Twice open")
    ben = sign_in("ben")
    approve(ben, version)
    anna.goto(version)
    anna.get_by_role("button", name="New draft").click()
    older = anna.context.new_page()
    older.goto(anna.url)
    anna.get_by_label("Percent").fill("11")
    anna.get_by_role("button", name="Save draft").click()
    expect(anna.get_by_text("Saved as a draft.")).to_be_visible()
    older.get_by_label("Percent").fill("12")
    older.get_by_role("button", name="Save draft").click()
    expect(older.get_by_role("alert")).to_contain_text("load it again")
    anna.reload()
    expect(anna.get_by_label("Percent")).to_have_value("11")


def test_a_rule_is_retired_and_decides_no_more(shop, sign_in):
    ben = sign_in("ben")
    version = submitted_by_api(shop, name="For a season")
    approve(ben, version)
    activate(ben)
    ben.get_by_text("Retire…").click()
    ben.get_by_role("button", name="Retire it").click()
    expect(ben.get_by_text("Retired: the rule does not decide any more.")).to_be_visible()
    assert status_of(shop, version) == "retired"
