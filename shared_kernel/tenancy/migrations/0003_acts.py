"""
By what the database knows the application's own acts.

The key is in a table, which only its owner reads: the text of a function is shown to everybody.
"""

from django.db import migrations

ACTS = """
CREATE TABLE tenancy_actkey (inner_pad bytea NOT NULL, outer_pad bytea NOT NULL);
DO $$
DECLARE
  grantee text;
BEGIN
  FOR grantee IN SELECT DISTINCT a.grantee::regrole::text FROM pg_class c, aclexplode(c.relacl) a
    WHERE c.oid = 'tenancy_actkey'::regclass AND a.grantee NOT IN (0, c.relowner)
  LOOP
    EXECUTE format('REVOKE ALL ON tenancy_actkey FROM %s', grantee);
  END LOOP;
END $$;
REVOKE ALL ON tenancy_actkey FROM PUBLIC;

CREATE FUNCTION act_challenge() RETURNS text LANGUAGE sql VOLATILE SET search_path = pg_catalog AS
$$ SELECT concat_ws(' ', current_database(), pg_current_xact_id(), extract(epoch FROM transaction_timestamp())) $$;

-- HMAC-SHA-256 (RFC 2104), of which the key's two pads are kept
CREATE FUNCTION is_own_act() RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT EXISTS (SELECT 1 FROM public.tenancy_actkey k WHERE current_setting('verdict.act', true) =
    encode(sha256(k.outer_pad || sha256(k.inner_pad || convert_to(public.act_challenge(), 'UTF8'))), 'hex'))
$$;

CREATE FUNCTION prove_act(answer text) RETURNS boolean LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  PERFORM set_config('verdict.act', answer, true);
  RETURN public.is_own_act();
END $$;

CREATE FUNCTION demand_own_act() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF NOT public.is_own_act() THEN
    RAISE EXCEPTION '% is written by the application''s own acts only', TG_TABLE_NAME USING ERRCODE = 'raise_exception';
  END IF;
  RETURN NULL;
END $$;
"""
WITHOUT_ACTS = """
DROP FUNCTION demand_own_act();
DROP FUNCTION prove_act(text);
DROP FUNCTION is_own_act();
DROP FUNCTION act_challenge();
DROP TABLE tenancy_actkey;
"""


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0002_fences")]
    operations = [migrations.RunSQL(ACTS, WITHOUT_ACTS)]
