"""A key or user shows itself to whoever presents its digest, login name or id: that is how a tenant is found."""

from django.db import migrations

_PRESENTED = "current_setting('verdict.presented', true)"


def _fence(table: str, shown: str) -> migrations.RunSQL:
    return migrations.RunSQL(
        f"""
        ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY;
        ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY;
        CREATE POLICY tenant_fence ON "{table}" USING (tenant_id = current_tenant())
          WITH CHECK (tenant_id = current_tenant());
        CREATE POLICY presented ON "{table}" FOR SELECT USING ({shown});
        """,
        f"""
        DROP POLICY presented ON "{table}";
        DROP POLICY tenant_fence ON "{table}";
        ALTER TABLE "{table}" NO FORCE ROW LEVEL SECURITY;
        ALTER TABLE "{table}" DISABLE ROW LEVEL SECURITY;
        """,
    )


class Migration(migrations.Migration):
    dependencies = [("identity", "0001_initial"), ("tenancy", "0002_fences")]
    operations = [
        _fence("identity_apikey", f"digest = nullif({_PRESENTED}, '')"),
        _fence("identity_user", f"nullif({_PRESENTED}, '') IN (username, id::text)"),
    ]
