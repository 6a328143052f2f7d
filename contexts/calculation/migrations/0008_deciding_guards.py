"""A roll-out tries what its release says; a version that decides no more is opened again by its own news only."""

from django.db import migrations

GUARDS = """
CREATE OR REPLACE FUNCTION calculation_guard_tried() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM calculation_demand_version(NEW.tenant_id, NEW.point, NEW.rule_id, NEW.version, NEW.content_hash,
    NEW.text, ARRAY['approved', 'scheduled', 'active', 'paused', 'retired']);
  IF to_regclass('rules_rollout') IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM rules_rollout o JOIN rules_release r ON r.id = o.release_id AND r.digest = o.digest,
        jsonb_array_elements(r.members) m
      WHERE o.id = NEW.rollout_id AND o.tenant_id = NEW.tenant_id AND m->>'rule_id' = NEW.rule_id::text
        AND (m->>'version')::integer = NEW.version AND m->>'content_hash' = NEW.content_hash) THEN
    RAISE EXCEPTION 'no roll-out tries this version' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE FUNCTION calculation_guard_opened() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF to_regclass('rules_ruleversion') IS NULL THEN
    RETURN NEW;
  END IF;
  -- rules may have gone on before its news is heard here: then the news itself is what lets the row in, once
  IF NOT EXISTS (SELECT 1 FROM rules_ruleversion v
      WHERE v.rule_id = NEW.rule_id AND v.number = NEW.version AND v.tenant_id = NEW.tenant_id AND v.status = 'active')
     AND NOT EXISTS (SELECT 1 FROM eventlog_eventrecord e
      WHERE e.tenant_id = NEW.tenant_id AND e.stream = 'rule-' || NEW.rule_id
        AND e.type IN ('rules.rule-activated.v1', 'rules.rule-resumed.v1')
        AND (e.data->>'version')::integer = NEW.version AND (e.data->>'at')::timestamptz = NEW.active_from) THEN
    RAISE EXCEPTION 'this version decides no more' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_opened BEFORE INSERT ON calculation_publishedrule
  FOR EACH ROW WHEN (NEW.active_to IS NULL) EXECUTE FUNCTION calculation_guard_opened();
"""
WITHOUT_GUARDS = """
DROP TRIGGER guard_opened ON calculation_publishedrule;
DROP FUNCTION calculation_guard_opened();
CREATE OR REPLACE FUNCTION calculation_guard_tried() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM calculation_demand_version(NEW.tenant_id, NEW.point, NEW.rule_id, NEW.version, NEW.content_hash,
    NEW.text, ARRAY['approved', 'scheduled', 'active', 'paused', 'retired']);
  RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("calculation", "0007_published_guards")]
    operations = [migrations.RunSQL(GUARDS, WITHOUT_GUARDS)]
