"""A cart priced by active rules: lines, then the order, then shipping; and replayed."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contexts.calculation.models import PublishedRule, RuleSetRecord
from contexts.evaluation import queries, services
from contexts.evaluation.carts import Cart, PricedCart
from contexts.evaluation.errors import InTheFuture, LineTwice, MixedCurrencies, NegativePrice
from contexts.evaluation.models import EvaluationRecord
from contexts.evaluation.policies import shares
from contexts.promotions.messages import DecideDiscounts
from contexts.rules import services as rules
from shared_kernel import clock
from shared_kernel.eventlog.models import EventRecord
from shared_kernel.money import Money
from tests.integration.contexts.conftest import deliver, text

ORDER, SHIPPING = "promotions.order-discounts", "promotions.shipping-discounts"


def money(amount: str, currency: str = "EUR") -> dict[str, str]:
    return {"amount": amount, "currency": currency}


def cart(*lines: tuple[int, str], **more) -> Cart:
    """A cart of `(quantity, unit price)` lines."""
    currency = more.get("currency", "EUR")
    body = {
        "currency": currency,
        "lines": [
            {
                "id": str(n),
                "sku": f"S{n}",
                "quantity": quantity,
                "unit_price": money(price, currency),
            }
            for n, (quantity, price) in enumerate(lines)
        ],
        **more,
    }
    return msgspec.convert(body, Cart)


def totals(priced: PricedCart) -> tuple[str, str, str]:
    found = priced.totals
    return str(found.subtotal.amount), str(found.discount.amount), str(found.total.amount)


class TestCombining:
    def test_without_rules_the_price_is_the_price(self, in_tenant):
        assert totals(services.evaluate_cart(cart((3, "19.90")))) == ("59.70", "0.00", "59.70")

    def test_lines_stack_on_what_remains_by_priority(self, active):
        """20 % of 100.00, then 10 % of what remains: 28.00 in all."""
        active("ten", text(priority=1))
        active("twenty", text(params={"percent": "20"}, priority=2))
        priced = services.evaluate_cart(cart((1, "100.00")))
        assert [str(it.amount.amount) for it in priced.lines[0].adjustments] == ["-20.00", "-8.00"]

    def test_of_an_exclusive_group_one_applies(self, active):
        active("ten", text(priority=1, group="g"))
        active("twenty", text(params={"percent": "20"}, priority=2, group="g"))
        assert totals(services.evaluate_cart(cart((1, "100.00")))) == ("100.00", "20.00", "80.00")

    def test_stop_ends_the_deciding(self, active):
        active("ten", text(priority=1))
        active("twenty", text(params={"percent": "20"}, priority=2, stop=True))
        assert totals(services.evaluate_cart(cart((1, "100.00")))) == ("100.00", "20.00", "80.00")

    def test_nothing_is_priced_below_zero(self, active):
        active("much", text(kind="amount_off_line", params={"amount": "500"}))
        active("more", text(kind="amount_off_order", params={"amount": "500"}), ORDER)
        active("all", text(kind="percent_off_shipping", params={"percent": "250"}), SHIPPING)
        shipping = {"method": "post", "price": money("4.90")}
        priced = services.evaluate_cart(cart((2, "10.00"), (1, "0.00"), shipping=shipping))
        assert totals(priced) == ("20.00", "20.00", "0.00")
        assert priced.shipping is not None
        assert str(priced.shipping.total.amount) == "0.00"

    def test_a_negative_discount_is_none(self, active):
        active("odd", text(kind="amount_off_line", params={"amount": "-5"}))
        assert totals(services.evaluate_cart(cart((1, "10.00")))) == ("10.00", "0.00", "10.00")

    def test_an_order_discount_sees_what_the_lines_left(self, active):
        active("ten", text())
        active(
            "over90",
            text("cart.remaining >= 90.01", "amount_off_order", params={"amount": "5"}),
            ORDER,
        )
        assert totals(services.evaluate_cart(cart((1, "100.00")))) == ("100.00", "10.00", "90.00")
        assert totals(services.evaluate_cart(cart((1, "101.00")))) == ("101.00", "15.10", "85.90")

    def test_shipping_takes_the_highest_priority_only(self, active):
        active(
            "half",
            text(kind="percent_off_shipping", params={"percent": "50"}, priority=9),
            SHIPPING,
        )
        active("free", text(kind="percent_off_shipping", params={"percent": "100"}), SHIPPING)
        priced = services.evaluate_cart(
            cart((1, "1.00"), shipping={"method": "p", "price": money("4.90")})
        )
        assert priced.shipping is not None
        assert str(priced.shipping.total.amount) == "2.45"

    def test_an_effect_may_be_computed(self, active):
        active("computed", text(params={"percent": "min(decimal(line.quantity) * 2, 50)"}))
        assert totals(services.evaluate_cart(cart((7, "10.00")))) == ("70.00", "9.80", "60.20")

    @pytest.mark.parametrize(
        ("currency", "price", "off"), [("JPY", "1985", "199"), ("KWD", "1.985", "0.199")]
    )
    def test_each_currency_keeps_its_own_digits(self, active, currency, price, off):
        active("ten", text())
        priced = services.evaluate_cart(cart((1, price), currency=currency))
        assert str(priced.totals.discount.amount) == off


class TestRefusals:
    @pytest.mark.parametrize(
        ("spoil", "refusal", "pointer"),
        [
            (
                {"shipping": {"method": "p", "price": money("1.00", "USD")}},
                MixedCurrencies,
                "/shipping/price",
            ),
            ({"at": "2999-01-01T00:00:00Z"}, InTheFuture, "/at"),
        ],
    )
    def test_what_makes_no_sense_is_pointed_at(self, in_tenant, spoil, refusal, pointer):
        with pytest.raises(refusal) as refused:
            services.evaluate_cart(cart((1, "1.00"), **spoil))
        assert refused.value.pointers == (pointer,)
        assert EvaluationRecord.objects.count() == 0

    def test_a_negative_price_and_a_line_twice(self, in_tenant):
        with pytest.raises(NegativePrice):
            services.evaluate_cart(cart((1, "-1.00")))
        twice = cart((1, "1.00"))
        with pytest.raises(LineTwice):
            services.evaluate_cart(msgspec.structs.replace(twice, lines=twice.lines * 2))


class TestTheRecord:
    def test_it_is_kept_with_its_event(self, active):
        rule = active("ten", text())
        priced = services.evaluate_cart(cart((1, "100.00")))
        record = EvaluationRecord.objects.get()
        assert (record.id, record.total_minor, record.discount_minor) == (priced.id, 9000, 1000)
        told = EventRecord.objects.get(type="evaluation.cart-evaluated.v1")
        assert told.data["rules"] == [f"{rule.rule_id}@1"]

    def test_a_replay_is_the_same_after_the_rules_have_moved_on(self, active):
        rule = active("ten", text())
        priced = services.evaluate_cart(cart((3, "33.33"), explain="full"))
        rules.retire_version(rule_id=rule.rule_id, number=1, retired_by="user:ben")
        deliver()
        assert services.evaluate_cart(cart((3, "33.33"))).totals.discount.minor == 0
        replayed = queries.replay(queries.record_of(priced.id))
        assert msgspec.json.encode(replayed) == msgspec.json.encode(priced)

    def test_a_cart_is_priced_as_of_an_earlier_moment(self, active):
        before = clock.now()
        active("ten", text())
        now = services.evaluate_cart(cart((1, "100.00")))
        then = services.evaluate_cart(cart((1, "100.00"), at=before.isoformat()))
        assert (now.totals.discount.minor, then.totals.discount.minor) == (1000, 0)

    def test_an_absent_context_is_left_out_and_named(self, in_tenant, monkeypatch):
        from shared_kernel.bus import registry

        monkeypatch.delitem(registry._handlers, DecideDiscounts)
        priced = services.evaluate_cart(cart((1, "100.00")))
        assert priced.totals.total.minor == 10000
        assert "promotions" in {it.step for it in priced.steps_left_out}

    def test_a_draft_is_tried_and_nothing_is_recorded(self, active):
        live = active("ten", text())
        draft = text(params={"percent": "50"}, name="Half")
        draft = msgspec.structs.replace(draft, rule_id=str(live.rule_id), version=2)
        answer = queries.try_rules(
            {"currency": "EUR", "lines": [{"id": "1", "sku": "A", "quantity": 1, "unit_price": money("10.00")}]},
            {"promotions.line-discounts": (draft,)},
        )  # fmt: skip
        assert answer["totals"]["discount"]["amount"] == "5.00"
        assert {it["rule"] for it in answer["explanations"]} == {"Half"}
        assert EvaluationRecord.objects.count() == 0


class TestCalculationsCopy:
    def test_it_is_what_the_stream_of_rules_says(self, active):
        """The windows of the table are those rebuilt from the events."""
        rule = active("ten", text())
        rules.retire_version(rule_id=rule.rule_id, number=1, retired_by="user:ben")
        deliver()
        events = EventRecord.objects.filter(stream=f"rule-{rule.rule_id}").order_by("version")
        opened = {
            it.data["version"]: it.data["at"] for it in events if it.type.endswith("activated.v1")
        }
        closed = {
            it.data["version"]: it.data["at"] for it in events if it.type.endswith("retired.v1")
        }
        row = PublishedRule.objects.get()
        assert row.active_from.isoformat() == opened[1].replace("Z", "+00:00")
        assert row.active_to is not None
        assert row.active_to.isoformat() == closed[1].replace("Z", "+00:00")

    def test_every_set_that_was_ever_active_is_kept(self, active):
        active("ten", text())
        active("twenty", text(params={"percent": "20"}))
        assert sorted(len(it.members) for it in RuleSetRecord.objects.all()) == [1, 2]

    def test_content_that_is_not_what_was_approved_is_not_published(self, approved):
        from contexts.calculation import services as calculation
        from contexts.calculation.errors import HashMismatch

        version = approved("ten", text())
        forged = msgspec.structs.replace(version.text, condition="true || true")
        with pytest.raises(HashMismatch):
            calculation.publish_rule(
                point="promotions.line-discounts", text=forged,
                content_hash=version.content_hash, at=clock.now() + timedelta(0),
            )  # fmt: skip


lines_of = st.lists(
    st.tuples(st.integers(1, 50), st.integers(0, 20_000).map(lambda it: f"{it / 100:.2f}")),
    min_size=1, max_size=6,
)  # fmt: skip


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(lines=lines_of)
def test_totals_always_equal_the_sum_of_their_parts(active_rules, lines):
    """Whatever the cart, to the smallest unit."""
    priced = queries.price(cart(*lines)).answer
    for line in priced.lines:
        assert (
            Money.sum((it.amount for it in line.adjustments), "EUR") + line.subtotal == line.total
        )
        assert Money.sum((it.each * it.quantity for it in line.per_unit), "EUR") == line.total
        assert line.total.minor >= 0
    goods = Money.sum((line.total for line in priced.lines), "EUR")
    assert priced.totals.subtotal - priced.totals.discount == goods
    assert priced.totals.total == goods + priced.totals.shipping


@pytest.fixture
def active_rules(active):
    active("odd", text("line.quantity % 2 == 1", params={"percent": "33.33"}))
    active("unit", text("line.unit_price > 50.00", "amount_off_unit", params={"amount": "0.07"}))
    active(
        "order",
        text("cart.remaining > 99.99", "percent_off_order", params={"percent": "7.77"}),
        ORDER,
    )


@given(total=st.integers(0, 10**9), quantity=st.integers(1, 10**6))
def test_shares_are_at_most_two_prices_one_unit_apart(total, quantity):
    found = shares(Money.of_minor(total, "EUR"), quantity)
    assert sum(it.quantity for it in found) == quantity
    assert sum(it.quantity * it.each.minor for it in found) == total
    assert len({it.each.minor for it in found}) <= 2
