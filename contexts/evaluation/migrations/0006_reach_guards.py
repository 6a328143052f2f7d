"""A roll-out reaches as many customers as its ramp has come to, and no more: that step was approved."""

from django.db import migrations

GUARDS = """
CREATE FUNCTION evaluation_guard_reach() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF to_regclass('rules_rollout') IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM rules_rollout o WHERE o.id = NEW.id AND o.tenant_id = NEW.tenant_id
        AND (o.ramp->o.step->>'percent')::numeric >= NEW.percent) THEN
    RAISE EXCEPTION 'no roll-out has come so far' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_reach BEFORE INSERT OR UPDATE OF percent ON evaluation_runningrollout
  FOR EACH ROW EXECUTE FUNCTION evaluation_guard_reach();
"""
WITHOUT_GUARDS = """
DROP TRIGGER guard_reach ON evaluation_runningrollout;
DROP FUNCTION evaluation_guard_reach();
"""


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0005_rollouts")]
    operations = [migrations.RunSQL(GUARDS, WITHOUT_GUARDS)]
