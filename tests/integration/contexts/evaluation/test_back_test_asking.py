"""Asking for a back-test: once for one content, of what can be tested, judged by limits."""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier
from uuid import uuid4

import msgspec
import pytest
from django.db import connection

from contexts.evaluation import services
from contexts.evaluation.errors import (
    DraftUnsound,
    NothingToTest,
    PointWithoutPrices,
    SourceUnclear,
    TooManyBackTests,
)
from contexts.evaluation.messages import (
    BackTestLimits,
    BackTestSummary,
    DraftUnderTest,
    StartBackTest,
)
from contexts.evaluation.models import BackTest, BackTestWork
from contexts.evaluation.services import back_tests as asking
from contexts.identity.services import found_tenant
from contexts.rules import services as rules
from shared_kernel import bus
from shared_kernel.errors import DomainError, Invalid, NotFound
from shared_kernel.tenancy import tenant_scope
from tests.integration.contexts.conftest import text
from tests.integration.contexts.evaluation.back_tests import (
    LINES,
    ask,
    changed,
    keep,
    new_rule,
    run,
)
from tests.integration.contexts.evaluation.order_files import drawn, written


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
            ask(
                changed(dozen),
                DraftUnderTest(LINES, new_rule(text("line.quanty > 1"))),
                file=orders,
            )
        assert refusal.value.pointers == ("/drafts/1/rule/condition",)

    def test_so_many_are_under_way_and_no_more(self, monkeypatch, dozen, orders):
        monkeypatch.setattr(asking, "UNDER_WAY_AT_MOST", 1)
        first = ask(changed(dozen, condition="true"), file=orders)
        with pytest.raises(TooManyBackTests):
            ask(changed(dozen, condition="false"), file=orders)
        run(first)
        ask(changed(dozen, condition="false"), file=orders)

    @pytest.mark.parametrize(
        "content", [{"rule_id": "x" * 65}, {"name": "n" * 121}, {"version": 2**31}, {"rule_id": ""}]
    )
    def test_a_draft_beyond_what_rules_keep_to_is_refused(self, dozen, orders, content):
        draft = changed(dozen)
        beyond = DraftUnderTest(LINES, msgspec.structs.replace(draft.rule, **content))
        with pytest.raises(Invalid):
            ask(beyond, file=orders)

    def test_a_rule_is_drafted_once(self, dozen, orders):
        with pytest.raises(Invalid, match="drafted twice"):
            ask(changed(dozen), changed(dozen, condition="true"), file=orders)

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


@pytest.mark.django_db(transaction=True)
def test_of_many_who_ask_for_one_content_one_starts_it(monkeypatch, tenant_id):
    """Eight people press the button at once: one back-test, and seven are told that it is under way."""
    monkeypatch.setattr(asking.current_app, "send_task", lambda *_, **__: None)
    found_tenant(tenant_id=tenant_id, slug=f"t-{tenant_id.hex[-12:]}", name="Test shop")
    barrier = Barrier(8)
    with tenant_scope(tenant_id):
        orders = keep(written(drawn(random.Random(5), 10)))
    draft = DraftUnderTest(LINES, new_rule(text("line.quantity >= 6")))

    def press(_: int) -> str:
        try:
            with tenant_scope(tenant_id):
                barrier.wait()
                return ask(draft, file=orders).status
        except DomainError as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        outcomes = Counter(pool.map(press, range(8)))
    assert outcomes == {"waiting": 1, "evaluation.back-test-under-way": 7}
    with tenant_scope(tenant_id):
        assert BackTest.objects.count() == BackTestWork.objects.count() == 1
