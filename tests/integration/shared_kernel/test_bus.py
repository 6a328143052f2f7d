"""Asking, sending and publishing, against the real event log."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import msgspec
import pytest
from django.db import connection, transaction

from shared_kernel import bus, clock
from shared_kernel.bus import registry
from shared_kernel.bus.errors import ContextAbsent, RefusedInsideUnitOfWork
from shared_kernel.errors import ConcurrentUpdate
from shared_kernel.eventlog import relay, tasks
from shared_kernel.eventlog.envelope import CloudEvent, envelope_of
from shared_kernel.eventlog.models import Delivery, EventRecord, InboxEntry, Once
from shared_kernel.eventlog.once import KeyReused, StillInFlight
from shared_kernel.eventlog.receiving import acknowledge, receive, replay
from shared_kernel.tenancy import across_tenants, tenant_scope
from tests.integration.shared_kernel.messages import Nobody, Note, Noted, Square, TooLong

CONTEXT = __name__


@pytest.fixture
def heard(monkeypatch):
    """What the tests' listener has heard; it refuses what says so."""
    texts: list[str] = []

    def listen(event: Noted) -> None:
        texts.append(event.text)
        if event.text.startswith("broken"):
            raise ValueError("cannot hear this")

    monkeypatch.setitem(registry._listeners, Noted.name, [registry.Listener(CONTEXT, listen)])
    return texts


@pytest.fixture
def performed(monkeypatch):
    """What was written down, by a handler that uses a unit of work of its own."""
    texts: list[str] = []

    def perform(command: Note) -> str:
        if command.text == "too long":
            raise TooLong(text=command.text)
        with bus.unit_of_work():
            texts.append(command.text)
            bus.publish(Noted(text=command.text))
        return f"noted {command.text}"

    monkeypatch.setitem(registry._handlers, Note, perform)
    return texts


def deliver_everything() -> None:
    """What relay and worker do, in this process."""
    for delivery in Delivery.objects.filter(status="pending").order_by("version"):
        receive(delivery.context, [envelope_of(EventRecord.objects.get(id=delivery.event_id))])


class TestAsk:
    def test_the_answer_of_whoever_answers(self, monkeypatch):
        monkeypatch.setitem(registry._handlers, Square, lambda query: query.number**2)
        assert bus.ask(Square(number=7)) == 49

    def test_a_context_that_is_nowhere_is_named(self):
        with pytest.raises(ContextAbsent, match="nowhere is neither in this process"):
            bus.ask(Nobody())

    def test_nobody_asks_or_sends_inside_a_unit_of_work(self, in_tenant, performed):
        """After a split it would be a network call in a transaction."""
        with bus.unit_of_work():
            with pytest.raises(RefusedInsideUnitOfWork):
                bus.ask(Square(number=1))
            with pytest.raises(RefusedInsideUnitOfWork):
                bus.send(Note(text="no"))
        assert performed == []


class TestPublish:
    def test_an_event_outside_a_unit_of_work_is_refused(self):
        with pytest.raises(RuntimeError, match="publish inside a unit of work"):
            bus.publish(Noted(text="lost"))

    def test_what_is_rolled_back_was_never_told(self, in_tenant, heard):
        with pytest.raises(ZeroDivisionError), bus.unit_of_work():
            bus.publish(Noted(text="a"))
            raise ZeroDivisionError
        assert EventRecord.objects.count() == Delivery.objects.count() == 0

    def test_versions_count_up_within_a_stream(self, in_tenant, heard):
        with bus.unit_of_work():
            for page, text in (("1", "a"), ("2", "b"), ("1", "c")):
                bus.publish(Noted(text=text, page=page))
        found = EventRecord.objects.order_by("id").values_list("stream", "version")
        assert list(found) == [("page-1", 1), ("page-2", 1), ("page-1", 2)]

    def test_what_nobody_could_hear_is_not_told(self, in_tenant, heard):
        """A row that was deleted has no id any more, say: the act fails, and no context waits for the message for ever."""
        with pytest.raises(msgspec.ValidationError, match="text"), bus.unit_of_work():
            bus.publish(Noted(text=None))
        assert not EventRecord.objects.exists()

    def test_units_of_work_do_not_nest(self, in_tenant):
        with bus.unit_of_work(), pytest.raises(RuntimeError, match="one transaction"):
            with bus.unit_of_work():
                pass

    def test_an_event_never_changes(self, in_tenant, heard):
        with bus.unit_of_work():
            bus.publish(Noted(text="a"))
        with pytest.raises(Exception, match="append-only"), transaction.atomic():
            EventRecord.objects.update(type="x")
        with pytest.raises(Exception, match="append-only"), transaction.atomic():
            EventRecord.objects.all().delete()

    def test_the_envelope_is_a_cloud_event(self, in_tenant, heard):
        with bus.unit_of_work():
            bus.publish(Noted(text="a"))
        envelope = envelope_of(EventRecord.objects.get())
        assert isinstance(envelope, CloudEvent)
        assert (envelope.specversion, envelope.type, envelope.subject) == (
            "1.0",
            Noted.name,
            "page-1",
        )
        assert envelope.message() == Noted(text="a")

    @pytest.mark.django_db(transaction=True)
    def test_two_writers_of_one_stream_do_not_both_win_silently(self, tenant_id, heard):
        """Of racing writers each gets its own version, or is told that somebody was quicker."""
        barrier = Barrier(8)

        def write(number: int) -> str:
            try:
                with tenant_scope(tenant_id), bus.unit_of_work():
                    barrier.wait()
                    bus.publish(Noted(text=str(number)))
            except ConcurrentUpdate:
                return "told"
            finally:
                connection.close()
            return "written"

        with ThreadPoolExecutor(8) as pool:
            outcomes = list(pool.map(write, range(8)))
        with tenant_scope(tenant_id):
            versions = sorted(EventRecord.objects.values_list("version", flat=True))
        assert versions == list(range(1, outcomes.count("written") + 1))
        assert outcomes.count("written") >= 1


class TestReceive:
    def test_an_event_that_comes_twice_is_heard_once(self, in_tenant, heard):
        with bus.unit_of_work():
            bus.publish(Noted(text="a"))
        envelope = envelope_of(EventRecord.objects.get())
        for _ in range(3):
            receive(CONTEXT, [envelope])
        assert heard == ["a"]
        assert InboxEntry.objects.count() == 1
        assert Delivery.objects.count() == 0

    def test_after_a_failure_the_stream_waits_and_its_neighbours_flow(self, in_tenant, heard):
        with bus.unit_of_work():
            bus.publish(Noted(text="broken", page="1"))
            bus.publish(Noted(text="after it", page="1"))
            bus.publish(Noted(text="beside it", page="2"))
        envelopes = [envelope_of(it) for it in EventRecord.objects.order_by("id")]
        receive(CONTEXT, envelopes)
        assert heard == ["broken", "beside it"]
        left = Delivery.objects.order_by("version").values_list("stream", "attempts")
        assert list(left) == [("page-1", 1), ("page-1", 0)]
        assert InboxEntry.objects.count() == 1

    def test_after_too_many_failures_a_message_is_parked_and_can_be_replayed(
        self, in_tenant, heard, settings
    ):
        settings.DELIVERY_ATTEMPTS = 2
        with bus.unit_of_work():
            bus.publish(Noted(text="broken"))
        for _ in range(2):
            deliver_everything()
        parked = Delivery.objects.get()
        assert (parked.status, parked.attempts) == ("parked", 2)
        assert "cannot hear this" in parked.error
        replay(parked)
        parked.refresh_from_db()
        assert (parked.status, parked.attempts) == ("pending", 0)
        replay(parked)  # it is on its way already: nothing more is done or told
        told = EventRecord.objects.get(type="eventlog.message-replayed.v1")
        assert (told.data["event_id"], told.data["context"]) == (str(parked.event_id), CONTEXT)

    def test_a_listener_may_tell_more_in_the_same_transaction(self, in_tenant, monkeypatch):
        def listen(event: Noted) -> None:
            with bus.unit_of_work():
                bus.publish(Noted(text="heard " + event.text, page="9"))
            raise ValueError("and then it broke")

        monkeypatch.setitem(registry._listeners, Noted.name, [registry.Listener(CONTEXT, listen)])
        with bus.unit_of_work():
            bus.publish(Noted(text="a"))
        receive(CONTEXT, [envelope_of(EventRecord.objects.get())])
        assert EventRecord.objects.count() == 1


class TestSend:
    def test_the_same_key_is_performed_once_and_answered_alike(self, in_tenant, performed):
        answers = [bus.send(Note(text="a"), key="k") for _ in range(3)]
        assert answers == ["noted a"] * 3
        assert performed == ["a"]

    def test_a_key_belongs_to_its_first_content(self, in_tenant, performed):
        bus.send(Note(text="a"), key="k")
        with pytest.raises(KeyReused):
            bus.send(Note(text="b"), key="k")
        assert performed == ["a"]

    def test_a_refusal_gives_the_key_back(self, in_tenant, performed):
        with pytest.raises(TooLong):
            bus.send(Note(text="too long"), key="k")
        assert Once.objects.count() == 0

    def test_without_a_key_every_order_is_one(self, in_tenant, performed):
        bus.send(Note(text="a"))
        bus.send(Note(text="a"))
        assert performed == ["a", "a"]

    @pytest.mark.django_db(transaction=True)
    def test_of_many_at_once_one_performs(self, tenant_id, performed):
        """Twenty senders race with one key; one performs, the rest get its answer or are told to wait."""
        barrier = Barrier(20)

        def order(_: int) -> str:
            try:
                with tenant_scope(tenant_id):
                    barrier.wait()
                    return bus.send(Note(text="a"), key="k")
            except StillInFlight:
                return "in flight"
            finally:
                connection.close()

        with ThreadPoolExecutor(20) as pool:
            answers = set(pool.map(order, range(20)))
        assert performed == ["a"]
        assert answers <= {"noted a", "in flight"}
        assert "noted a" in answers


def test_only_ids_are_seen_across_tenants(in_tenant, heard):
    """The outbox is a work list; what was said stays with its tenant."""
    with bus.unit_of_work():
        bus.publish(Noted(text="secret"))
    with across_tenants("the test looks at what the relay sees"):
        assert Delivery.objects.count() == 1
        assert EventRecord.objects.count() == 0


def test_a_backlog_waits_in_the_outbox_while_a_context_has_enough_under_way(
    in_tenant, heard, monkeypatch
):
    """Handed out are whole batches until six are under way, and more only after an acknowledgement."""
    queued: list[str] = []
    monkeypatch.setattr(relay, "BATCH", 4)
    monkeypatch.setattr(relay, "UNDER_WAY", 6)
    monkeypatch.setattr(tasks.deliver, "apply_async", lambda given, **_: queued.append(given[1]))
    with bus.unit_of_work():
        for number in range(20):
            bus.publish(Noted(text="x", page=str(number)))
    # within this test's transaction the database's clock stands still
    Delivery.objects.update(due_at=clock.now() - timedelta(minutes=1))
    assert [relay.relay_once() for _ in range(4)] == [4, 4, 0, 0]
    under_way = Delivery.objects.filter(due_at__gt=clock.now())
    for delivery in under_way[:3]:
        acknowledge(CONTEXT, in_tenant, delivery.event_id, error="")
    assert [relay.relay_once() for _ in range(2)] == [4, 0]
    told = [event["subject"] for batch in queued for event in json.loads(batch)]
    assert len(told) == len(set(told)) == 12
