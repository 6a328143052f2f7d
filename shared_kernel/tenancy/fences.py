"""The second fence: row-level security in the database, as migration operations."""

from __future__ import annotations

from django.db.migrations import RunSQL

_SETTING = "current_setting('verdict.tenant', true)"

CURRENT_TENANT_FUNCTION = RunSQL(
    f"""
    CREATE FUNCTION current_tenant() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS
    $$ SELECT nullif(nullif({_SETTING}, ''), '*')::uuid $$;
    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'raise_exception'; END $$;
    """,
    "DROP FUNCTION refuse_change(); DROP FUNCTION current_tenant();",
)


def fence(table: str, *, column: str = "tenant_id") -> RunSQL:
    """Rows of `table` are seen and written by their own tenant only, whoever asks."""
    return _policy(table, f"{column} = current_tenant()")


def worklist_fence(table: str, *, column: str = "tenant_id") -> RunSQL:
    """As `fence`, and visible to named work across tenants: for tables that hold ids, not content."""
    return _policy(table, f"{column} = current_tenant() OR {_SETTING} = '*'")


def _policy(table: str, condition: str) -> RunSQL:
    return RunSQL(
        f"""
        ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY;
        ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant_fence ON "{table}" USING ({condition}) WITH CHECK ({condition});
        """,
        f"""
        DROP POLICY tenant_fence ON "{table}";
        ALTER TABLE "{table}" NO FORCE ROW LEVEL SECURITY;
        ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY;
        """,
    )


def append_only(table: str) -> RunSQL:
    """No row of `table` is ever changed or removed, by any role."""
    return RunSQL(
        f"""
        CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON "{table}"
        FOR EACH ROW EXECUTE FUNCTION refuse_change();
        """,
        f'DROP TRIGGER append_only ON "{table}";',
    )
