"""What a change would have done to real orders: counted twice, claimed once, and kept as it was."""

from __future__ import annotations

import csv
import io
import random
from collections import defaultdict
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from uuid import uuid4

import msgspec
import pytest
from django.db import Error, connection, transaction

from contexts.evaluation import queries, services
from contexts.evaluation.carts import Cart
from contexts.evaluation.errors import (
    BackTestUnderWay,
    DraftUnsound,
    NothingToTest,
    OrderFilesFull,
    OrderFileUnreadable,
    PointWithoutPrices,
    SourceUnclear,
)
from contexts.evaluation.messages import (
    BackTestLimits,
    BackTestSummary,
    DraftUnderTest,
    NewestBackTest,
    StartBackTest,
)
from contexts.evaluation.models import BackTest, BackTestWork, OrderFile, OrderPiece
from contexts.evaluation.orders import uploads
from contexts.evaluation.services import order_files as keeping
from contexts.evaluation.services import running
from contexts.rules import services as rules
from shared_kernel import bus, clock
from shared_kernel.errors import NotFound
from shared_kernel.eventlog.models import EventRecord
from tests.integration.contexts.conftest import deliver, text
from tests.integration.contexts.evaluation.order_files import drawn, file_of, written

LINES, ORDER, SHIPPING = (
    "promotions.line-discounts",
    "promotions.order-discounts",
    "promotions.shipping-discounts",
)
CENT = Decimal("0.01")


def keep(content: bytes, **more) -> OrderFile:
    told = {"name": "orders.csv", "currency": "GBP", "channel": "web", "uploaded_by": "user:anna"}
    return uploads.keep_upload(content=content, **{**told, **more})


def ask(*drafts: DraftUnderTest, file: OrderFile | None = None, days: int | None = None):
    return services.ask_for_back_test(
        drafts=drafts, order_file_id=file.id if file else None, days=days, asked_by="user:anna"
    )


def run(test: BackTest) -> BackTest:
    services.run_back_test(test.id)
    test.refresh_from_db()
    return test


def result(test: BackTest):
    assert test.status == "done", test.failure
    return queries.shown(test).result


def changed(version, point: str = LINES, **content) -> DraftUnderTest:
    """The next version of a rule, with something changed."""
    newer = msgspec.structs.replace(version.text, version=version.number + 1, **content)
    return DraftUnderTest(point, newer)


@pytest.fixture
def dozen(active):
    return active("dozen", text("line.quantity >= 12", params={"percent": "3"}, name="Dozen"))


@pytest.fixture
def orders(in_tenant) -> OrderFile:
    return keep(written(drawn(random.Random(5), 60)))


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
            [DraftUnderTest(LINES, _new(text('line.sku == "S1"', **percent)))],
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


def _new(content):
    return msgspec.structs.replace(content, rule_id=str(uuid4()), version=1)


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


class TestRunning:
    def test_rules_that_become_active_meanwhile_do_not_count(self, active, dozen, orders):
        """It is compared with the rules of the moment it was asked for, and says that these decide no more."""
        test = ask(changed(dozen, condition="line.quantity >= 6"), file=orders)
        active("loud", text("true", params={"percent": "50"}, name="Loud"))
        found = result(run(test))
        assert [it.rule for it in found.currencies[0].rules] == ["Dozen"]
        newest = bus.ask(NewestBackTest(content_hash=test.content_hash))
        assert newest.id == test.id
        assert not newest.is_current

    def test_a_killed_run_is_taken_up_where_it_was(self, monkeypatch, dozen):
        """The worker dies after the second of five pieces; the sweep finds the row, and nothing counts twice."""
        monkeypatch.setattr(keeping, "ORDERS_A_PIECE", 10)
        orders = keep(written(drawn(random.Random(6), 50)))
        assert OrderPiece.objects.count() == 5
        draft = changed(dozen, condition="true")
        whole = result(run(ask(draft, file=orders)))
        test, pieces = ask(draft, file=orders), []

        def dies(*_):
            pieces.append(1)
            if len(pieces) == 3:
                raise SystemExit
            return real(*_)

        real = queries.next_orders
        with monkeypatch.context() as dying:
            dying.setattr(queries, "next_orders", dies)
            with pytest.raises(SystemExit):
                services.run_back_test(test.id)
        test.refresh_from_db()
        assert (test.status, test.carts_done) == ("running", 20)
        assert services.sweep_back_tests() == 0  # it is believed alive
        with clock.frozen(clock.now() + timedelta(seconds=running.SECONDS_HELD + 1)):
            assert services.sweep_back_tests() == 1
        test.refresh_from_db()
        assert result(test) == whole
        assert not BackTestWork.objects.exists()

    def test_a_worker_that_was_believed_dead_changes_nothing_any_more(self, monkeypatch, dozen):
        """It wakes up after another took its run over: its claim is gone, and what it counted with it."""
        monkeypatch.setattr(keeping, "ORDERS_A_PIECE", 10)
        orders = keep(written(drawn(random.Random(6), 30)))
        draft = changed(dozen, condition="true")
        whole = result(run(ask(draft, file=orders)))
        test, real = ask(draft, file=orders), queries.compared
        slept = []

        def sleeps(*given):
            if not slept:
                slept.append(1)
                with clock.frozen(clock.now() + timedelta(seconds=running.SECONDS_HELD + 1)):
                    services.run_back_test(test.id)
            return real(*given)

        monkeypatch.setattr(queries, "compared", sleeps)
        services.run_back_test(test.id)
        test.refresh_from_db()
        assert (test.carts_done, result(test)) == (30, whole)
        told = EventRecord.objects.filter(type="evaluation.back-test-finished.v1")
        assert told.filter(data__back_test_id=str(test.id)).count() == 1

    def test_what_never_gets_on_is_given_up(self, monkeypatch, dozen, orders):
        test = ask(changed(dozen, condition="true"), file=orders)

        def broken(*_):
            raise RuntimeError

        monkeypatch.setattr(queries, "compared", broken)
        for number in range(running.ATTEMPTS):
            with clock.frozen(clock.now() + timedelta(minutes=number)):
                services.sweep_back_tests()
        test.refresh_from_db()
        assert test.status == "failed"
        assert "interrupted 5 times" in test.failure
        assert not BackTestWork.objects.exists()

    def test_a_file_that_is_removed_meanwhile_ends_the_run(self, dozen, orders):
        test = ask(changed(dozen, condition="true"), file=orders)
        services.remove_order_file(order_file_id=orders.id, removed_by="user:anna")
        run(test)
        assert test.status == "failed"
        assert "order file" in test.failure

    def test_one_runs_at_a_time_for_one_content(self, dozen, orders):
        draft = changed(dozen, condition="true")
        test = ask(draft, file=orders)
        with pytest.raises(BackTestUnderWay):
            ask(draft, file=orders)
        run(test)
        assert ask(draft, file=orders).id != test.id

    @pytest.mark.parametrize(
        "act",
        [
            "UPDATE evaluation_backtest SET result = '{}' WHERE status = 'done'",
            "UPDATE evaluation_backtest SET asked_at = now()",
            "DELETE FROM evaluation_backtest",
            "UPDATE evaluation_orderfile SET name = 'other'",
            "UPDATE evaluation_orderpiece SET number = 7",
        ],
    )
    def test_no_sql_of_the_application_changes_what_is_over(self, dozen, orders, act):
        """Approvals rely on the newest result: it cannot be mended, nor taken away to show an older one."""
        run(ask(changed(dozen, condition="true"), file=orders))
        with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(act)


class TestAsking:
    def test_the_same_command_again_starts_nothing_more(self, dozen, orders):
        draft = changed(dozen, condition="true")
        start = StartBackTest(drafts=(draft,), asked_by="user:anna", order_file=orders.id)
        first, second = (bus.send(start, key="once") for _ in range(2))
        assert first.id == second.id
        assert BackTest.objects.count() == 1

    def test_its_content_is_hashed_by_who_checks_rules(self, dozen, orders):
        """The hash is that which reviews approve; nobody can pass another content's test off as this one's."""
        draft = rules.draft_version(
            rule_id=dozen.rule_id,
            text=msgspec.structs.replace(dozen.text, condition="line.quantity >= 6"),
            author="user:anna",
        )
        test = ask(DraftUnderTest(LINES, draft.text), file=orders)
        assert (test.content_hash, test.rule_id) == (draft.content_hash, str(dozen.rule_id))

    def test_two_rules_that_say_the_same_have_tests_of_their_own(self, dozen, orders):
        draft = changed(dozen, condition="true")
        other = DraftUnderTest(LINES, msgspec.structs.replace(draft.rule, rule_id=str(uuid4())))
        one, two = run(ask(draft, file=orders)), run(ask(other, file=orders))
        assert one.content_hash == two.content_hash
        mine = bus.ask(BackTestSummary(content_hash=one.content_hash, rule_id=draft.rule.rule_id))
        assert mine.id == one.id
        assert bus.ask(BackTestSummary(content_hash=one.content_hash)).id == two.id

    @pytest.mark.parametrize(
        ("more", "refusal"),
        [
            ({}, SourceUnclear),
            ({"days": 3}, NothingToTest),
            ({"order_file_id": uuid4()}, NotFound),
        ],
    )
    def test_a_source_that_is_none_is_refused(self, dozen, more, refusal):
        given = {"order_file_id": None, "days": None, **more}
        with pytest.raises(refusal):
            services.ask_for_back_test(drafts=[changed(dozen)], asked_by="user:anna", **given)

    def test_a_faulty_draft_is_refused_with_its_place(self, dozen, orders):
        with pytest.raises(DraftUnsound) as refusal:
            ask(changed(dozen), changed(dozen, condition="line.quanty > 1"), file=orders)
        assert refusal.value.pointers == ("/drafts/1/rule/condition",)

    def test_a_point_that_prices_nothing_is_refused(self, dozen, orders):
        with pytest.raises(PointWithoutPrices):
            ask(changed(dozen, "payments.routing"), file=orders)

    def test_a_summary_judges_limits(self, dozen, orders):
        draft = changed(dozen, condition="true")
        test = ask(draft, file=orders)
        question = BackTestSummary(
            content_hash=test.content_hash,
            limits=BackTestLimits(max_discount_increase=Decimal(2), min_carts=10_000, current=True),
        )
        assert bus.ask(question) is None  # a test that is not over says nothing
        run(test)
        broken = bus.ask(question).broken
        assert [it.split()[0] for it in broken] == ["It", "Discounts"]


class TestUploads:
    def test_what_is_wrong_is_told_by_line(self, in_tenant):
        file = keep(
            file_of(
                "1,A,Lamp,2,2011-01-01 10:00:00,2.50,17850.0,France",
                "C1,A,Lamp,-2,2011-01-01 10:00:00,2.50,17850.0,France",
                "1,B\0,Lamp,x\0,2011-01-01 10:00:00,2.50,17850.0,France",
            )
        )
        assert (file.orders, file.lines, file.reported) == (1, 1, 2)
        told = [(it["line"], it["reason"]) for it in file.report["first"]]
        assert told == [(3, "cancellation"), (4, "quantity is no whole number")]

    def test_the_same_content_again_is_the_file_kept_already(self, orders):
        content = written(drawn(random.Random(5), 60))
        assert keep(content, name="again.csv").id == orders.id
        assert keep(content, channel="store").id != orders.id

    @pytest.mark.parametrize(
        ("content", "more", "complaint"),
        [
            (b"", {}, "empty"),
            (b"a,b\n1,2\n", {}, "no column InvoiceNo"),
            (file_of("C1,A,L,-2,2011-01-01 10:00,2.5,1,France"), {}, "line 2: cancellation"),
            (file_of("1,A,L,2,2011-01-01 10:00,2.5,1,France"), {"currency": "XXY"}, "XXY"),
            (b"\x1f\x8b\x08\x00 this is no gzip", {}, "damaged"),
        ],
    )
    def test_what_is_no_order_file_is_refused_with_its_reason(
        self, in_tenant, content, more, complaint
    ):
        with pytest.raises(OrderFileUnreadable, match=complaint):
            keep(content, **more)

    def test_a_file_that_unpacks_to_too_much_is_refused(self, in_tenant, monkeypatch):
        import gzip

        monkeypatch.setattr(uploads, "UNPACKED_AT_MOST", 10_000)
        row = "1,A,Lamp,2,2011-01-01 10:00:00,2.50,17850.0,France"
        packed = gzip.compress(file_of(*[row] * 1000))
        with pytest.raises(OrderFileUnreadable, match=r"10,000 bytes when unpacked"):
            keep(packed)

    def test_so_many_lines_and_files_are_kept_and_no_more(self, orders, monkeypatch):
        monkeypatch.setattr(uploads, "LINES_AT_MOST", 1)
        row = "1,A,Lamp,2,2011-01-01 10:00:00,2.50,17850.0,France"
        with pytest.raises(OrderFileUnreadable, match="more than 1 lines"):
            keep(file_of(row, row))
        monkeypatch.setattr(keeping, "FILES_AT_MOST", 1)
        with pytest.raises(OrderFilesFull):
            keep(file_of(row))
