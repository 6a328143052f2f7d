"""
What no path may do, whoever asks, SQL as the application's role included.

An entry is appended only behind the head of its tenant's chain, under the next number, the hash of the entry before
and the hash of what it says; appending it moves the head. Nothing else moves a head, and no entry changes or goes.
The bytes that are hashed are those of `contexts.audit.policies.chain`.
"""

from django.db import migrations

from shared_kernel.tenancy.fences import append_only, fence

GUARDS = """
CREATE FUNCTION audit_netstring(t text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT octet_length(convert_to(t, 'UTF8'))::text || ':' || t || ',' $$;
CREATE FUNCTION audit_microseconds(t timestamptz) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT (extract(epoch FROM t) * 1000000)::bigint::text $$;
CREATE FUNCTION audit_hash(e audit_auditentry) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT encode(sha256(convert_to(
  audit_netstring('verdict.audit.v1') || audit_netstring(e.tenant_id::text) || audit_netstring(e.sequence::text)
  || audit_netstring(e.id::text) || audit_netstring(e.event_id::text) || audit_netstring(e.type)
  || audit_netstring(e.actor) || audit_netstring(e.subject) || audit_netstring(e.version::text)
  || audit_netstring(audit_microseconds(e.occurred_at)) || audit_netstring(audit_microseconds(e.recorded_at))
  || audit_netstring(e.correlation) || audit_netstring(e.causation) || audit_netstring(e.data)
  || audit_netstring(e.previous_hash), 'UTF8')), 'hex') $$;

CREATE FUNCTION audit_guard_entry() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  h audit_audithead;
BEGIN
  SELECT * INTO h FROM audit_audithead WHERE id = NEW.tenant_id FOR UPDATE;
  IF h.id IS NULL OR NEW.sequence <> h.sequence + 1 OR NEW.previous_hash <> h.hash THEN
    RAISE EXCEPTION 'an entry is appended behind the head of its chain' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.hash <> audit_hash(NEW) THEN
    RAISE EXCEPTION 'the hash of an entry is that of what it says' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_entry BEFORE INSERT ON audit_auditentry
  FOR EACH ROW EXECUTE FUNCTION audit_guard_entry();

CREATE FUNCTION audit_move_head() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE audit_audithead SET sequence = NEW.sequence, hash = NEW.hash WHERE id = NEW.tenant_id;
  RETURN NULL;
END $$;
CREATE TRIGGER move_head AFTER INSERT ON audit_auditentry
  FOR EACH ROW EXECUTE FUNCTION audit_move_head();

CREATE FUNCTION audit_guard_head() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'a chain keeps its head' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.id <> NEW.tenant_id THEN
    RAISE EXCEPTION 'a head bears the id of its tenant' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' THEN
    IF NEW.sequence <> 0 OR NEW.hash <> repeat('0', 64) THEN
      RAISE EXCEPTION 'a chain begins with nothing' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF (NEW.id, NEW.tenant_id, NEW.sequence) IS DISTINCT FROM (OLD.id, OLD.tenant_id, OLD.sequence + 1)
     OR NOT EXISTS (SELECT 1 FROM audit_auditentry e WHERE e.tenant_id = NEW.tenant_id
                    AND e.sequence = NEW.sequence AND e.hash = NEW.hash) THEN
    RAISE EXCEPTION 'a head moves with the entry that was appended' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_head BEFORE INSERT OR UPDATE OR DELETE ON audit_audithead
  FOR EACH ROW EXECUTE FUNCTION audit_guard_head();
"""
WITHOUT_GUARDS = """
DROP TRIGGER guard_head ON audit_audithead;
DROP FUNCTION audit_guard_head();
DROP TRIGGER move_head ON audit_auditentry;
DROP FUNCTION audit_move_head();
DROP TRIGGER guard_entry ON audit_auditentry;
DROP FUNCTION audit_guard_entry();
DROP FUNCTION audit_hash(audit_auditentry);
DROP FUNCTION audit_microseconds(timestamptz);
DROP FUNCTION audit_netstring(text);
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial"), ("tenancy", "0002_fences")]
    operations = [
        fence("audit_auditentry"),
        fence("audit_audithead"),
        append_only("audit_auditentry"),
        migrations.RunSQL(GUARDS, WITHOUT_GUARDS),
    ]
