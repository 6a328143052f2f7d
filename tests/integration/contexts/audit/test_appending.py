"""What is appended fits, whoever appends it; and nobody the database can hinder changes what was."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import msgspec
import psycopg
import pytest
from django.conf import settings
from django.db import Error, connection, transaction

from contexts.audit import services
from contexts.audit.handlers import NOT_ONE_BY_ONE
from contexts.audit.models import AuditEntry, AuditHead
from contexts.audit.policies.chain import START, hash_of, sealed
from contexts.identity.services import found_tenant, register_user
from shared_kernel import bus
from shared_kernel.bus.messages import known_messages
from shared_kernel.bus.registry import listening_contexts
from shared_kernel.eventlog.models import EventRecord
from shared_kernel.ids import new_id
from shared_kernel.tenancy import tenant_scope
from tests.acting import act_on
from tests.integration.contexts.audit.conftest import AT, act
from tests.integration.contexts.conftest import deliver, text


class TestTheChain:
    def test_numbers_have_no_gaps_and_each_hash_is_of_all_before(self, chain):
        assert [it.sequence for it in chain] == [1, 2, 3, 4, 5, 6, 7]
        assert [it.previous_hash for it in chain] == [START, *(it.hash for it in chain[:-1])]
        head = AuditHead.objects.get()
        assert (head.sequence, head.hash) == (7, chain[-1].hash)

    def test_what_is_read_again_hashes_to_the_same(self, chain):
        """Text, moments to the microsecond and ids come back from the database as they were hashed."""
        assert [hash_of(it.value) for it in AuditEntry.objects.order_by("sequence")] == [
            it.hash for it in chain
        ]
        assert AuditEntry.objects.get(sequence=1).data == '{"a":"Käse 🧀","b":1}'

    def test_an_event_heard_twice_is_one_entry(self, chain):
        """Should its inbox row be pruned before it comes again, the event's id is still there."""
        again = msgspec.structs.replace(
            chain[-1], id=new_id(), sequence=8, previous_hash=chain[-1].hash
        )
        with pytest.raises(Error, match="audit_entry_once"), transaction.atomic():
            AuditEntry.of(sealed(again)).save(force_insert=True)
        assert AuditHead.objects.get().sequence == 7


class TestWhatIsHeard:
    def test_every_event_of_every_context_is_heard_or_sealed(self):
        """A context that tells something new tomorrow is in the chain by itself; this fails if it is not."""
        ours = {
            name: kind
            for name, kind in known_messages().items()
            if issubclass(kind, bus.Event)
            and kind.__module__.startswith(("contexts.", "shared_kernel."))
        }
        unheard = {it for it in ours if "audit" not in listening_contexts(it)}
        assert unheard == NOT_ONE_BY_ONE
        assert len(ours) > 15

    def test_an_act_is_kept_with_who_did_it_and_all_that_was_told(self, approved):
        version = approved("ten", text())
        deliver()
        kept = AuditEntry.objects.filter(subject=f"rule-{version.rule_id}").order_by("sequence")
        assert [it.type for it in kept] == [
            "rules.rule-drafted.v1", "rules.rule-submitted.v1", "rules.rule-approved.v1"
        ]  # fmt: skip
        told = EventRecord.objects.get(type="rules.rule-approved.v1")
        entry = kept[2]
        assert (entry.event_id, entry.version, entry.occurred_at) == (
            told.id, told.version, told.occurred_at
        )  # fmt: skip
        assert msgspec.json.decode(entry.data) == told.data
        assert entry.actor == told.metadata["actor"]
        assert entry.correlation == told.metadata["correlation"]

    def test_an_act_names_the_one_that_caused_it(self, active):
        """The set of rules changed because a rule was activated, for the same request."""
        active("ten", text())
        deliver()
        caused = AuditEntry.objects.get(type="calculation.rule-set-changed.v1")
        cause = AuditEntry.objects.get(type="rules.rule-activated.v1")
        assert caused.causation == str(cause.event_id)
        assert (caused.correlation, caused.actor) == (cause.correlation, cause.actor)

    def test_only_a_listener_knows_what_is_being_heard(self):
        with pytest.raises(RuntimeError, match="only a listener"):
            bus.being_heard()

    def test_administrative_acts_are_kept(self, in_tenant):
        register_user(username=f"new-{in_tenant.hex}", scopes=["rules:read"])
        deliver()
        assert AuditEntry.objects.get().type == "identity.user-registered.v1"


class TestSqlAsTheApplicationsRole:
    """The database holds the chain together by itself."""

    def test_no_entry_is_changed_or_removed(self, chain):
        for statement in (
            "UPDATE audit_auditentry SET actor = 'x'",
            "DELETE FROM audit_auditentry",
        ):
            with pytest.raises(Error, match="append-only"), transaction.atomic():
                connection.cursor().execute(statement)

    @pytest.mark.parametrize(
        "wrong",
        [
            {"sequence": 9},
            {"sequence": 7},
            {"previous_hash": "f" * 64},
            {"hash": "f" * 64},
        ],
        ids=str,
    )
    def test_no_entry_is_appended_that_does_not_fit(self, chain, wrong):
        rehashed = {"hash": ""} if "hash" not in wrong else {}
        entry = msgspec.structs.replace(
            chain[-1], id=new_id(), event_id=new_id(), sequence=8, previous_hash=chain[-1].hash
        )
        entry = msgspec.structs.replace(sealed(entry), **wrong)
        entry = sealed(entry) if rehashed else entry
        with pytest.raises(Error, match=r"behind the head|hash of an entry"), transaction.atomic():
            AuditEntry.of(entry).save(force_insert=True)

    def test_the_right_entry_is_appended_by_sql_too_and_moves_the_head(self, chain):
        """Otherwise the refusals above would prove nothing."""
        entry = sealed(
            msgspec.structs.replace(
                chain[-1], id=new_id(), event_id=new_id(), sequence=8, previous_hash=chain[-1].hash
            )
        )
        AuditEntry.of(entry).save(force_insert=True)
        assert AuditHead.objects.get().hash == entry.hash

    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE audit_audithead SET sequence = sequence - 1",
            "UPDATE audit_audithead SET sequence = sequence + 1",
            "UPDATE audit_audithead SET hash = repeat('f', 64)",
            "DELETE FROM audit_audithead",
        ],
    )
    def test_the_head_moves_with_an_entry_only(self, chain, statement):
        with pytest.raises(Error, match="head"), transaction.atomic():
            connection.cursor().execute(statement)

    def test_the_database_hashes_what_python_hashes(self, in_tenant):
        """Every kind of text: the trigger refuses an entry on whose bytes the two disagree."""
        for data in ('"\\u0001\\n\\t"', '"é🧀\u2028"', '{"a":[1.5,1e300,null,true]}', '""'):
            services.record_act(act(data=data.encode(), actor="🧀" * 50, stream="a:b,c"))
        services.record_act(act(occurred_at=AT.replace(year=1969)))
        assert AuditHead.objects.get().sequence == 5


@pytest.mark.django_db(transaction=True)
class TestTheRace:
    def test_two_workers_never_fork_the_chain(self, transactional_db):
        """Eight workers append at once, from the very first entry on: one chain, no gap, nobody refused."""
        tenant, workers, each = new_id(), 8, 5
        found_tenant(tenant_id=tenant, slug=f"r-{tenant.hex[-12:]}", name="Race")
        barrier = Barrier(workers)

        def work(_: int) -> None:
            try:
                barrier.wait()
                with tenant_scope(tenant):
                    for _ in range(each):
                        services.record_act(act())
            finally:
                connection.close()

        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(work, range(workers)))
        with tenant_scope(tenant):
            entries = list(AuditEntry.objects.order_by("sequence"))
        assert [it.sequence for it in entries] == list(range(1, workers * each + 1))
        hashes = [START, *(it.hash for it in entries)]
        assert [it.previous_hash for it in entries] == hashes[:-1]

    def test_an_entry_that_was_computed_before_another_came_is_refused(self, transactional_db):
        """Without the lock the constraint and the trigger settle it: the second of two forks is not stored."""
        tenant = new_id()
        found_tenant(tenant_id=tenant, slug=f"r-{tenant.hex[-12:]}", name="Race")
        with tenant_scope(tenant):
            first = services.record_act(act())
            fork = sealed(
                msgspec.structs.replace(
                    first, id=new_id(), event_id=new_id(), sequence=2, previous_hash=first.hash
                )
            )
            services.record_act(act())
            with pytest.raises(Error, match="behind the head"), bus.act():
                AuditEntry.of(fork).save(force_insert=True)
            with pytest.raises(Error, match="own acts only"):
                AuditEntry.of(fork).save(force_insert=True)

    def test_even_the_owner_changes_nothing(self, transactional_db):
        tenant = new_id()
        found_tenant(tenant_id=tenant, slug=f"r-{tenant.hex[-12:]}", name="Race")
        with tenant_scope(tenant):
            services.record_act(act())
        with psycopg.connect(settings.DATABASE_OWNER_URL) as owner:
            owner.execute("SELECT set_config('verdict.tenant', %s, false)", [str(tenant)])
            act_on(owner)
            with pytest.raises(psycopg.Error, match="append-only"):
                owner.execute("UPDATE audit_auditentry SET actor = 'x'")
