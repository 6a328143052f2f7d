"""Evaluations are sealed afterwards, in batches, each once; and one that is not as it was sealed is named."""

from __future__ import annotations

import threading

import msgspec
import psycopg
import pytest
from django.conf import settings
from django.db import connection

from contexts.evaluation import seals, services
from contexts.evaluation.events import EvaluationsSealed
from contexts.evaluation.messages import CheckSeal
from contexts.evaluation.models import EvaluationRecord
from contexts.identity.services import found_tenant
from shared_kernel import bus
from shared_kernel.eventlog.models import EventRecord
from shared_kernel.ids import new_id
from shared_kernel.tenancy import tenant_scope
from tests.integration.contexts.evaluation.test_pricing import cart

CART = cart((1, "19.90"), (2, "5.00"))


@pytest.fixture(autouse=True)
def _without_a_margin(settings):
    settings.SEAL_AFTER = 0


def told() -> list[EvaluationsSealed]:
    records = EventRecord.objects.filter(type=EvaluationsSealed.name).order_by("version")
    return [msgspec.convert(it.data, EvaluationsSealed) for it in records]


def sealed_ids() -> list:
    return [it.evaluation_id for seal in told() for it in seal.evaluations]


class TestSealing:
    def test_each_evaluation_is_sealed_once_and_in_order(self, in_tenant, monkeypatch):
        monkeypatch.setattr(seals, "AT_ONCE", 2)
        first = [services.evaluate_cart(CART).id for _ in range(3)]
        assert services.seal_evaluations() == 3
        assert services.seal_evaluations() == 0
        second = [it.id for it in services.evaluate_carts([CART, CART])]
        assert services.seal_evaluations() == 2
        assert sealed_ids() == first + second
        assert [len(it.evaluations) for it in told()] == [2, 1, 2]

    def test_what_has_just_been_made_waits_for_the_margin(self, in_tenant, settings):
        """Clocks of two machines differ: what is told a moment later may bear an earlier moment."""
        settings.SEAL_AFTER = 3600
        services.evaluate_cart(CART)
        assert services.seal_evaluations() == 0

    def test_nothing_of_another_tenant_is_sealed(self, in_tenant):
        services.evaluate_cart(CART)
        other = new_id()
        found_tenant(tenant_id=other, slug=f"o-{other.hex[-12:]}", name="Other")
        with tenant_scope(other):
            assert services.seal_evaluations() == 0


@pytest.fixture
def shop(transactional_db):
    tenant = new_id()
    found_tenant(tenant_id=tenant, slug=f"s-{tenant.hex[-12:]}", name="Seals")
    with tenant_scope(tenant):
        yield tenant


@pytest.mark.django_db(transaction=True)
class TestTheRace:
    def test_an_evaluation_that_is_being_written_is_not_passed_by(self, shop):
        """It commits after a later one was ready to be sealed, and is sealed with it, not forgotten."""
        in_mid_air, go_on = threading.Event(), threading.Event()

        def slow() -> None:
            try:
                with tenant_scope(shop), bus.unit_of_work():
                    EvaluationRecord.objects.count()
                    in_mid_air.set()
                    go_on.wait(10)
            finally:
                connection.close()

        writer = threading.Thread(target=slow)
        writer.start()
        in_mid_air.wait(10)
        services.evaluate_cart(CART)
        before = services.seal_evaluations()
        go_on.set()
        writer.join()
        assert (before, services.seal_evaluations()) == (0, 1)

    def test_two_that_seal_at_once_seal_each_evaluation_once(self, shop):
        made = {it.id for it in services.evaluate_carts([CART] * 30)}
        barrier = threading.Barrier(4)

        def seal() -> None:
            try:
                barrier.wait()
                with tenant_scope(shop):
                    services.seal_evaluations()
            finally:
                connection.close()

        threads = [threading.Thread(target=seal) for _ in range(4)]
        for it in threads:
            it.start()
        for it in threads:
            it.join()
        assert len(sealed_ids()) == len(made)
        assert set(sealed_ids()) == made


@pytest.mark.django_db(transaction=True)
class TestChecking:
    """By the owner of the tables, with the triggers off: that is what tampering means."""

    @pytest.fixture
    def tamper(self, shop):
        def run(statement: str) -> None:
            with psycopg.connect(settings.DATABASE_OWNER_URL, autocommit=True) as owner:
                owner.execute("SELECT set_config('verdict.tenant', %s, false)", [str(shop)])
                for table in ("evaluation_evaluationrecord", "eventlog_eventrecord"):
                    owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
                try:
                    owner.execute(statement)
                finally:
                    for table in ("evaluation_evaluationrecord", "eventlog_eventrecord"):
                        owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")

        return run

    @pytest.fixture
    def seal(self, shop):
        services.evaluate_carts([CART] * 3)
        services.seal_evaluations()
        return told()[0]

    def test_what_was_not_touched_fits(self, seal):
        assert bus.ask(CheckSeal(seal=seal)) == ()

    @pytest.mark.parametrize(
        "change",
        [
            "cart = jsonb_set(cart, '{lines,0,quantity}', '9')",
            "priced = jsonb_set(priced, '{totals,due,amount}', '\"0.01\"')",
            'rule_sets = \'{"a": "b"}\'',
            "facts_hash = 'x'",
            "total_minor = total_minor + 1",
            "discount_minor = discount_minor + 1",
            "currency = 'USD'",
            "evaluated_at = evaluated_at + interval '1 microsecond'",
        ],
    )
    def test_a_change_of_any_column_is_named(self, seal, tamper, change):
        victim = seal.evaluations[1].evaluation_id
        tamper(f"UPDATE evaluation_evaluationrecord SET {change} WHERE id = '{victim}'")
        assert [(it.evaluation_id, it.problem) for it in bus.ask(CheckSeal(seal=seal))] == [
            (victim, "changed")
        ]

    @pytest.mark.parametrize("table", ["evaluation_evaluationrecord", "eventlog_eventrecord"])
    def test_a_removed_row_is_named(self, seal, tamper, table):
        victim = seal.evaluations[2]
        column = victim.evaluation_id if table.startswith("evaluation") else victim.event_id
        tamper(f"DELETE FROM {table} WHERE id = '{column}'")
        assert [(it.evaluation_id, it.problem) for it in bus.ask(CheckSeal(seal=seal))] == [
            (victim.evaluation_id, "missing")
        ]

    def test_an_evaluation_that_was_put_in_is_named(self, seal, tamper):
        """With its event, and a moment among those of the seal."""
        model, event, put_in = seal.evaluations[0], new_id(), new_id()
        tamper(
            "INSERT INTO evaluation_evaluationrecord SELECT (jsonb_populate_record(t, "
            f"jsonb_build_object('id', '{put_in}'::uuid))).* FROM evaluation_evaluationrecord t "
            f"WHERE id = '{model.evaluation_id}'"
        )
        tamper(
            "INSERT INTO eventlog_eventrecord SELECT (jsonb_populate_record(t, jsonb_build_object("
            f"'id', '{event}'::uuid, 'stream', 'put-in', 'data', t.data || '{{\"evaluation_id\": \"{put_in}\"}}', "
            "'occurred_at', t.occurred_at + interval '1 microsecond'))).* "
            f"FROM eventlog_eventrecord t WHERE id = '{model.event_id}'"
        )
        assert [(it.evaluation_id, it.problem) for it in bus.ask(CheckSeal(seal=seal))] == [
            (put_in, "put in")
        ]
        assert EvaluationRecord.objects.count() == 4
