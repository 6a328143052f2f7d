"""Who is among the first: as many as were asked for, always the same, and more of them with every step."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from contexts.evaluation.carts import Cart
from contexts.evaluation.policies.arms import SLOTS, arm_of, slot_of

UNITS = [f"customer-{number}" for number in range(20_000)]


def cart(**who) -> Cart:
    line = {"id": "1", "sku": "A", "quantity": 1, "unit_price": {"amount": "1", "currency": "EUR"}}
    return msgspec.convert({"currency": "EUR", "lines": [line], **who}, Cart)


def chosen(percent: str, salt: str = "s") -> set[str]:
    limit = Decimal(percent) * SLOTS / 100
    return {unit for unit in UNITS if slot_of(salt, unit) < limit}


class TestSlots:
    @pytest.mark.parametrize("percent", ["0.5", "5", "25", "50", "99"])
    def test_as_many_are_chosen_as_were_asked_for(self, percent):
        """Within four standard deviations of a fair draw over 20,000 customers."""
        share = Decimal(percent) / 100
        spread = (len(UNITS) * share * (1 - share)).sqrt()
        assert abs(len(chosen(percent)) - len(UNITS) * share) < 4 * spread

    def test_whoever_is_chosen_stays_chosen_along_the_ramp(self):
        """A customer never gets a price, loses it, and gets it again."""
        steps = [chosen(it) for it in ("1", "5", "25", "100")]
        assert steps[0] < steps[1] < steps[2] < steps[3] == set(UNITS)

    def test_another_roll_out_begins_with_others(self):
        """Else the same few would try everything: of five percent twice, about one in four hundred has both."""
        both = chosen("5", "one") & chosen("5", "other")
        assert len(both) < 100

    def test_a_slot_is_what_the_guide_says(self):
        """A storefront may compute it too: SHA-256 over salt, colon and id, modulo 10,000."""
        assert slot_of("0197", "gold-1") == 1_805


class TestArms:
    def test_nobody_known_keeps_todays_rules(self):
        """Without an id nobody could be told the same price twice."""
        assert arm_of(salt="s", percent=Decimal(100), cart=cart()) == "outside"

    def test_a_visitor_is_as_good_as_a_customer_until_both_are_known(self):
        """Who is logged in is who they are, whatever their browser is called."""
        assert arm_of(salt="s", percent=Decimal(100), cart=cart(visitor="v")) == "candidate"
        in_first = next(it for it in UNITS if slot_of("s", it) < 100)
        not_in_first = next(it for it in UNITS if slot_of("s", it) >= 100)
        known = cart(customer={"id": not_in_first}, visitor=in_first)
        assert arm_of(salt="s", percent=Decimal(1), cart=known) == "control"

    def test_a_shadow_has_nobody(self):
        assert {
            arm_of(salt="s", percent=Decimal(0), cart=cart(visitor=it)) for it in UNITS[:500]
        } == {"control"}
