"""A withdrawn version answers no new calculation, but every replay; a version that decisions rely on stays."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec
import pytest
from django.db import DatabaseError, transaction

from contexts.calculator import models, services
from contexts.calculator.errors import (
    AlreadyWithdrawn,
    ImpossibleInput,
    StillReliedOn,
    UnknownAlgorithm,
    VersionWithdrawn,
)
from contexts.calculator.messages import (
    AllocateAmount,
    Calculate,
    CalculateBatch,
    ListAlgorithms,
    RecordCalculation,
    WithdrawAlgorithm,
)
from contexts.evaluation.events import CartEvaluated
from shared_kernel import bus, clock
from shared_kernel.eventlog.envelope import envelope_of
from shared_kernel.eventlog.models import EventRecord
from shared_kernel.eventlog.receiving import receive
from shared_kernel.ids import new_id
from shared_kernel.money import Money
from shared_kernel.tenancy import tenant_scope

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("in_tenant")
TEXT = b'{"amounts": [{"amount": "0.10", "currency": "EUR"}],  "currency": "EUR"}'
SUM = msgspec.Raw(TEXT)
GAVE = b'{"total":{"amount":"0.10","currency":"EUR"}}'


def withdraw(**more):
    return bus.send(WithdrawAlgorithm(algorithm="sum", version=1, reason="rounds badly", **more))


def usage():
    return {f"{row.name}@{row.version}": row.uses for row in models.AlgorithmUsage.objects.all()}


class TestAsking:
    def test_the_newest_version_answers_and_is_named(self):
        result = bus.ask(Calculate(algorithm="sum", input=SUM))
        assert (result.algorithm, result.version, bytes(result.output)) == ("sum", 1, GAVE)
        assert result.record is None
        assert not models.CalculationRequest.objects.exists()
        assert not usage()

    def test_a_refusal_in_a_batch_leaves_its_neighbours_alone(self):
        good = Calculate(algorithm="sum", input=SUM)
        bad = Calculate(algorithm="sum", input=msgspec.Raw(b"{}"))
        first, second, third, fourth = bus.ask(
            CalculateBatch((good, bad, Calculate(algorithm="summ", input=SUM), good))
        )
        assert bytes(first.result.output) == bytes(fourth.result.output) == GAVE
        assert (second.refusal.code, second.refusal.status) == ("calculator.impossible-input", 422)
        assert (third.refusal.code, third.refusal.status) == ("calculator.unknown-algorithm", 404)

    def test_an_amount_is_allocated_without_json(self):
        parts = bus.ask(AllocateAmount(Money.parse("0.05", "EUR"), (Decimal(3), Decimal(7))))
        assert [part.minor for part in parts] == [2, 3]


class TestWithdrawing:
    def test_it_answers_replays_only_from_then_on(self, committed):
        bus.ask(
            Calculate(algorithm="sum", input=SUM)
        )  # so that the cache holds what is to be forgotten
        with clock.frozen(NOON), committed():
            standing = withdraw()
        assert standing.withdrawn_at == NOON
        for version in (None, 1):
            with pytest.raises(VersionWithdrawn):
                bus.ask(Calculate(algorithm="sum", input=SUM, version=version))
        with pytest.raises(VersionWithdrawn):
            bus.send(RecordCalculation(algorithm="sum", input=SUM))
        replayed = bus.ask(Calculate(algorithm="sum", input=SUM, version=1, replay=True))
        assert bytes(replayed.output) == GAVE
        told = EventRecord.objects.get(type="calculator.algorithm-withdrawn.v1")
        assert told.stream == "algorithm-sum@1"
        assert told.data["reason"] == "rounds badly"

    def test_another_tenant_goes_on_with_it(self, committed):
        with committed():
            withdraw()
        with tenant_scope(new_id()):
            assert bytes(bus.ask(Calculate(algorithm="sum", input=SUM)).output) == GAVE
            assert not models.Algorithm.objects.exists()

    def test_while_decisions_rely_on_it_it_stays_unless_forced(self):
        with clock.frozen(NOON) as now:
            services.count_uses(algorithms=("sum@1",))
            now.advance(timedelta(days=89, hours=23))
            with pytest.raises(StillReliedOn, match="1 recorded decisions"):
                withdraw()
            assert not models.Algorithm.objects.exists()
            assert not EventRecord.objects.filter(type="calculator.algorithm-withdrawn.v1").exists()
            assert withdraw(forced=True).version == 1
            assert models.Algorithm.objects.get().forced

    def test_after_ninety_days_without_a_decision_it_goes(self):
        with clock.frozen(NOON) as now:
            services.count_uses(algorithms=("sum@1",))
            now.advance(timedelta(days=90))
            assert withdraw().algorithm == "sum"

    def test_it_is_withdrawn_once(self):
        with clock.frozen(NOON):
            withdraw()
            with pytest.raises(AlreadyWithdrawn, match="2026-03-01"):
                withdraw()

    def test_what_was_never_published_cannot_be_withdrawn(self):
        with pytest.raises(UnknownAlgorithm):
            bus.send(WithdrawAlgorithm(algorithm="sum", version=7, reason="never was"))

    def test_the_list_says_where_each_version_stands(self):
        with clock.frozen(NOON):
            services.count_uses(algorithms=("sum@1", "percentage@1"))
            withdraw(forced=True)
        listed = {(each.algorithm, each.version): each for each in bus.ask(ListAlgorithms())}
        assert listed["sum", 1].withdrawn_because == "rounds badly"
        assert listed["sum", 1].withdrawn_at == NOON
        assert listed["percentage", 1].uses == 1
        assert listed["percentage", 1].withdrawn_at is None
        assert [each.algorithm for each in bus.ask(ListAlgorithms("sum"))] == ["sum"]


class TestCounting:
    def test_each_decision_counts_each_version_once_and_the_last_moment_stays(self):
        with clock.frozen(NOON) as now:
            services.count_uses(algorithms=("sum@1", "percentage@1", "sum@1"))
            now.move_to(NOON - timedelta(days=1))  # a delivery that comes late
            services.count_uses(algorithms=("sum@1", "price.of-tomorrow@3"))
        assert usage() == {"sum@1": 2, "percentage@1": 1, "price.of-tomorrow@3": 1}
        assert models.AlgorithmUsage.objects.get(name="sum").last_used_at == NOON

    def test_counts_are_of_one_tenant(self):
        services.count_uses(algorithms=("sum@1",))
        with tenant_scope(new_id()):
            assert not usage()


class TestHearing:
    @pytest.fixture
    def evaluated(self):
        """A cart was evaluated with two algorithms; its envelope, as the relay would hand it over."""
        with bus.unit_of_work():
            zero = Money.zero("EUR")
            bus.publish(CartEvaluated(new_id(), zero, zero, (), ("sum@1", "percentage@1")))
        return envelope_of(EventRecord.objects.get(type=CartEvaluated.name))

    def test_a_decision_counts_once_however_often_it_is_told(self, evaluated):
        for _ in range(3):
            receive("calculator", [evaluated])
        assert usage() == {"sum@1": 1, "percentage@1": 1}

    def test_what_it_relied_on_cannot_be_withdrawn_quietly(self, evaluated):
        receive("calculator", [evaluated])
        with pytest.raises(StillReliedOn):
            withdraw()


class TestRecording:
    def test_request_and_result_are_kept_to_the_byte(self):
        with clock.frozen(NOON):
            result = bus.send(RecordCalculation(algorithm="sum", input=SUM))
        request = models.CalculationRequest.objects.get(id=result.record)
        assert request.input.encode() == TEXT
        assert request.requested_at == NOON
        assert request.results.get().output.encode() == bytes(result.output) == GAVE
        assert usage() == {"sum@1": 1}
        replayed = bus.ask(
            Calculate(
                request.algorithm, msgspec.Raw(request.input.encode()), request.version, replay=True
            )
        )
        assert bytes(replayed.output) == request.results.get().output.encode()

    def test_the_same_key_records_once(self):
        order = RecordCalculation(algorithm="sum", input=SUM)
        first, again = bus.send(order, key="order-1"), bus.send(order, key="order-1")
        assert first.record == again.record
        assert bytes(again.output) == GAVE
        assert models.CalculationRequest.objects.count() == 1
        assert usage() == {"sum@1": 1}

    def test_what_is_refused_leaves_no_trace(self):
        with pytest.raises(ImpossibleInput):
            bus.send(RecordCalculation(algorithm="sum", input=msgspec.Raw(b"{}")), key="order-2")
        assert not models.CalculationRequest.objects.exists()
        assert not usage()

    @pytest.mark.parametrize("change", ["update", "delete"])
    def test_a_record_is_never_changed_or_removed(self, change):
        record = bus.send(RecordCalculation(algorithm="sum", input=SUM)).record
        rows = models.CalculationResult.objects.filter(request_id=record)
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            rows.update(output="{}") if change == "update" else rows.delete()
        assert rows.get().output.encode() == GAVE
