"""What a change would have done to real orders equals what is counted otherwise."""

from __future__ import annotations

import csv
import io
import random
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal
from types import SimpleNamespace

import msgspec

from contexts.evaluation import queries, services
from contexts.evaluation.carts import Cart
from contexts.evaluation.messages import (
    DraftUnderTest,
)
from contexts.promotions.queries import comparing
from tests.integration.contexts.conftest import deliver, text
from tests.integration.contexts.evaluation.back_tests import (
    LINES,
    ORDER,
    SHIPPING,
    ask,
    changed,
    keep,
    new_rule,
    result,
    run,
)
from tests.integration.contexts.evaluation.order_files import drawn, written

CENT = Decimal("0.01")


class TestTotals:
    def test_they_equal_an_independent_computation_from_the_file(self, dozen):
        """Plain loops over the file's own text, by what the rules mean: no code of ours prices here."""
        content = written(drawn(random.Random(1), 200))
        found = result(run(ask(changed(dozen, condition="line.quantity >= 6"), file=keep(content))))
        sums = defaultdict(Decimal)
        touched, products, countries = set(), defaultdict(Decimal), defaultdict(Decimal)
        for row in csv.DictReader(io.StringIO(content.decode())):
            listed = Decimal(row["UnitPrice"]) * int(row["Quantity"])
            off = (listed * 3 / 100).quantize(CENT, ROUND_HALF_UP)
            before = off if int(row["Quantity"]) >= 12 else Decimal(0)
            after = off if int(row["Quantity"]) >= 6 else Decimal(0)
            sums["listed"] += listed
            sums["before"] += before
            sums["after"] += after
            countries[row["Country"]] += after - before
            if before != after:
                touched.add(row["InvoiceNo"])
                products[row["StockCode"]] += after - before
        (pounds,) = found.currencies
        assert (found.carts, found.touched) == (200, len(touched))
        assert pounds.sums.discount_before.amount == sums["before"] > 0
        assert pounds.sums.discount_after.amount == sums["after"] > sums["before"]
        assert pounds.sums.revenue_before.amount == sums["listed"] - sums["before"]
        assert pounds.sums.revenue_after.amount == sums["listed"] - sums["after"]
        told = {it.group: grown(it.sums) for it in pounds.products}
        most = sorted(products.items(), key=lambda it: (-it[1], it[0]))[:20]
        assert told == dict(most)
        assert sum(countries.values()) == sum(grown(it.sums) for it in pounds.countries)
        assert {it.group: grown(it.sums) for it in pounds.countries}["FR"] == countries["France"]

    def test_an_order_discount_is_counted_after_the_lines(self, active, dozen):
        """10 % from 50.00 on, of what the dozens leave; per order, again in plain loops."""
        big = active("big", text("cart.remaining >= 1000", "percent_off_order"), ORDER)
        content = written(drawn(random.Random(2), 120))
        draft = changed(big, ORDER, condition="cart.remaining >= 50")
        found = result(run(ask(draft, file=keep(content))))
        invoices = defaultdict(Decimal)
        for row in csv.DictReader(io.StringIO(content.decode())):
            listed = Decimal(row["UnitPrice"]) * int(row["Quantity"])
            off = (listed * 3 / 100).quantize(CENT, ROUND_HALF_UP)
            invoices[row["InvoiceNo"]] += listed - (off if int(row["Quantity"]) >= 12 else 0)
        tenth = {it: (paid / 10).quantize(CENT, ROUND_HALF_UP) for it, paid in invoices.items()}
        more = sum(off for it, off in tenth.items() if 50 <= invoices[it] < 1000)
        assert grown(found.currencies[0].sums) == more > 0
        assert found.touched == sum(50 <= paid < 1000 for paid in invoices.values())

    def test_every_cart_is_what_a_customer_would_pay(self, active, dozen):
        """
        The short way (each point asked again only where it can differ) equals pricing each cart twice, whatever is
        drafted: of lines, order or shipping, changed, new, in a group, or stopping the others.
        """
        big = active("big", text("cart.remaining >= 80", "percent_off_order", name="Big"), ORDER)
        ship = active(
            "ship", text("cart.remaining >= 60", "percent_off_shipping", name="Ship"), SHIPPING
        )
        active("few", text("line.quantity <= 2", params={"percent": "4"}, group="g", name="Few"))
        chance = random.Random(3)
        for number in range(25):
            services.evaluate_cart(_cart(chance, number))
        percent = {"params": {"percent": "7"}}
        drafts = (
            [changed(dozen, condition="line.quantity >= 3")],
            [changed(dozen, group="g", priority=9, condition="line.quantity != 3")],
            [changed(dozen, stop=True, priority=9)],
            [changed(big, ORDER, condition="cart.remaining >= 40")],
            [changed(ship, SHIPPING, condition="false")],
            [DraftUnderTest(LINES, new_rule(text('line.sku == "S1"', **percent)))],
            [
                changed(dozen, condition="true"),
                changed(ship, SHIPPING, condition="cart.remaining < 90"),
            ],
        )
        for some in drafts:
            found = result(run(ask(*some, days=1)))
            by_point = {it.point: () for it in some}
            for it in some:
                by_point[it.point] += (it.rule,)
            assert found.carts == 25
            told = {it.currency: it.sums for it in found.currencies}
            assert told == _priced_twice(by_point)

    def test_it_is_the_same_in_many_messages(self, monkeypatch, active, dozen, orders):
        """Where rules are decided in another process, a question holds so many carts and no more."""
        active("big", text("cart.remaining >= 50", "percent_off_order"), ORDER)
        draft, asked = changed(dozen, condition="line.quantity >= 2"), []
        whole = result(run(ask(draft, file=orders)))
        real = comparing.bus.ask
        monkeypatch.setattr(comparing, "LINES_A_MESSAGE", 30)
        elsewhere = SimpleNamespace(TOPOLOGY=SimpleNamespace(here=frozenset()))
        monkeypatch.setattr(comparing, "settings", elsewhere)
        monkeypatch.setattr(comparing.bus, "ask", lambda query: asked.append(query) or real(query))
        assert result(run(ask(draft, file=orders))) == whole
        sizes = [
            sum(len(it["lines"]) for it in q.facts) for q in asked if q.name.endswith("decide.v1")
        ]
        assert len(sizes) > 20
        assert max(sizes) <= 30

    def test_each_order_is_seen_at_its_own_moment(self, active, dozen, orders):
        """A rule about the time of an order is tried on the times at which orders came."""
        january = changed(dozen, condition='at < timestamp("2011-01-15T00:00:00Z")')
        found = result(run(ask(january, file=orders)))
        assert 0 < found.touched < found.carts
        assert all(it.at.year == 2011 for it in found.currencies[0].carts)

    def test_currencies_are_counted_apart(self, active):
        ten = active("ten", text())
        for currency in ("EUR", "JPY"):
            services.evaluate_cart(_one(currency, "100"))
        twenty = changed(ten, effects=text(params={"percent": "20"}).effects)
        found = result(run(ask(twenty, days=1)))
        told = {it.currency: str(it.sums.discount_after) for it in found.currencies}
        assert told == {"EUR": "20.00 EUR", "JPY": "20 JPY"}

    def test_who_gains_and_who_loses_is_told_by_rule(self, active, dozen, orders):
        """In one group a rule that grows takes from its neighbour: both are told."""
        six = active(
            "six", text("line.quantity >= 6", params={"percent": "2"}, group="g", name="Six")
        )
        draft = changed(dozen, group="g", priority=5)
        found = result(run(ask(draft, file=orders))).currencies[0]
        by_rule = {it.rule: it for it in found.rules}
        assert by_rule["Six"].rule_id == str(six.rule_id)
        assert by_rule["Six"].discount_after < by_rule["Six"].discount_before
        assert (by_rule["Dozen"].version_before, by_rule["Dozen"].version_after) == (1, 2)
        assert sum(it.discount_after.minor for it in found.rules) == found.sums.discount_after.minor

    def test_the_carts_that_change_most_come_first(self, dozen, orders):
        found = result(run(ask(changed(dozen, condition="true"), file=orders))).currencies[0]
        change = [it.revenue_before.minor - it.revenue_after.minor for it in found.carts]
        assert len(change) == 10
        assert change == sorted(change, reverse=True)
        assert found.carts[0].rules_after[0].rule == "Dozen"
        assert sum(it.carts for it in found.changes) == found.sums.touched

    def test_a_draft_that_changes_nothing_touches_nothing(self, dozen, orders):
        found = result(run(ask(changed(dozen, reason="Other words"), file=orders)))
        assert found.touched == 0
        assert found.currencies[0].products == found.currencies[0].carts == ()

    def test_a_cart_that_cannot_be_priced_is_told_and_the_others_are_counted(self, active, dozen):
        """An attribute was declared after these carts came: one of them holds something else there."""
        from contexts.calculation.services import declare_attribute

        good, bad = _one("EUR", "100", since="2020-01-01T00:00:00Z"), _one("EUR", "5", since="x")
        services.evaluate_carts([good, bad, good])
        declare_attribute(
            record="customer", name="since", kind="timestamp", about="joined", optional=True,
            declared_by="user:anna",
        )  # fmt: skip
        deliver()
        found = result(run(ask(changed(dozen, condition="true"), days=1)))
        assert found.carts == 2
        assert [it.carts for it in found.left_out] == [1]
        assert "customer.attributes.since" in found.left_out[0].reason


def grown(sums) -> Decimal:
    return sums.discount_after.amount - sums.discount_before.amount


def _cart(chance: random.Random, number: int) -> Cart:
    currency = "EUR"
    body = {
        "currency": currency,
        "customer": {"id": f"c{number}", "tier": chance.choice(["gold", "silver"])},
        "lines": [
            {
                "id": str(n),
                "sku": f"S{chance.randrange(5)}",
                "quantity": chance.choice((1, 2, 3, 12)),
                "unit_price": {"amount": str(Decimal(chance.randrange(100, 3000)) / 100)}
                | {"currency": currency},
            }
            for n in range(chance.randrange(1, 6))
        ],
    }
    if number % 3:
        body["shipping"] = {
            "method": "standard",
            "price": {"amount": "4.90", "currency": currency},
        }
    return msgspec.convert(body, Cart)


def _one(currency: str, price: str, **attributes) -> Cart:
    amount = {"amount": price if currency == "JPY" else f"{price}.00", "currency": currency}
    body = {
        "currency": currency,
        "lines": [{"id": "1", "sku": "A", "quantity": 1, "unit_price": amount}],
        "customer": {"attributes": attributes},
    }
    return msgspec.convert(body, Cart)


def _priced_twice(drafts) -> dict:
    """What the one call that everything serves answers for every recorded cart, without drafts and with."""
    from contexts.evaluation.messages import BackTestSums
    from contexts.evaluation.models import EvaluationRecord
    from shared_kernel.money import Money

    zero = Money.zero("EUR")
    carts = touched = 0
    off_before = off_after = paid_before = paid_after = zero
    for record in EvaluationRecord.objects.all():
        cart = msgspec.convert(record.cart, Cart)
        before, after = (queries.price(cart, drafts=it).answer for it in ({}, drafts))
        listed = Money.sum((it.subtotal for it in before.lines), "EUR")
        listed += cart.shipping.price if cart.shipping else zero
        carts += 1
        touched += _parts(before) != _parts(after)
        paid_before += before.totals.total
        paid_after += after.totals.total
        off_before += listed - before.totals.total
        off_after += listed - after.totals.total
    return {"EUR": BackTestSums(carts, touched, off_before, off_after, paid_before, paid_after)}


def _parts(priced) -> list:
    return [*(it.total for it in priced.lines), priced.shipping and priced.shipping.total]
