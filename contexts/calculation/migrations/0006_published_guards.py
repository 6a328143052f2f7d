"""Whatever decides is a version that rules activated, word for word; and what decided once is never rewritten."""

from django.db import migrations

GUARDS = """
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
  IF to_regclass('rules_ruleversion') IS NULL THEN
    RETURN NEW;  -- rules live elsewhere: the bus tells what they activated, and its hash is checked
  END IF;
  IF NOT EXISTS (
      SELECT 1 FROM rules_ruleversion v JOIN rules_rule r ON r.id = v.rule_id AND r.tenant_id = v.tenant_id
      WHERE v.tenant_id = NEW.tenant_id AND v.rule_id = NEW.rule_id AND v.number = NEW.version
        AND v.status IN ('active', 'paused', 'retired') AND v.content_hash = NEW.content_hash
        AND r.point = NEW.point AND NEW.text - 'table' = jsonb_build_object(
          'rule_id', v.rule_id, 'version', v.number, 'name', v.name, 'reason', v.reason,
          'condition', v.condition, 'effects', v.effects, 'priority', v.priority, 'order', v."order",
          'group', nullif(v."group", ''), 'stop', v.stop)
        AND coalesce(NEW.text->'table', 'null') = coalesce(to_jsonb(v)->'table', 'null')) THEN
    RAISE EXCEPTION 'nobody activated this version as it stands here' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_published BEFORE INSERT OR UPDATE OR DELETE ON calculation_publishedrule
  FOR EACH ROW EXECUTE FUNCTION calculation_guard_published();
"""
WITHOUT_GUARDS = """
DROP TRIGGER guard_published ON calculation_publishedrule;
DROP FUNCTION calculation_guard_published();
"""


class Migration(migrations.Migration):
    dependencies = [("calculation", "0005_known")]
    operations = [migrations.RunSQL(GUARDS, WITHOUT_GUARDS)]
