"""SQL as the application's role, on every table the catalogue knows to have a tenant."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from tests.acting import act_on
from tests.proofs.harness import House, Report
from tests.proofs.neighbours import Neighbour, rows_of, tables

# what named work across tenants may see: work lists of ids, and the registry
WORK_LISTS = {
    "evaluation_backtestwork", "evaluation_rolloutwork", "eventlog_delivery", "eventlog_inboxentry", "eventlog_once",
    "rules_budgetcheck", "rules_noticedue", "rules_rolloutstep", "rules_timedstep",
    "sagas_sagarecord", "tenancy_tenant",
}  # fmt: skip
# tables without a tenant, of the framework or of the installation; a new one has to say so here
OF_NOBODY = {
    "tenancy_actkey",
    "auth_group", "auth_group_permissions", "auth_permission", "django_admin_log",
    "django_content_type", "django_migrations", "eventlog_subscription", "identity_user_groups",
    "identity_user_user_permissions",
}  # fmt: skip
# written in acts of the application only, but for lists of work and what stood
GOVERNED = ("audit_", "rules_", "calculation_", "identity_")
UNGOVERNED = {"calculation_rulesetrecord", "rules_budgetcheck", "rules_noticedue"}
NOBODY, ACROSS = "", "*"
_WITHOUT_TENANT = """
SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace
  AND c.relkind IN ('r', 'p', 'm', 'v') AND NOT EXISTS
  (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id')
"""
# bits 4 and 16 of a trigger's type: before or after an insert, an update
_FENCE = """
SELECT relrowsecurity, relforcerowsecurity, coalesce(bit_or(tgtype) & 4 > 0, false),
  coalesce(bit_or(tgtype) & 16 > 0, false)
FROM pg_class c LEFT JOIN pg_trigger t ON t.tgrelid = c.oid AND NOT t.tgisinternal
WHERE c.oid = %s::regclass GROUP BY 1, 2
"""
_ROLE = """
SELECT NOT rolsuper AND NOT rolbypassrls AND NOT rolcreaterole AND NOT EXISTS
  (SELECT 1 FROM pg_class WHERE relnamespace = 'public'::regnamespace
    AND pg_has_role(current_user, relowner, 'MEMBER'))
FROM pg_roles WHERE rolname = current_user
"""


def stand(under: House, me: Neighbour, other: Neighbour, report: Report) -> None:
    environment = under.running.environment
    strangers = {str(it) for (it,) in under.truth(_WITHOUT_TENANT)} - OF_NOBODY - {"tenancy_tenant"}
    report.demand(not strangers, f"fence: tables without a tenant: {strangers}")
    with (
        psycopg.connect(environment["DATABASE_URL"], autocommit=True) as application,
        psycopg.connect(environment["DATABASE_OWNER_URL"], autocommit=True) as owner,
    ):
        allowed = application.execute(_ROLE).fetchone()
        report.demand(allowed == (True,), "fence: the application's role stands above it")
        for table, column in tables(under):
            Fence(under, table, column, me, other, report).is_tried(application, owner)


@dataclass(frozen=True)
class Fence:
    """One table, tried in every way."""

    under: House
    table: str
    column: str
    me: Neighbour
    other: Neighbour
    report: Report

    def is_tried(self, application: Any, owner: Any) -> None:
        ((enabled, forced, inserts, updates),) = self.under.truth(_FENCE, self.table)
        self.demand(enabled and forced, "row-level security is not enabled and forced")
        for role, name in ((application, "the application"), (owner, "the owner")):
            self.is_not_seen(role, name)
        for scope in (str(self.me.tenant), NOBODY):
            self.is_not_touched(application, scope)
        self.is_not_given_away(application, guarded=updates)
        self.is_not_made(application, guarded=inserts)
        if self.table.startswith(GOVERNED) and self.table not in UNGOVERNED:
            self.is_not_governed_by_sql(application)
        for statement in ("TRUNCATE {}", "ALTER TABLE {} DISABLE ROW LEVEL SECURITY"):
            done, _ = self.attempt(application, str(self.me.tenant), statement)
            self.demand(done is None, f"{statement} was not refused")

    def demand(self, truth: bool, otherwise: str) -> None:
        self.report.demand(truth, f"fence: {self.table}: {otherwise}")

    def is_not_governed_by_sql(self, role: Any) -> None:
        """Whoever has the role and not the key writes none of a tenant's own rows either."""
        for statement in (
            "DELETE FROM {0}",
            "UPDATE {0} SET {1} = {1}",
            "INSERT INTO {0} TABLE {0}",
        ):
            _, why = self.attempt(role, str(self.me.tenant), statement, is_proved=False)
            self.demand(why == "RaiseException", f"{statement} was no act: {why or 'allowed'}")

    def attempt(
        self, role: Any, scope: str, statement: str, *values: Any, is_proved: bool = True
    ) -> tuple[list[Any] | int | None, str]:
        """Rows or how many were touched, or why it was refused; nothing of it remains."""
        names = (sql.Identifier(self.table), sql.Identifier(self.column))
        try:
            with role.transaction(force_rollback=True):
                role.execute("SELECT set_config('verdict.tenant', %s, true)", [scope])
                if is_proved:
                    act_on(role)
                done = role.execute(sql.SQL(statement).format(*names), values)
                return (done.fetchall() if done.description else done.rowcount), ""
        except psycopg.Error as refusal:
            return None, type(refusal).__name__

    def is_not_seen(self, role: Any, name: str) -> None:
        mine, theirs = str(self.me.tenant), str(self.other.tenant)
        whose = "SELECT DISTINCT {1}::text FROM {0}"
        self.demand(
            self.attempt(role, mine, whose)[0] == [(mine,)], f"{name} sees others than its own"
        )
        self.demand(
            self.attempt(role, NOBODY, whose)[0] == [], f"{name} sees rows without a tenant"
        )
        seen, _ = self.attempt(role, ACROSS, whose + " WHERE {1} = %s", theirs)
        expected = [(theirs,)] if self.table in WORK_LISTS else []
        self.demand(seen == expected, f"{name} sees {seen} across tenants instead of {expected}")

    def is_not_touched(self, role: Any, scope: str) -> None:
        for statement in (
            "DELETE FROM {0} WHERE {1} = %s",
            "UPDATE {0} SET {1} = {1} WHERE {1} = %s",
        ):
            touched, _ = self.attempt(role, scope, statement, self.other.tenant)
            self.demand(not touched, f"{touched} rows of another were touched by {statement}")

    def is_not_given_away(self, role: Any, *, guarded: bool) -> None:
        """An own row cannot become another's."""
        statement = "UPDATE {0} SET {1} = %s"
        _, why = self.attempt(role, str(self.me.tenant), statement, self.other.tenant)
        self.demand(why in _refusals(guarded=guarded), f"a row was given away: {why or 'allowed'}")

    def is_not_made(self, role: Any, *, guarded: bool) -> None:
        """Their own rows, whole and valid, under new ids: only the fence is in the way."""
        row = rows_of(self.under, self.table, self.column, self.other.tenant)[:1]
        for scope in (str(self.me.tenant), NOBODY):
            for it in row:
                text = json.dumps(it)
                statement = "INSERT INTO {0} SELECT (jsonb_populate_record(NULL::{0}, %s)).*"
                _, why = self.attempt(role, scope, statement, text)
                self.demand(
                    why in _refusals(guarded=guarded),
                    f"a row was made for another: {why or 'allowed'}",
                )


def _refusals(*, guarded: bool) -> set[str]:
    """By the fence; where a trigger stands before it, by that."""
    return {"InsufficientPrivilege"} | ({"CheckViolation", "RaiseException"} if guarded else set())
