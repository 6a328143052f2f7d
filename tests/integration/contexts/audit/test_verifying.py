"""Whoever tampers with the tables themselves is found out: by page of the chain, by command, by an export."""

from __future__ import annotations

import json
from io import StringIO

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError

from contexts.audit import queries, services
from contexts.audit.models import AuditEntry
from contexts.evaluation import services as evaluation
from contexts.evaluation.models import EvaluationRecord
from contexts.identity.services import found_tenant
from shared_kernel.eventlog.models import Delivery
from shared_kernel.ids import new_id
from shared_kernel.tenancy import tenant_scope
from tests.integration.contexts.audit.conftest import act
from tests.integration.contexts.conftest import deliver, text
from tests.integration.contexts.evaluation.test_pricing import cart

PUT_IN = (
    "INSERT INTO audit_auditentry SELECT (jsonb_populate_record(e, jsonb_build_object("
    "'id', gen_random_uuid(), 'event_id', gen_random_uuid(), 'sequence', 8))).* "
    "FROM audit_auditentry e WHERE sequence = 7"
)
TABLES = ("audit_auditentry", "audit_audithead", "evaluation_evaluationrecord")


def named() -> list[tuple[int, str]]:
    return [(it.sequence, it.problem) for it in queries.verification().findings]


class TestUntouched:
    def test_a_chain_holds(self, chain):
        found = queries.verification()
        assert (found.holds, found.complete, found.entries, found.last) == (True, True, 7, 7)

    def test_an_empty_one_too(self, in_tenant):
        assert queries.verification().holds

    def test_it_is_walked_in_parts(self, chain, monkeypatch):
        monkeypatch.setattr(queries, "PAGE", 2)
        first = queries.verification(most=4)
        assert (first.holds, first.complete, first.last, first.entries) == (True, False, 4, 4)
        second = queries.verification(after=first.last, most=4)
        assert (second.holds, second.complete, second.last, second.entries) == (True, True, 7, 3)

    def test_the_sealed_evaluations_are_compared(self, in_tenant, settings):
        settings.SEAL_AFTER = 0
        evaluation.evaluate_carts([cart((1, "5.00"))] * 3)
        evaluation.seal_evaluations()
        deliver()
        found = queries.verification()
        assert (found.holds, found.evaluations, found.unchecked) == (True, 3, "")
        assert AuditEntry.objects.get().type == "evaluation.evaluations-sealed.v1"

    def test_so_many_evaluations_are_compared_at_once(self, in_tenant, settings):
        """A request that walks does not read all that was ever priced: it goes on where it ended."""
        settings.SEAL_AFTER = 0
        for _ in range(3):
            evaluation.evaluate_carts([cart((1, "5.00"))] * 2)
            evaluation.seal_evaluations()
        deliver()
        first = queries.verification(most_evaluations=4)
        assert (first.holds, first.complete, first.last, first.evaluations) == (True, False, 2, 4)
        second = queries.verification(after=first.last, most_evaluations=4)
        assert (second.complete, second.evaluations) == (True, 2)


@pytest.fixture
def shop(transactional_db, settings):
    """Six acts and a seal, committed, so that the owner of the tables sees them."""
    settings.SEAL_AFTER = 0
    tenant = new_id()
    found_tenant(tenant_id=tenant, slug=f"v-{tenant.hex[-12:]}", name="Verified")
    with tenant_scope(tenant):
        for number in range(1, 7):
            services.record_act(act(version=number))
        evaluation.evaluate_carts([cart((1, "5.00"))] * 2)
        evaluation.seal_evaluations()
        deliver()
        yield tenant


@pytest.fixture
def tamper(shop):
    """As the owner of the tables, with the triggers off: that is what tampering means."""

    def run(*statements: str) -> None:
        with psycopg.connect(settings.DATABASE_OWNER_URL, autocommit=True) as owner:
            owner.execute("SELECT set_config('verdict.tenant', %s, false)", [str(shop)])
            for table in TABLES:
                owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            try:
                for statement in statements:
                    owner.execute(statement)
            finally:
                for table in TABLES:
                    owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")

    return run


@pytest.mark.django_db(transaction=True)
class TestTampering:
    @pytest.mark.parametrize(
        ("statements", "findings"),
        [
            (["UPDATE audit_auditentry SET actor = 'user:x' WHERE sequence = 3"], [(3, "changed")]),
            (
                ["UPDATE audit_auditentry SET occurred_at = 'infinity' WHERE sequence = 3"],
                [(3, "changed")],
            ),
            (["DELETE FROM audit_auditentry WHERE sequence = 3"], [(3, "missing")]),
            (["DELETE FROM audit_auditentry WHERE sequence = 1"], [(1, "missing")]),
            # the seal alone is an event of this shop
            (
                ["DELETE FROM audit_auditentry WHERE sequence > 5"],
                [(6, "missing"), (0, "unheard")],
            ),
            (["DELETE FROM audit_auditentry"], [(1, "missing"), (0, "unheard")]),
            (
                [
                    "UPDATE audit_auditentry SET sequence = 99 WHERE sequence = 2",
                    "UPDATE audit_auditentry SET sequence = 2 WHERE sequence = 5",
                    "UPDATE audit_auditentry SET sequence = 5 WHERE sequence = 99",
                ],
                [(2, "changed"), (5, "changed")],
            ),
            (["UPDATE audit_audithead SET sequence = 5"], [(5, "head"), (6, "beyond-the-head")]),
            (["UPDATE audit_audithead SET hash = repeat('f', 64)"], [(7, "head")]),
            (["DELETE FROM audit_audithead"], [(7, "head")]),
            (
                [PUT_IN],
                [(8, "beyond-the-head")],
            ),
            (["UPDATE evaluation_evaluationrecord SET total_minor = 1"], [(7, "evaluation")] * 2),
        ],
        ids=lambda it: it[0] if isinstance(it, list) and isinstance(it[0], str) else "",
    )
    def test_the_row_is_named(self, tamper, statements, findings):
        tamper(*statements)
        assert named() == findings

    def test_a_chain_written_anew_is_shown_by_an_export(self, tamper, tmp_path, shop):
        """Its last entries and its head were taken away together: the database knows only where it still has the event."""
        slug = f"v-{shop.hex[-12:]}"
        call_command("export_audit", slug, output=tmp_path / "then.jsonl")
        tamper(
            "DELETE FROM audit_auditentry WHERE sequence > 5",
            "UPDATE audit_audithead SET (sequence, hash) = (SELECT sequence, hash FROM audit_auditentry "
            "WHERE sequence = 5)",
        )
        assert named() == [(0, "unheard")]
        with pytest.raises(CommandError, match="Entry 7 was exported and is not there any more"):
            call_command(
                "verify_audit", tenant=slug, head=tmp_path / "then.jsonl", stdout=StringIO()
            )


@pytest.mark.django_db(transaction=True)
class TestTheCommand:
    def test_it_ends_well_where_every_chain_holds(self, shop):
        out = StringIO()
        call_command("verify_audit", tenant=f"v-{shop.hex[-12:]}", stdout=out)
        assert "7 entries, holds" in out.getvalue()
        assert "2 evaluations are compared" in out.getvalue()

    def test_it_names_the_row_and_ends_with_one(self, shop, tamper):
        tamper("UPDATE audit_auditentry SET data = data || ' ' WHERE sequence = 4")
        out = StringIO()
        with pytest.raises(CommandError, match="Entry 4 says") as ended:
            call_command("verify_audit", stdout=out)
        assert ended.value.returncode == 1
        assert "changed: Entry 4" in out.getvalue()

    def test_an_export_is_checked_without_the_database(self, shop, tmp_path, django_db_blocker):
        path = tmp_path / "chain.jsonl"
        call_command("export_audit", f"v-{shop.hex[-12:]}", output=path)
        out = StringIO()
        with django_db_blocker.block():
            call_command("verify_audit", file=path, stdout=out)
            assert "7 entries, holds" in out.getvalue()
            path.write_bytes(path.read_bytes().replace(b"user:anna", b"user:bnna", 1))
            with pytest.raises(CommandError, match="Entry 1 says"):
                call_command("verify_audit", file=path, stdout=out)

    def test_an_evaluation_that_is_gone_is_named(self, shop, tamper):
        victim = EvaluationRecord.objects.first().id
        tamper(f"DELETE FROM evaluation_evaluationrecord WHERE id = '{victim}'")
        out = StringIO()
        with pytest.raises(
            CommandError, match=f"Evaluation {victim}, sealed by entry 7, is missing"
        ):
            call_command("verify_audit", tenant=f"v-{shop.hex[-12:]}", stdout=out)
        call_command("verify_audit", tenant=f"v-{shop.hex[-12:]}", chain_only=True, stdout=out)


class TestTheApi:
    @pytest.fixture
    def get(self, chain, in_tenant, client):
        from contexts.identity.services import issue_api_key

        _, secret = issue_api_key(name="auditor", scopes=["audit:read"])
        _, other = issue_api_key(name="till", scopes=["evaluation:write"])

        def ask(path: str, *, key: str = secret, **query):
            return client.get(
                f"/api/v1/audit/{path}", query, headers={"Authorization": f"Bearer {key}"}
            )

        ask.other = other
        return ask

    def test_entries_are_listed_newest_first_and_by_page(self, get):
        page = get("entries", page_size=3).json()
        assert [it["sequence"] for it in page["results"]] == [7, 6, 5]
        assert page["results"][0]["data"] == {"a": "Käse 🧀", "b": 1}
        assert "cursor=" in page["next"]

    @pytest.mark.parametrize(
        ("query", "count"),
        [
            ({"type": "rules.rule-approved.v1"}, 7),
            ({"type": "rules.rule-retired.v1"}, 0),
            ({"actor": "user:anna"}, 7),
            ({"actor": "user:ben"}, 0),
            ({"subject": "rule-1"}, 7),
            ({"subject": "rule-2"}, 0),
            ({"occurred_from": "2026-03-29T01:59:59.999999Z"}, 7),
            ({"occurred_before": "2026-03-29T01:59:59.999999Z"}, 0),
        ],
        ids=str,
    )
    def test_entries_are_filtered(self, get, query, count):
        assert len(get("entries", **query).json()["results"]) == count

    def test_one_entry(self, get, chain):
        assert get("entries/3").json()["hash"] == chain[2].hash
        assert get("entries/99").status_code == 404
        assert get(f"entries/{2**70}").status_code == 404

    def test_the_verification(self, get, chain):
        found = get("verification").json()
        assert (found["holds"], found["entries"], found["head"]["hash"]) == (
            True,
            7,
            chain[-1].hash,
        )
        assert get("verification", after=5).json()["entries"] == 2
        assert get("verification", after="x").status_code == 422
        assert get("verification", evaluations="x").status_code == 422

    def test_the_export(self, get, chain, tmp_path):
        answer = get("export")
        lines = b"".join(answer.streaming_content).splitlines()
        assert answer["Content-Type"] == "application/x-ndjson"
        assert len(lines) == 8
        assert json.loads(lines[-1])["head"]["hash"] == chain[-1].hash
        assert len(b"".join(get("export", after=6).streaming_content).splitlines()) == 2

    def test_who_lacks_the_scope_sees_nothing(self, get):
        for path in ("entries", "entries/1", "verification", "export"):
            assert get(path, key=get.other).status_code == 403


class TestWhatIsNotHeard:
    def test_an_act_that_was_taken_off_the_outbox_is_named(self, approved):
        """SQL as the application's role can keep an event from everybody: not without a trace."""
        deliver()
        assert queries.verification().holds
        version = approved("kept-back", text())
        assert queries.verification().holds  # on its way
        Delivery.objects.filter(context="audit", stream=f"rule-{version.rule_id}").delete()
        found = queries.verification()
        assert not found.holds
        assert {(it.sequence, it.problem) for it in found.findings} == {(0, "unheard")}
        assert any("rules.rule-approved.v1" in it.sentence for it in found.findings)
