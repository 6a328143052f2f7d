"""The bus between processes: a real gRPC server answers a real channel, and nobody's code knows."""

from __future__ import annotations

import grpc
import pytest
from django.test import override_settings

from shared_kernel import bus
from shared_kernel.bus import registry, remote, server
from shared_kernel.bus.envelopes import Subscription
from shared_kernel.bus.errors import ContextUnreachable
from shared_kernel.bus.topology import Topology, topology_from
from shared_kernel.eventlog import subscriptions
from shared_kernel.resilience import _breakers
from shared_kernel.tenancy import current_tenant, tenant_scope
from tests.integration.shared_kernel.messages import Note, Square, TooLong

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def elsewhere(tmp_path, monkeypatch, settings):
    """`testing` lives at an address; its handlers are seen by the server's threads only."""
    address = f"unix:{tmp_path}/b"
    handlers = {}
    monkeypatch.setattr(server, "handler_of", handlers.get)
    monkeypatch.setattr(
        "shared_kernel.bus.dispatch.event_log",
        lambda: type("Log", (), {"perform_command": staticmethod(lambda c, _k, h, _p: h(c))}),
    )
    settings.TOPOLOGY = Topology(here=frozenset(), elsewhere={"testing": address})
    serving = server.serve(address, threads=4)
    _breakers.clear()
    yield handlers
    serving.stop(grace=None).wait()


class TestACallToAnotherProcess:
    def test_a_question_is_answered_in_the_tenants_scope(self, elsewhere, tenant_id):
        seen = []

        def answer(query: Square) -> int:
            seen.append(current_tenant())
            return query.number**2

        elsewhere[Square] = answer
        with tenant_scope(tenant_id):
            assert bus.ask(Square(number=12)) == 144
        assert seen == [tenant_id]

    def test_a_refusal_arrives_as_the_same_refusal(self, elsewhere, tenant_id):
        def refuse(query: Square) -> int:
            raise TooLong(text=str(query.number), pointers=("/number",))

        elsewhere[Square] = refuse
        with tenant_scope(tenant_id), pytest.raises(TooLong, match="12 is too long") as refusal:
            bus.ask(Square(number=12))
        assert refusal.value.pointers == ("/number",)

    def test_a_command_is_performed_there(self, elsewhere, tenant_id, monkeypatch):
        elsewhere[Note] = lambda command: f"noted {command.text}"
        monkeypatch.setattr("shared_kernel.bus.dispatch.handler_of", elsewhere.get)
        monkeypatch.setattr(registry, "_handlers", {})
        with tenant_scope(tenant_id):
            assert remote.call(remote.address_of("testing"), Note(text="a"), "k") == "noted a"

    def test_without_the_secret_nothing_is_answered(self, elsewhere, tenant_id, settings):
        elsewhere[Square] = lambda query: query.number
        address = remote.address_of("testing")
        channel = grpc.insecure_channel(address)
        with pytest.raises(grpc.RpcError) as refusal:
            channel.unary_unary(remote.CALL)(
                b"{}", timeout=5, metadata=[("authorization", "Bearer x")]
            )
        assert refusal.value.code() == grpc.StatusCode.UNAUTHENTICATED
        channel.close()

    def test_a_neighbour_subscribes_durably_and_the_next_event_is_told_to_it(self, elsewhere):
        assert subscriptions.contexts_elsewhere("testing.noted.v1") == frozenset()
        assert subscriptions.acquaintance() == "testing not heard from yet"
        wanted = Subscription(context="testing", events=("testing.noted.v1",))
        remote.subscribe(remote.address_of("testing"), wanted)
        assert subscriptions.contexts_elsewhere("testing.noted.v1") == {"testing"}
        assert subscriptions.acquaintance() == "ok"

    def test_a_neighbour_that_hears_nothing_is_known_all_the_same(self, elsewhere):
        address = remote.address_of("testing")
        remote.subscribe(address, Subscription(context="testing", events=("testing.noted.v1",)))
        remote.subscribe(address, Subscription(context="testing", events=()))
        assert subscriptions.contexts_elsewhere("testing.noted.v1") == frozenset()
        assert subscriptions.acquaintance() == "ok"


def test_a_neighbour_that_is_away_is_named(tmp_path, settings, tenant_id):
    """It is tried again with jitter within the deadline, and then refused as unreachable."""
    settings.BUS_DEADLINE = 0.5
    address = f"unix:{tmp_path}/nobody"
    _breakers.clear()
    with override_settings(TOPOLOGY=Topology(here=frozenset(), elsewhere={"testing": address})):
        with (
            tenant_scope(tenant_id),
            pytest.raises(ContextUnreachable, match="testing did not answer"),
        ):
            bus.ask(Square(number=1))


class TestTopology:
    def test_a_context_is_here_or_elsewhere_never_both(self):
        with pytest.raises(ValueError, match="choose one"):
            topology_from(["a", "b"], here="all", remotes="a=unix:/x")

    def test_all_but_one(self):
        found = topology_from(["a", "b", "c"], here="all,-b", remotes="b=unix:/x")
        assert (found.here, found.elsewhere) == (frozenset({"a", "c"}), {"b": "unix:/x"})

    def test_a_name_that_is_no_context_is_refused(self):
        with pytest.raises(ValueError, match="zebra"):
            topology_from(["a"], here="a,zebra", remotes="")
