"""Back-tests run once, whoever is killed; and what is over stands."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import Error, connection, transaction

from contexts.evaluation import queries, services, tasks
from contexts.evaluation.errors import (
    BackTestUnderWay,
)
from contexts.evaluation.messages import (
    DraftUnderTest,
    NewestBackTest,
)
from contexts.evaluation.models import BackTestWork, OrderPiece
from contexts.evaluation.services import back_tests as asking
from contexts.evaluation.services import order_files as keeping
from contexts.evaluation.services import running
from contexts.identity.services import found_tenant
from shared_kernel import bus, clock
from shared_kernel.eventlog.models import EventRecord
from shared_kernel.tenancy import tenant_scope
from tests.integration.contexts.conftest import text
from tests.integration.contexts.evaluation.back_tests import (
    LINES,
    ask,
    changed,
    keep,
    new_rule,
    result,
    run,
)
from tests.integration.contexts.evaluation.order_files import drawn, written


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

    def test_it_takes_turns_with_what_else_a_worker_has_to_do(self, monkeypatch, dozen):
        """A long run puts its claim away after a while, for whoever is next, and counts the same."""
        monkeypatch.setattr(keeping, "ORDERS_A_PIECE", 10)
        orders = keep(written(drawn(random.Random(6), 50)))
        draft = changed(dozen, condition="true")
        whole = result(run(ask(draft, file=orders)))
        monkeypatch.setattr(running, "SECONDS_A_TURN", 0)
        test, done = ask(draft, file=orders), []
        while not test.is_over:
            services.run_back_test(test.id)
            test.refresh_from_db()
            done.append(test.carts_done)
        assert done == [10, 20, 30, 40, 50, 50]
        assert result(test) == whole

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


@pytest.mark.django_db(transaction=True)
def test_of_many_workers_one_runs_it(monkeypatch, tenant_id):
    """Eight are told of one back-test at the same moment, as a queue that repeats itself tells them."""
    told, ran, barrier = [], [], Barrier(8)
    real = running._run
    monkeypatch.setattr(running, "_run", lambda *given: ran.append(1) or real(*given))
    monkeypatch.setattr(
        asking.current_app, "send_task", lambda name, given, **_: told.append((name, given))
    )
    found_tenant(tenant_id=tenant_id, slug=f"t-{tenant_id.hex[-12:]}", name="Test shop")
    with tenant_scope(tenant_id):
        orders = keep(written(drawn(random.Random(5), 60)))
        test = ask(DraftUnderTest(LINES, new_rule(text("line.quantity >= 6"))), file=orders)
    assert told == [("evaluation.run_back_test", (str(tenant_id), str(test.id)))]

    def work(_: int) -> None:
        try:
            barrier.wait()
            tasks.run_back_test(*told[0][1])
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    with tenant_scope(tenant_id):
        test.refresh_from_db()
        assert (len(ran), test.carts_done) == (1, 60)
        assert result(test).carts == 60
        finished = EventRecord.objects.filter(type="evaluation.back-test-finished.v1")
        assert finished.count() == 1
