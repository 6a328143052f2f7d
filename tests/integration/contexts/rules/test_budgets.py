"""Budgets: what rules gave is summed by day, drawn against what they are meant to give, and told once."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from threading import Barrier
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from contexts.evaluation import services as evaluation
from contexts.evaluation.carts import Cart
from contexts.evaluation.messages import Spending
from contexts.evaluation.models import EvaluationRecord
from contexts.identity import services as identity
from contexts.rules import services
from contexts.rules.admin.burning import HEIGHT, WIDTH, burn_down_chart
from contexts.rules.errors import BudgetClosedAlready, BudgetUnsound
from contexts.rules.events import AttentionWanted, BudgetUsed
from contexts.rules.models import Budget, BudgetCheck
from contexts.rules.policies.budgets import burn_down
from contexts.rules.queries.budgets import Standing, standing_of
from contexts.rules.services import budgeting
from shared_kernel import bus, clock
from shared_kernel.api.bodies import convert
from shared_kernel.eventlog.models import EventRecord
from shared_kernel.money import Money
from shared_kernel.tenancy import tenant_scope
from tests.integration.contexts.conftest import text

DAY = timedelta(days=1)
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


def cart(price: str = "20.00", currency: str = "EUR", **more) -> Cart:
    lines = [
        {"id": str(it), "sku": "HOSE", "category": more.get("category", "Garden"), "quantity": 1,
         "unit_price": {"amount": price, "currency": currency}}
        for it in range(more.get("lines", 2))
    ]  # fmt: skip
    return convert({"currency": currency, "lines": lines}, Cart)


def priced(at: datetime, **more) -> None:
    with clock.frozen(at):
        evaluation.evaluate_cart(cart(**more))


def budget(amount: str = "10.00", **more) -> Budget:
    given = {"name": "Spring", "set_by": "user:anna", "starts_at": MONDAY, **more}
    return services.set_budget(amount=Money.parse(amount, "EUR"), **given)


def summed(rules: set[str], currency: str, since: datetime, until: datetime) -> dict:
    """The same sums by plain Python over the records."""
    found: dict = defaultdict(Decimal)
    for record in EvaluationRecord.objects.all():
        priced_as, at = record.priced, record.evaluated_at
        parts = [*priced_as["lines"], priced_as.get("shipping") or {}]
        for it in (it for part in parts for it in part.get("adjustments", [])):
            if it["rule_id"] in rules and since <= at < until and record.currency == currency:
                day = at.astimezone(UTC).date()
                found[day, it["rule_id"]] -= Decimal(it["amount"]["amount"])
    return dict(found)


def warnings() -> list[tuple[int, str]]:
    told = EventRecord.objects.filter(type=BudgetUsed.name).order_by("id")
    return [(it.data["percent"], it.data["used"]["amount"]) for it in told]


class TestWhatRulesGave:
    def test_it_is_the_sum_over_the_records_by_day_in_utc(self, active):
        """
        Other currencies, other rules and what lies outside the time do not count.

        One minute to midnight in UTC is the day before, whatever the house's own zone says of it.
        """
        first, second = active("ten", text()), active("garden", text('line.category == "Garden"'))
        other = active("other", text('line.category == "Tools"'))
        night = MONDAY + DAY - timedelta(minutes=1)
        for at in (MONDAY - timedelta(seconds=1), MONDAY, night, night + 2 * timedelta(minutes=1)):
            priced(at)
            priced(at, price="7.77", category="Tools", lines=3)
            priced(at, currency="USD")
        priced(MONDAY + 3 * DAY)
        rules = {str(first.rule_id), str(second.rule_id)}
        asked = Spending(tuple(sorted(rules)), "EUR", MONDAY, MONDAY + 3 * DAY)
        told = bus.ask(asked)
        expected = summed(rules, "EUR", asked.since, asked.until)
        assert {(it.day, it.rule_id): it.given.amount for it in told} == expected
        assert {it.day for it in told} == {date(2026, 3, 2), date(2026, 3, 3)}
        assert sum(it.carts for it in told if it.rule_id == str(second.rule_id)) == 3
        assert str(other.rule_id) not in {it.rule_id for it in told}

    def test_a_tag_draws_with_all_rules_that_bear_it(self, active):
        one, two = active("one", text()), active("two", text(params={"percent": "50"}))
        with clock.frozen(MONDAY + DAY):
            tagged, alone = budget("100.00", tag=" Spring "), budget("100.00", rule_id=two.rule_id)
        services.tag_rule(rule_id=one.rule_id, tags=["Spring"], tagged_by="user:anna")
        services.tag_rule(rule_id=two.rule_id, tags=["spring", "x"], tagged_by="user:anna")
        priced(MONDAY + DAY)
        with clock.frozen(MONDAY + DAY):
            both, its = standing_of(tagged), standing_of(alone)
        gave = {rule.slug: given.minor for rule, given in both.rules}
        assert both.used.minor == sum(gave.values()) > its.used.minor == gave["two"] > 0

    def test_more_than_400_days_are_not_summed(self):
        with pytest.raises(ValueError, match="400 days"):
            Spending((), "EUR", MONDAY, MONDAY + 401 * DAY)


class TestHowItBurnsDown:
    def burned(self, given: dict[int, int], *, now: float, ends: float = 30):
        by_day = {(MONDAY + it * DAY).date(): minor for it, minor in given.items()}
        return burn_down(
            amount=1000, starts_at=MONDAY, counted_until=MONDAY + ends * DAY, given=by_day,
            now=MONDAY + now * DAY,
        )  # fmt: skip

    def test_it_is_used_up_when_it_goes_on_like_the_last_seven_whole_days(self):
        """Today is no whole day, and what was before these seven does not count."""
        found = self.burned({0: 300, **dict.fromkeys(range(2, 9), 50), 9: 49}, now=9.5)
        assert (found.used, found.per_day, found.left[-1][1]) == (699, 50, 301)
        assert found.used_up_on == (MONDAY + (9.5 + 301 / 50) * DAY).date()

    def test_it_lasts_if_its_end_comes_first(self):
        assert self.burned({0: 100}, now=1.5, ends=5).used_up_on is None

    def test_it_says_the_day_on_which_nothing_was_left(self):
        found = self.burned({0: 600, 2: 500, 3: 1}, now=4.5)
        assert (found.used_up_on, found.over) == ((MONDAY + 2 * DAY).date(), True)

    def test_before_a_whole_day_is_over_and_after_its_end_nothing_is_foretold(self):
        assert self.burned({0: 900}, now=0.9).per_day is None
        over = self.burned({0: 100, 1: 100}, now=40, ends=2.5)
        assert (over.per_day, len(over.left)) == (None, 3)
        assert len(self.burned({}, now=40, ends=2).left) == 2
        assert self.burned({}, now=-1).left == ()


class TestTheChart:
    @pytest.mark.parametrize(
        ("amount", "given", "now", "more"),
        [
            (1000, {}, 0, {}), (1000, {0: 300, 1: 300}, 2.3, {"ends_at": 30}), (1000, {0: 5}, 399, {}),
            (1000, {0: 5000}, 3.2, {}), (1000, {1: -400}, 9, {"ends_at": 20}), (1, {0: 1}, 50, {"ends_at": 2}),
            (1000, {0: 10}, 9, {"ends_at": 20, "closed_at": 4}), (10**18, {0: 1}, 3, {"ends_at": 400}),
        ],
    )  # fmt: skip
    def test_nothing_is_drawn_beside_the_frame(self, amount, given, now, more):
        """Whatever was given, however long it runs, closed or over; what was taken back lies above all."""
        moments = {name: MONDAY + it * DAY for name, it in more.items()}
        drawn = Budget(
            tenant_id=uuid4(), amount_minor=amount, currency="EUR", starts_at=MONDAY, **moments
        )
        by_day = {(MONDAY + it * DAY).date(): minor for it, minor in given.items()}
        at = MONDAY + now * DAY
        burned = burn_down(
            amount=amount, starts_at=MONDAY, counted_until=drawn.counted_until, given=by_day, now=at
        )
        chart = burn_down_chart(Standing(drawn, burned, ()), at)
        points = [
            tuple(map(float, it.split(",")))
            for found in re.findall(r'points="([^"]*)"', chart)
            for it in found.split()
        ]
        assert points
        assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in points), points


class TestTheWatch:
    def test_each_share_is_told_once(self, active):
        """At 80 percent and at 100, to whoever set it; not below, not again, and never once it is closed."""
        rule = active("half", text(params={"percent": "50"}))
        with clock.frozen(MONDAY) as now:
            kept = budget("100.00", rule_id=rule.rule_id)
            for price in ("79.00", "0.98", "0.02", "10.00", "10.00", "50.00"):
                priced(now(), price=price)
                now.advance(timedelta(minutes=1, seconds=1))
                services.watch_budgets()
            assert warnings() == [(80, "80.00"), (100, "100.00")]
            (notice, _) = EventRecord.objects.filter(
                type=AttentionWanted.name, data__kind="budget-used"
            ).order_by("id")
            assert notice.data["people"] == ["user:anna"]
            assert "80 % of the budget Spring are used" in notice.data["sentence"]
            services.close_budget(budget_id=kept.id, closed_by="user:ben")
            assert not BudgetCheck.objects.exists()
            with pytest.raises(BudgetClosedAlready):
                services.close_budget(budget_id=kept.id, closed_by="user:ben")

    def test_it_looks_at_most_once_a_minute_and_not_again_after_the_end(self, active, monkeypatch):
        rule = active("half", text())
        looks = []
        monkeypatch.setattr(
            budgeting, "standing_of", lambda it: looks.append(it) or standing_of(it)
        )
        with clock.frozen(MONDAY) as now:
            budget(rule_id=rule.rule_id, ends_at=MONDAY + DAY)
            for seconds in (0, 20, 41, 20):
                now.advance(timedelta(seconds=seconds))
                services.watch_budgets()
            assert len(looks) == 2
            now.move_to(MONDAY + 2 * DAY)
            services.watch_budgets()
            assert not BudgetCheck.objects.exists()

    @pytest.mark.parametrize(
        "given",
        [
            {"tag": "", "rule_id": None}, {"tag": "x", "rule_id": uuid4()}, {"rule_id": uuid4()},
            {"tag": "x", "amount": "0.00"}, {"tag": "x", "ends_at": MONDAY},
            {"tag": "x", "ends_at": MONDAY + 401 * DAY}, {"tag": "x", "name": " "},
            {"tag": "x", "starts_at": MONDAY - 401 * DAY},
        ],
    )  # fmt: skip
    def test_what_cannot_be_watched_is_refused(self, in_tenant, given):
        with clock.frozen(MONDAY), pytest.raises(BudgetUnsound):
            budget(**given)

    def test_a_budget_stays_what_was_set(self, in_tenant):
        """Neither its amount nor what was told changes, and it is never removed, whoever asks the database."""
        with clock.frozen(MONDAY):
            kept = Budget.objects.filter(id=budget(tag="x").id)
        kept.update(told_percent=80)
        for change in ({"amount_minor": 1}, {"told_percent": 0}, {"ends_at": MONDAY + DAY}):
            with pytest.raises(IntegrityError), transaction.atomic():
                kept.update(**change)
        with pytest.raises(IntegrityError), transaction.atomic():
            kept.delete()


@pytest.mark.django_db(transaction=True)
def test_of_many_watches_one_tells(monkeypatch, tenant_id):
    """Eight look at the same moment and all see that the budget is used up: one of them tells it."""
    identity.found_tenant(tenant_id=tenant_id, slug=f"t-{tenant_id.hex[-12:]}", name="Test shop")
    with tenant_scope(tenant_id):
        kept = services.set_budget(
            name="Race", tag="x", amount=Money.parse("1.00", "EUR"), set_by="user:anna"
        )
    used_up = burn_down(
        amount=100, starts_at=kept.starts_at, counted_until=kept.counted_until,
        given={kept.starts_at.date(): 120}, now=kept.starts_at,
    )  # fmt: skip
    barrier = Barrier(8)

    def look(_: int) -> bool:
        try:
            with tenant_scope(tenant_id):
                barrier.wait()
                return services.tell_used(Standing(kept, used_up, ()))
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        told = sorted(pool.map(look, range(8)))
    assert told == [False] * 7 + [True]
    with tenant_scope(tenant_id):
        assert warnings() == [(100, "1.20")]
        assert Budget.objects.get().told_percent == 100


def client_of(name: str, *scopes: str):
    """`(method, path, body) -> status, answer`, by somebody's own key."""
    owner, _ = identity.register_user(username=name, scopes=list(scopes))
    _, secret = identity.issue_api_key(name=name, scopes=list(scopes), owner=owner)

    def run(method: str, path: str = "", body=None, **headers):
        answer = Client(raise_request_exception=False).generic(
            method, f"/api/v1/rules/budgets{path}", data=json.dumps(body or {}),
            content_type="application/json",
            headers={"Authorization": f"Bearer {secret}", **headers},
        )  # fmt: skip
        return answer.status_code, answer.json()

    return run


def test_a_client_sets_reads_and_closes_a_budget(active):
    """The same key sets one; who may only read may not set; a figure is what carts of its time were given."""
    rule = active("half", text(params={"percent": "50"}))
    run = client_of("anna", "rules:read", "rules:govern")
    body = {
        "name": "Spring", "amount": "100.00", "currency": "EUR", "rule_id": str(rule.rule_id),
    }  # fmt: skip
    first = run("POST", "", body, **{"Idempotency-Key": "one"})
    assert run("POST", "", body, **{"Idempotency-Key": "one"}) == first
    evaluation.evaluate_cart(cart())
    status, shown = run("GET", f"/{first[1]['id']}")
    assert (first[0], status, shown["use"]["percent"]) == (201, 200, 20)
    assert shown["use"]["used"] == {"amount": "20.00", "currency": "EUR"}
    (listed,) = run("GET")[1]["results"]
    assert listed["amount"] == {"amount": "100.00", "currency": "EUR"}
    assert run("POST", "", {**body, "amount": "1.001"})[1]["code"] == "kernel.too-precise"
    assert client_of("ron", "rules:read")("POST", "", body)[0] == 403
    status, closed = run("POST", f"/{shown['id']}/close")
    assert (status, closed["closed_by"]) == (200, "user:anna")
    assert run("POST", f"/{shown['id']}/close")[1]["code"] == "rules.budget-closed"
