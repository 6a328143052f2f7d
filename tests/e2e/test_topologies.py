"""The same scenarios, whole and with the calculator carried out: nobody's code knows the difference."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

import config.demo
from config.demo.client import Refused
from config.demo.lifecycle import bring_to_life, own_work_is_refused, wait_until_decided

SHOP = json.loads((Path(config.demo.__file__).parent / "shop.json").read_text())
CARTS = [{name: it for name, it in cart.items() if name != "title"} for cart in SHOP["carts"]]


def eventually(check, seconds: float = 15.0):
    """The first true answer of `check`, or the last one."""
    deadline = time.monotonic() + seconds
    while not (found := check()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


@pytest.fixture(scope="module")
def shop(house):
    """The sample rules, brought to life by two people over the API."""
    author, reviewer = house.client("anna"), house.client("ben")
    versions = {bring_to_life(it, author=author, reviewer=reviewer)[:2] for it in SHOP["rules"]}
    wait_until_decided(CARTS[1], versions, storefront=house.client("storefront"))
    return house


def amounts(money: list[dict[str, str]]) -> int:
    return sum(int(it["amount"].replace(".", "")) for it in money)


class TestACart:
    @pytest.mark.parametrize("number", range(len(CARTS)))
    def test_totals_are_the_sum_of_their_parts(self, shop, number):
        priced = shop.client("storefront").post("evaluations", CARTS[number])
        parts = [line["total"] for line in priced["lines"]]
        if priced["shipping"]:
            parts.append(priced["shipping"]["total"])
        assert amounts([priced["totals"]["total"]]) == amounts(parts)
        for line in priced["lines"]:
            shares = [(it["quantity"], it["each"]) for it in line["per_unit"]]
            assert sum(count * amounts([each]) for count, each in shares) == amounts(
                [line["total"]]
            )

    def test_an_order_discount_is_allocated_to_the_cent(self, shop):
        """Ten euros over three equal lines: 3.34, 3.33, 3.33, shared out by the calculator wherever it lives."""
        priced = shop.client("storefront").post("evaluations", CARTS[2])
        shares = [line["adjustments"][0]["amount"]["amount"] for line in priced["lines"]]
        assert shares == ["-3.34", "-3.33", "-3.33"]

    def test_every_discount_names_its_rule_version_and_reason(self, shop):
        priced = shop.client("storefront").post("evaluations", CARTS[0])
        adjustments = [it for line in priced["lines"] for it in line["adjustments"]]
        assert [(it["rule"], it["rule_version"]) for it in adjustments] == [
            ("Garden by threes", 1), ("Gold customers", 1), ("Gold customers", 1)
        ]  # fmt: skip
        assert all(it["reason"] for it in adjustments)

    def test_a_replay_is_the_same_to_the_byte(self, shop):
        storefront = shop.client("storefront")
        priced = storefront.post("evaluations", CARTS[1])
        assert storefront.get(f"evaluations/{priced['id']}/replay")["identical"] is True
        assert storefront.get(f"evaluations/{priced['id']}") == priced


class TestTheCalculator:
    def test_it_calculates_over_its_own_api(self, shop):
        """The edge hands the request on to wherever the calculator lives."""
        asked = {
            "algorithm": "allocation.largest-remainder",
            "input": {"total": {"amount": "10.00", "currency": "EUR"}, "weights": ["1", "1", "1"]},
        }
        answered = shop.client("storefront").post("calculator/calculations", asked)
        assert answered["algorithm"] == "allocation.largest-remainder"
        assert [it["amount"] for it in answered["output"]["parts"]] == ["3.34", "3.33", "3.33"]

    def test_its_refusals_are_problem_documents(self, shop):
        with pytest.raises(Refused) as refusal:
            shop.client("storefront").post(
                "calculator/calculations", {"algorithm": "astrology", "input": {}}
            )
        assert refusal.value.code == "calculator.unknown-algorithm"

    def test_it_hears_which_algorithms_decisions_rely_on(self, shop):
        """Events reach it over the broker, so a version in use is not withdrawn."""
        shop.client("storefront").post("evaluations", CARTS[2])
        anna = shop.client("anna")

        def refused_as_relied_on() -> bool:
            uses = anna.get("calculator/algorithms/allocation.largest-remainder/1")
            return uses["uses"] > 0

        assert eventually(refused_as_relied_on)
        with pytest.raises(Refused) as refusal:
            anna.post(
                "calculator/algorithms/allocation.largest-remainder/1/withdraw",
                {"reason": "tidying"},
            )
        assert refusal.value.code == "calculator.still-relied-on"


class TestTheAudit:
    def test_what_a_context_tells_is_in_the_chain_wherever_it_lives(self, shop):
        """A kept calculation, told by the calculator, is an entry of the house's chain, which holds."""
        kept = {
            "algorithm": "sum",
            "input": {"amounts": [{"amount": "0.10", "currency": "EUR"}], "currency": "EUR"},
            "record": True,
        }
        anna, ben = shop.client("anna"), shop.client("ben")
        record = anna.post("calculator/calculations", kept)["record"]
        told = "audit/entries?type=calculator.calculation-recorded.v1"

        def in_the_chain() -> bool:
            return any(it["data"]["record"] == record for it in ben.get(told)["results"])

        assert eventually(in_the_chain)
        assert ben.get("audit/verification")["holds"] is True


class TestRules:
    def test_nobody_approves_their_own(self, shop):
        refusal = own_work_is_refused(SHOP["rules"][0], author=shop.client("anna"))
        assert "rules.author-cannot-review" in refusal

    def test_a_new_version_prices_and_a_retired_one_no_more(self, shop):
        anna, ben, storefront = (shop.client(name) for name in ("anna", "ben", "storefront"))
        rule = anna.get("rules/?slug=gold-customers")["results"][0]
        body = {
            name: SHOP["rules"][1][name] for name in ("name", "reason", "condition", "priority")
        }
        body["effects"] = [{"kind": "percent_off_line", "params": {"percent": "7"}}]
        draft = anna.post(f"rules/{rule['id']}/versions", body)
        path = f"rules/{rule['id']}/versions/{draft['number']}"
        anna.post(f"{path}/submit")
        ben.post(f"{path}/approve", {"content_hash": draft["content_hash"]})

        def version_used() -> int | None:
            priced = storefront.post("evaluations", CARTS[3])
            found = [
                it["rule_version"]
                for line in priced["lines"]
                for it in line["adjustments"]
                if it["rule"] == "Gold customers"
            ]
            return found[0] if found else None

        assert version_used() == 1
        ben.post(f"{path}/activate")
        assert eventually(lambda: version_used() == draft["number"])
        ben.post(f"{path}/retire")
        assert eventually(lambda: version_used() is None)
