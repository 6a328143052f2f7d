"""
What no path may do, whoever asks: page, API, task, or SQL as the application's role.

A version begins as a draft; its content stands still once it is submitted; it moves only along its life cycle; it is
approved and activated only if somebody who neither wrote nor submitted it approved this very content.
"""

from django.db import migrations

from shared_kernel.tenancy.fences import append_only, fence

GUARDS = """
CREATE FUNCTION rules_guard_version() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  approved boolean;
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF OLD.status <> 'draft' THEN
      RAISE EXCEPTION 'a version that was submitted is never removed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN OLD;
  END IF;
  IF TG_OP = 'INSERT' THEN
    IF NEW.status <> 'draft' THEN
      RAISE EXCEPTION 'a version begins as a draft' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF (NEW.id, NEW.tenant_id, NEW.rule_id, NEW.number, NEW.created_at)
     IS DISTINCT FROM (OLD.id, OLD.tenant_id, OLD.rule_id, OLD.number, OLD.created_at) THEN
    RAISE EXCEPTION 'a version stays the version that it is' USING ERRCODE = 'check_violation';
  END IF;
  IF OLD.status <> 'draft' AND
     (NEW.name, NEW.reason, NEW.condition, NEW.effects, NEW.priority, NEW."order", NEW."group", NEW.stop,
      NEW.content_hash, NEW.revision, NEW.author, NEW.submitted_by, NEW.submitted_at) IS DISTINCT FROM
     (OLD.name, OLD.reason, OLD.condition, OLD.effects, OLD.priority, OLD."order", OLD."group", OLD.stop,
      OLD.content_hash, OLD.revision, OLD.author, OLD.submitted_by, OLD.submitted_at) THEN
    RAISE EXCEPTION 'a submitted version does not change: draft a new one' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.status = OLD.status THEN
    RETURN NEW;
  END IF;
  IF (OLD.status, NEW.status) NOT IN (('draft', 'in_review'), ('in_review', 'approved'),
      ('in_review', 'rejected'), ('approved', 'active'), ('active', 'retired')) THEN
    RAISE EXCEPTION 'a version does not go from % to %', OLD.status, NEW.status USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.status = 'in_review' AND (NEW.submitted_by = '' OR NEW.author = '') THEN
    RAISE EXCEPTION 'a submitted version names its author and who submitted it' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.status IN ('approved', 'active') THEN
    SELECT EXISTS (SELECT 1 FROM rules_review r WHERE r.version_id = NEW.id AND r.verdict = 'approve'
      AND r.content_hash = NEW.content_hash AND r.reviewer NOT IN (NEW.author, NEW.submitted_by)) INTO approved;
    IF NOT approved THEN
      RAISE EXCEPTION 'nobody but its author approved this content' USING ERRCODE = 'check_violation';
    END IF;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_version BEFORE INSERT OR UPDATE OR DELETE ON rules_ruleversion
  FOR EACH ROW EXECUTE FUNCTION rules_guard_version();

CREATE FUNCTION rules_guard_review() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  v rules_ruleversion;
BEGIN
  SELECT * INTO v FROM rules_ruleversion WHERE id = NEW.version_id FOR SHARE;
  IF v.id IS NULL OR v.tenant_id <> NEW.tenant_id OR v.status <> 'in_review' THEN
    RAISE EXCEPTION 'only a version in review is reviewed' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.reviewer IN (v.author, v.submitted_by) OR NEW.reviewer = '' THEN
    RAISE EXCEPTION 'whoever wrote or submitted a version does not review it' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.content_hash <> v.content_hash THEN
    RAISE EXCEPTION 'a review is about the content as it stands' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_review BEFORE INSERT ON rules_review
  FOR EACH ROW EXECUTE FUNCTION rules_guard_review();
"""
WITHOUT_GUARDS = """
DROP TRIGGER guard_review ON rules_review;
DROP FUNCTION rules_guard_review();
DROP TRIGGER guard_version ON rules_ruleversion;
DROP FUNCTION rules_guard_version();
"""


class Migration(migrations.Migration):
    dependencies = [("rules", "0001_initial"), ("tenancy", "0002_fences")]
    operations = [
        fence("rules_rule"),
        fence("rules_ruleversion"),
        fence("rules_review"),
        append_only("rules_review"),
        migrations.RunSQL(GUARDS, WITHOUT_GUARDS),
    ]
