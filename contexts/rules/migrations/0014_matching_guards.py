"""Different colleagues for different demands, in the database too: a matching, not a count of each."""

from django.db import migrations

GUARDS = """
-- of each choice of demands at least as many colleagues fit one of them as it asks for (Hall's condition)
CREATE FUNCTION rules_approvals_suffice(demanded jsonb, given jsonb) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
  needed integer;
  fitting integer;
BEGIN
  FOR choice IN 1 .. (1 << least(jsonb_array_length(demanded), 12)) - 1 LOOP
    SELECT sum((d.value->>'count')::integer) INTO needed
      FROM jsonb_array_elements(demanded) WITH ORDINALITY d(value, place)
      WHERE choice & (1 << (place::integer - 1)) <> 0;
    SELECT count(*) INTO fitting FROM jsonb_array_elements(given) g WHERE EXISTS (
      SELECT 1 FROM jsonb_array_elements(demanded) WITH ORDINALITY d(value, place)
      WHERE choice & (1 << (place::integer - 1)) <> 0
        AND (d.value->>'team' = '' OR g.value ? (d.value->>'team')));
    IF fitting < needed THEN
      RETURN false;
    END IF;
  END LOOP;
  RETURN true;
END $$;
CREATE FUNCTION rules_guard_version_matching() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT rules_approvals_suffice(NEW.requirements, coalesce((SELECT jsonb_agg(r.teams) FROM rules_review r
      WHERE r.version_id = NEW.id AND r.verdict = 'approve' AND r.content_hash = NEW.content_hash
        AND r.reviewer NOT IN (NEW.author, NEW.submitted_by)), '[]')) THEN
    RAISE EXCEPTION 'different colleagues have to approve for different demands' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_version_matching BEFORE UPDATE ON rules_ruleversion FOR EACH ROW
  WHEN (NEW.status <> OLD.status AND NEW.status IN ('approved', 'scheduled', 'active'))
  EXECUTE FUNCTION rules_guard_version_matching();

CREATE FUNCTION rules_demand_promotion(tenant uuid, of_release uuid, at_stage text, demanded jsonb)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF NOT rules_approvals_suffice(demanded, coalesce((SELECT jsonb_agg(a.teams)
      FROM rules_releaseapproval a JOIN rules_release r ON r.id = a.release_id
      WHERE a.release_id = of_release AND a.tenant_id = tenant AND a.stage = at_stage AND a.digest = r.digest
        AND a.reviewer <> r.made_by), '[]')) THEN
    RAISE EXCEPTION 'different colleagues have to approve for different demands' USING ERRCODE = 'check_violation';
  END IF;
END $$;
CREATE FUNCTION rules_guard_promotion_matching() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM rules_demand_promotion(NEW.tenant_id, NEW.release_id, NEW.stage, NEW.requirements);
  RETURN NEW;
END $$;
CREATE TRIGGER guard_promotion_matching BEFORE INSERT ON rules_promotion
  FOR EACH ROW EXECUTE FUNCTION rules_guard_promotion_matching();
CREATE FUNCTION rules_guard_rollout_matching() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.ramp->NEW.step->>'percent')::numeric > 0 AND NEW.status <> 'rolled_back' THEN
    PERFORM rules_demand_promotion(NEW.tenant_id, NEW.release_id, 'production', coalesce(
      (SELECT p.requirements FROM rules_stagepolicy p WHERE p.tenant_id = NEW.tenant_id AND p.stage = 'production'),
      '[{"count": 1, "team": ""}]'));
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_rollout_matching BEFORE INSERT OR UPDATE OF step ON rules_rollout
  FOR EACH ROW EXECUTE FUNCTION rules_guard_rollout_matching();
"""
WITHOUT_GUARDS = """
DROP TRIGGER guard_rollout_matching ON rules_rollout;
DROP FUNCTION rules_guard_rollout_matching();
DROP TRIGGER guard_promotion_matching ON rules_promotion;
DROP FUNCTION rules_guard_promotion_matching();
DROP FUNCTION rules_demand_promotion(uuid, uuid, text, jsonb);
DROP TRIGGER guard_version_matching ON rules_ruleversion;
DROP FUNCTION rules_guard_version_matching();
DROP FUNCTION rules_approvals_suffice(jsonb, jsonb);
"""


class Migration(migrations.Migration):
    dependencies = [("rules", "0013_notices_due")]
    operations = [migrations.RunSQL(GUARDS, WITHOUT_GUARDS)]
