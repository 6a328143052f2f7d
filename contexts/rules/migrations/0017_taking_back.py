"""
An approval can be taken back, and an absence ended: what that means to the guards.

Of one colleague the last review counts. One way: the guards before would count approvals that were taken back.
"""

from django.db import migrations, models

GUARDS = """
CREATE FUNCTION rules_standing_approvals(of_version uuid, hash text, wrote text, submitted text)
RETURNS TABLE (reviewer text, teams jsonb) LANGUAGE sql STABLE AS $$
  SELECT r.reviewer, r.teams FROM rules_review r
  WHERE r.version_id = of_version AND r.verdict = 'approve' AND r.content_hash = hash
    AND r.reviewer NOT IN (wrote, submitted)
    AND NOT EXISTS (SELECT 1 FROM rules_review later
      WHERE later.version_id = r.version_id AND later.reviewer = r.reviewer AND later.turn > r.turn)
$$;
CREATE FUNCTION rules_is_approved(v rules_ruleversion) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT count(*) > 0 AND rules_approvals_suffice(v.requirements, coalesce(jsonb_agg(a.teams), '[]'))
  FROM rules_standing_approvals(v.id, v.content_hash, v.author, v.submitted_by) a
$$;
CREATE OR REPLACE FUNCTION rules_guard_version_matching() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT rules_is_approved(NEW) THEN
    RAISE EXCEPTION 'different colleagues have to approve for different demands' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION rules_guard_version() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  wanted jsonb;
  given integer;
  total integer := 0;
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
      NEW.starts, NEW.ends, NEW.time_zone, NEW.starts_at, NEW.ends_at, NEW.risk, NEW.requirements, NEW.limits,
      NEW.content_hash, NEW.revision, NEW.author, NEW.submitted_by, NEW.submitted_at) IS DISTINCT FROM
     (OLD.name, OLD.reason, OLD.condition, OLD.effects, OLD.priority, OLD."order", OLD."group", OLD.stop,
      OLD.starts, OLD.ends, OLD.time_zone, OLD.starts_at, OLD.ends_at, OLD.risk, OLD.requirements, OLD.limits,
      OLD.content_hash, OLD.revision, OLD.author, OLD.submitted_by, OLD.submitted_at) THEN
    RAISE EXCEPTION 'a submitted version does not change: draft a new one' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.status = OLD.status THEN
    RETURN NEW;
  END IF;
  IF (OLD.status, NEW.status) NOT IN (('draft', 'in_review'), ('in_review', 'approved'),
      ('in_review', 'rejected'), ('approved', 'in_review'), ('approved', 'active'), ('approved', 'scheduled'), ('scheduled', 'approved'),
      ('scheduled', 'active'), ('active', 'paused'), ('paused', 'active'), ('active', 'retired'),
      ('paused', 'retired')) THEN
    RAISE EXCEPTION 'a version does not go from % to %', OLD.status, NEW.status USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.status = 'in_review' AND (NEW.submitted_by = '' OR NEW.author = '') THEN
    RAISE EXCEPTION 'a submitted version names its author and who submitted it' USING ERRCODE = 'check_violation';
  END IF;
  IF OLD.status = 'approved' AND NEW.status = 'in_review' AND rules_is_approved(NEW) THEN
    RAISE EXCEPTION 'a version is in review again once an approval that it needs was taken back'
      USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.status = 'active' AND NEW.starts_at > now() + interval '5 seconds' THEN
    RAISE EXCEPTION 'a version does not decide before its time' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.status IN ('approved', 'scheduled', 'active') THEN
    FOR wanted IN SELECT * FROM jsonb_array_elements(NEW.requirements) LOOP
      total := total + (wanted->>'count')::integer;
      SELECT count(*) INTO given
        FROM rules_standing_approvals(NEW.id, NEW.content_hash, NEW.author, NEW.submitted_by) a
        WHERE wanted->>'team' = '' OR a.teams ? (wanted->>'team');
      IF given < (wanted->>'count')::integer THEN
        RAISE EXCEPTION 'not enough colleagues approved this content' USING ERRCODE = 'check_violation';
      END IF;
    END LOOP;
    SELECT count(*) INTO given
      FROM rules_standing_approvals(NEW.id, NEW.content_hash, NEW.author, NEW.submitted_by);
    IF given < greatest(total, 1) THEN
      RAISE EXCEPTION 'nobody but its author approved this content' USING ERRCODE = 'check_violation';
    END IF;
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION rules_guard_review() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  v rules_ruleversion;
  before rules_review;
BEGIN
  IF NEW.verdict = 'take_back' THEN  -- after, or before, whatever goes by the approval: never beside it
    SELECT * INTO v FROM rules_ruleversion WHERE id = NEW.version_id FOR NO KEY UPDATE;
  ELSE
    SELECT * INTO v FROM rules_ruleversion WHERE id = NEW.version_id FOR SHARE;
  END IF;
  IF v.id IS NULL OR v.tenant_id <> NEW.tenant_id
     OR NOT (v.status = 'in_review' OR (v.status = 'approved' AND NEW.verdict = 'take_back')) THEN
    RAISE EXCEPTION 'only a version in review is reviewed' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.reviewer IN (v.author, v.submitted_by) OR NEW.reviewer = '' THEN
    RAISE EXCEPTION 'whoever wrote or submitted a version does not review it' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.content_hash <> v.content_hash THEN
    RAISE EXCEPTION 'a review is about the content as it stands' USING ERRCODE = 'check_violation';
  END IF;
  SELECT * INTO before FROM rules_review r
    WHERE r.version_id = NEW.version_id AND r.reviewer = NEW.reviewer ORDER BY r.turn DESC LIMIT 1;
  IF NEW.turn <> coalesce(before.turn, 0) + 1 OR coalesce(before.verdict, 'take_back') NOT IN ('take_back', 'approve')
     OR (NEW.verdict = 'take_back') <> (coalesce(before.verdict, '') = 'approve') THEN
    RAISE EXCEPTION 'a colleague reviews a version once, unless they take their approval back'
      USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.verdict = 'take_back' AND EXISTS (
      SELECT 1 FROM rules_promotion p JOIN rules_release r ON r.id = p.release_id
      WHERE p.tenant_id = NEW.tenant_id AND r.members @> jsonb_build_array(
        jsonb_build_object('rule_id', v.rule_id, 'version', v.number))) THEN
    RAISE EXCEPTION 'what was promoted keeps its approvals' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;

-- at the end of its transaction nothing is approved that lacks an approval
CREATE FUNCTION rules_guard_taken_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM rules_ruleversion v
      WHERE v.id = NEW.version_id AND v.status NOT IN ('in_review', 'rejected') AND NOT rules_is_approved(v)) THEN
    RAISE EXCEPTION 'a version without the approvals that it needs is in review' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER guard_taken_back AFTER INSERT ON rules_review DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW WHEN (NEW.verdict = 'take_back') EXECUTE FUNCTION rules_guard_taken_back();

CREATE FUNCTION rules_guard_promoted_members() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  v record;
BEGIN
  FOR v IN SELECT w.number, w.status FROM rules_release r CROSS JOIN LATERAL jsonb_array_elements(r.members) m
      JOIN rules_ruleversion w ON w.rule_id = (m->>'rule_id')::uuid AND w.number = (m->>'version')::integer
      WHERE r.id = NEW.release_id AND w.tenant_id = NEW.tenant_id ORDER BY w.id FOR SHARE OF w LOOP
    IF v.status NOT IN ('approved', 'scheduled', 'active', 'paused', 'retired') THEN
      RAISE EXCEPTION 'a release is promoted while its members are approved' USING ERRCODE = 'check_violation';
    END IF;
  END LOOP;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_promoted_members BEFORE INSERT ON rules_promotion
  FOR EACH ROW EXECUTE FUNCTION rules_guard_promoted_members();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('rules', '0016_own_acts'),
    ]

    operations = [
        migrations.AddField(
            model_name='review',
            name='turn',
            field=models.PositiveSmallIntegerField(db_default=1, default=1, help_text="Which of the reviewer's own rows about the version it is."),
        ),
        migrations.AlterField(
            model_name='review',
            name='verdict',
            field=models.CharField(choices=[('approve', 'Approved'), ('reject', 'Rejected'), ('take_back', 'Approval taken back')], max_length=12),
        ),
        migrations.RemoveConstraint(model_name='review', name='review_once_per_reviewer'),
        migrations.AddConstraint(
            model_name='review',
            constraint=models.UniqueConstraint(fields=('tenant_id', 'version', 'reviewer', 'turn'), name='review_once_per_turn'),
        ),
        migrations.AddField(
            model_name='absence',
            name='ended_by',
            field=models.CharField(blank=True, db_default='', default='', max_length=160),
        ),
        migrations.AddField(
            model_name='absence',
            name='ended_at',
            field=models.DateTimeField(blank=True, help_text='When it was ended or called off before its time.', null=True),
        ),
        migrations.RunSQL(GUARDS),
    ]
