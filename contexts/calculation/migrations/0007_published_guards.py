"""Whatever decides is a version that rules let decide, word for word; and what decided once is never rewritten."""

from django.db import migrations

GUARDS = """
CREATE FUNCTION calculation_demand_version(
  tenant uuid, at_point text, of_rule uuid, wanted integer, hash text, said jsonb, statuses text[]
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF to_regclass('rules_ruleversion') IS NULL THEN
    RETURN;  -- rules live elsewhere: the bus tells what they let decide, and its hash is checked
  END IF;
  IF NOT EXISTS (
      SELECT 1 FROM rules_ruleversion v JOIN rules_rule r ON r.id = v.rule_id AND r.tenant_id = v.tenant_id
      WHERE v.tenant_id = tenant AND v.rule_id = of_rule AND v.number = wanted
        AND v.status = ANY(statuses) AND v.content_hash = hash AND r.point = at_point
        AND said - 'table' = jsonb_build_object(
          'rule_id', v.rule_id, 'version', v.number, 'name', v.name, 'reason', v.reason,
          'condition', v.condition, 'effects', v.effects, 'priority', v.priority, 'order', v."order",
          'group', nullif(v."group", ''), 'stop', v.stop)
        AND coalesce(said->'table', 'null') = coalesce(to_jsonb(v)->'table', 'null')) THEN
    RAISE EXCEPTION 'nobody let this version decide as it stands here' USING ERRCODE = 'check_violation';
  END IF;
END $$;
CREATE FUNCTION calculation_guard_published() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'what decided once is never removed' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' THEN
    IF OLD.active_to IS NOT NULL OR (to_jsonb(NEW) - 'active_to' - 'closed_at')
       IS DISTINCT FROM (to_jsonb(OLD) - 'active_to' - 'closed_at') THEN
      RAISE EXCEPTION 'what decided once is closed once, and never rewritten' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  PERFORM calculation_demand_version(NEW.tenant_id, NEW.point, NEW.rule_id, NEW.version, NEW.content_hash,
    NEW.text, ARRAY['active', 'paused', 'retired']);
  RETURN NEW;
END $$;
CREATE TRIGGER guard_published BEFORE INSERT OR UPDATE OR DELETE ON calculation_publishedrule
  FOR EACH ROW EXECUTE FUNCTION calculation_guard_published();
CREATE FUNCTION calculation_guard_tried() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM calculation_demand_version(NEW.tenant_id, NEW.point, NEW.rule_id, NEW.version, NEW.content_hash,
    NEW.text, ARRAY['approved', 'scheduled', 'active', 'paused', 'retired']);
  RETURN NEW;
END $$;
CREATE TRIGGER guard_tried BEFORE INSERT ON calculation_candidaterule
  FOR EACH ROW EXECUTE FUNCTION calculation_guard_tried();
"""
WITHOUT_GUARDS = """
DROP TRIGGER guard_tried ON calculation_candidaterule;
DROP FUNCTION calculation_guard_tried();
DROP TRIGGER guard_published ON calculation_publishedrule;
DROP FUNCTION calculation_guard_published();
DROP FUNCTION calculation_demand_version(uuid, text, uuid, integer, text, jsonb, text[]);
"""


class Migration(migrations.Migration):
    dependencies = [("calculation", "0006_candidates")]
    operations = [migrations.RunSQL(GUARDS, WITHOUT_GUARDS)]
