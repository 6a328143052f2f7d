"""
Whoever has the database's address, with the application's role, and not its key, governs nothing.

Each test is outside a transaction of its own: within one, the acts of its fixtures would have proved it.
"""

from __future__ import annotations

import psycopg
import pytest
from django.conf import settings
from django.db import Error, connection, transaction
from django.test import override_settings

from contexts.identity import services as identity
from contexts.identity.models import User
from contexts.rules import services
from contexts.rules.models import Review, RuleVersion
from contexts.rules.policies import Requirement
from shared_kernel import bus
from shared_kernel.tenancy import tenant_scope
from shared_kernel.tenancy.acts import ActNotProved, answer_to, prove_act, tell_key
from tests.integration.contexts.conftest import text

pytestmark = pytest.mark.django_db(transaction=True)

POINT = "promotions.line-discounts"
GOVERNED = ("audit_", "rules_", "calculation_", "identity_")
# lists of work, what is written down of sets, and what Django keeps of groups that nobody uses
FREE = {
    "rules_budgetcheck", "rules_noticedue", "calculation_rulesetrecord",
    "identity_user_groups", "identity_user_user_permissions",
}  # fmt: skip
_TABLES = """
SELECT c.relname, EXISTS (SELECT 1 FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'own_acts_only' AND t.tgenabled = 'O')
FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
"""
APPROVES = """
INSERT INTO rules_review (id, tenant_id, version_id, reviewer, verdict, comment, content_hash, teams, decided_at)
SELECT gen_random_uuid(), tenant_id, id, 'user:ben', 'approve', '', content_hash, '["finance"]', now() FROM rules_ruleversion
"""


def sql(statement: str, *values: object) -> list[tuple]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture
def tenant(tenant_id):
    with tenant_scope(tenant_id):
        yield tenant_id


@pytest.fixture
def draft(tenant) -> RuleVersion:
    return services.create_rule(slug="ten", point=POINT, text=text(), author="user:anna")


def submitted(draft: RuleVersion) -> RuleVersion:
    return services.submit_version(rule_id=draft.rule_id, number=1, submitted_by="user:anna")


def refused():
    return pytest.raises(Error, match="by the application's own acts only")


def test_every_table_of_governance_takes_own_acts_only(tenant):
    """A new table of these contexts is guarded, or says above why it need not be."""
    guarded = dict(sql(_TABLES))
    governed = {it for it in guarded if it.startswith(GOVERNED)}
    assert {it for it in governed if not guarded[it]} == FREE
    for table in (it for it in guarded if guarded[it]):
        columns = "password = password" if table == "identity_user" else "tenant_id = tenant_id"
        for statement in (f"UPDATE {table} SET {columns}", f"DELETE FROM {table}",
                          f"INSERT INTO {table} SELECT * FROM {table}"):  # fmt: skip
            with refused():
                sql(statement)


def test_no_review_in_a_colleagues_name(draft):
    submitted(draft)
    with refused():
        sql(APPROVES)
    assert not Review.objects.exists()


def test_no_submission_that_demands_less_than_the_policy(draft):
    finance = [Requirement(2, "finance")]
    services.set_policy(
        name="finance", point="", from_risk="low", requirements=finance, set_by="user:zoe"
    )
    with refused():
        sql("UPDATE rules_ruleversion SET status = 'in_review', submitted_by = author, "
            "requirements = '[{\"count\": 1, \"team\": \"\"}]'")  # fmt: skip
    with refused():
        sql("DELETE FROM rules_approvalpolicy")
    assert submitted(draft).needs == tuple(finance)


def test_what_is_approved_does_not_decide_by_sql_either(draft):
    """Whoever activates is asked for windows, attributes and guardrails, of which the database knows nothing."""
    version = submitted(draft)
    services.approve_version(
        rule_id=draft.rule_id, number=1, reviewer="user:ben", content_hash=version.content_hash
    )
    with refused():
        sql("UPDATE rules_ruleversion SET status = 'active'")
    assert RuleVersion.objects.get().status == "approved"


def test_nobody_takes_a_colleagues_place(tenant):
    ben, _ = identity.register_user(username=f"ben-{tenant.hex[-8:]}", scopes=["rules:read"])
    for change in ("password = 'x'", "scopes = '[\"*\"]'", "teams = '[\"finance\"]'",
                   "is_superuser = true", "is_active = true", "username = 'cleo'"):  # fmt: skip
        with refused():
            sql(f"UPDATE identity_user SET {change}")
    sql("UPDATE identity_user SET last_login = now()")
    assert User.objects.get(id=ben.id).last_login is not None


def test_nobody_else_makes_news(draft):
    """What calculation hears of, in this house or carried out, was done here."""
    untrue = """
    INSERT INTO eventlog_eventrecord (id, tenant_id, stream, version, type, data, metadata, occurred_at)
    SELECT gen_random_uuid(), tenant_id, stream, 2, %s, data, metadata, now() FROM eventlog_eventrecord
    WHERE type = 'rules.rule-drafted.v1'
    """
    for kind in ("rules.rule-activated.v1", "calculation.rule-set-changed.v1",
                 "identity.api-key-issued.v1"):  # fmt: skip
        with refused():
            sql(untrue, kind)
    sql(untrue, "evaluation.cart-evaluated.v1")


class TestTheProof:
    def test_it_holds_for_its_transaction_only(self, draft):
        """An answer that was read in a log is worth nothing in the next."""
        submitted(draft)
        ((challenge,),) = sql("SELECT act_challenge()")
        with refused():
            sql(f"SELECT prove_act('{answer_to(challenge)}'); {APPROVES}")
        with transaction.atomic(), connection.cursor() as cursor:
            prove_act()
            cursor.execute(APPROVES)
        assert Review.objects.count() == 1

    @pytest.mark.parametrize("answer", ["", "x", "0" * 64])
    def test_a_guess_proves_nothing(self, draft, answer):
        submitted(draft)
        with refused():
            sql(f"SELECT set_config('verdict.act', '{answer}', false); {APPROVES}")
        sql("SELECT set_config('verdict.act', '', false)")

    def test_the_key_is_the_owners_to_read(self, tenant):
        for statement in ("SELECT * FROM tenancy_actkey", "DELETE FROM tenancy_actkey",
                          "INSERT INTO tenancy_actkey VALUES ('', '')",
                          "ALTER TABLE rules_review DISABLE TRIGGER own_acts_only",
                          "CREATE OR REPLACE FUNCTION is_own_act() RETURNS boolean LANGUAGE sql AS 'SELECT true'",
                          "CREATE TEMP TABLE rules_review (id uuid)",
                          "SET session_replication_role = 'replica'"):  # fmt: skip
            with pytest.raises(Error, match=r"permission denied|must be owner"):
                sql(statement)

    def test_a_process_with_another_key_is_told_what_to_do(self, draft):
        """Its acts are refused whole, before anything is written."""
        with override_settings(ACT_KEY="another"), pytest.raises(ActNotProved, match="migrate"):
            submitted(draft)
        assert RuleVersion.objects.get().status == "draft"

    def test_migrating_with_a_new_key_lets_no_other_prove(self, draft):
        try:
            with as_owner(), override_settings(ACT_KEY="the next"):
                tell_key()
                tell_key()
            with pytest.raises(ActNotProved):
                submitted(draft)
            with override_settings(ACT_KEY="the next"):
                submitted(draft)
        finally:
            with as_owner():
                tell_key()
        with transaction.atomic():
            prove_act()

    def test_what_is_rolled_back_is_not_proved_any_more(self, draft):
        submitted(draft)
        with pytest.raises(RuntimeError), bus.act():
            raise RuntimeError
        with refused():
            sql(APPROVES)


class as_owner:  # noqa: N801 - reads as what it does
    """Let Django's connection be the owner's, as in `migrate`."""

    def __enter__(self) -> None:
        self.kept = {name: connection.settings_dict[name] for name in ("USER", "PASSWORD")}
        owner = psycopg.conninfo.conninfo_to_dict(settings.DATABASE_OWNER_URL)
        connection.close()
        connection.settings_dict.update(USER=owner["user"], PASSWORD=owner.get("password", ""))

    def __exit__(self, *_: object) -> None:
        connection.close()
        connection.settings_dict.update(self.kept)
