"""
Approvals of templates and of promotions can be taken back: what that means to the guards.

Of one colleague the last word about a stage counts. One way: the guards before would count approvals that were taken back.
"""

import django.db.models.deletion
from django.db import migrations, models

GUARDS = """
CREATE FUNCTION rules_standing_promotion_approvals(of_release uuid, at_stage text)
RETURNS SETOF rules_releaseapproval LANGUAGE sql STABLE AS $$
  SELECT a.* FROM rules_releaseapproval a JOIN rules_release r ON r.id = a.release_id AND r.tenant_id = a.tenant_id
  WHERE a.release_id = of_release AND a.stage = at_stage AND a.digest = r.digest AND a.reviewer <> r.made_by
    AND a.verdict = 'approve' AND NOT EXISTS (SELECT 1 FROM rules_releaseapproval later
      WHERE later.release_id = a.release_id AND later.stage = a.stage AND later.reviewer = a.reviewer AND later.turn > a.turn)
$$;

CREATE OR REPLACE FUNCTION rules_guard_release_approval() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  r rules_release;
  before rules_releaseapproval;
BEGIN
  IF NEW.verdict = 'take_back' THEN  -- after, or before, whatever goes by the approval: never beside it
    SELECT * INTO r FROM rules_release WHERE id = NEW.release_id AND tenant_id = NEW.tenant_id FOR NO KEY UPDATE;
  ELSE
    SELECT * INTO r FROM rules_release WHERE id = NEW.release_id AND tenant_id = NEW.tenant_id;
  END IF;
  IF r.id IS NULL OR r.digest <> NEW.digest THEN
    RAISE EXCEPTION 'an approval is about a release as it stands' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.reviewer = r.made_by OR NEW.reviewer = '' THEN
    RAISE EXCEPTION 'whoever made a release does not approve it' USING ERRCODE = 'check_violation';
  END IF;
  SELECT * INTO before FROM rules_releaseapproval a
    WHERE a.release_id = NEW.release_id AND a.stage = NEW.stage AND a.reviewer = NEW.reviewer
    ORDER BY a.turn DESC LIMIT 1;
  IF NEW.verdict NOT IN ('approve', 'take_back') OR NEW.turn <> coalesce(before.turn, 0) + 1
     OR (NEW.verdict = 'take_back') <> (coalesce(before.verdict, '') = 'approve') THEN
    RAISE EXCEPTION 'a colleague approves a promotion once, unless they take that back' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.verdict = 'take_back' AND (
      EXISTS (SELECT 1 FROM rules_promotion p WHERE p.release_id = NEW.release_id AND p.stage = NEW.stage)
      OR (NEW.stage = 'production' AND EXISTS (SELECT 1 FROM rules_rollout o WHERE o.release_id = NEW.release_id
        AND o.status IN ('running', 'paused') AND (o.ramp->o.step->>'percent')::numeric > 0))) THEN
    RAISE EXCEPTION 'what reached a stage, or customers, keeps its approvals' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION rules_guard_promotion() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  r rules_release;
  stage_before text := CASE NEW.stage WHEN 'staging' THEN 'development' WHEN 'production' THEN 'staging' END;
  demanded jsonb;
  wanted jsonb;
  given integer;
  total integer := 0;
BEGIN
  SELECT * INTO r FROM rules_release WHERE id = NEW.release_id AND tenant_id = NEW.tenant_id FOR SHARE;
  IF r.id IS NULL OR r.digest <> NEW.digest THEN
    RAISE EXCEPTION 'a promotion is of a release as it stands' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.stage NOT IN ('development', 'staging', 'production') THEN
    RAISE EXCEPTION 'there is no stage %', NEW.stage USING ERRCODE = 'check_violation';
  END IF;
  IF stage_before IS NOT NULL AND NOT EXISTS (SELECT 1 FROM rules_promotion p
      WHERE p.release_id = NEW.release_id AND p.stage = stage_before) THEN
    RAISE EXCEPTION 'a release reaches % after %', NEW.stage, stage_before USING ERRCODE = 'check_violation';
  END IF;
  SELECT p.requirements INTO demanded FROM rules_stagepolicy p
    WHERE p.tenant_id = NEW.tenant_id AND p.stage = NEW.stage;
  demanded := coalesce(demanded,
    CASE NEW.stage WHEN 'production' THEN '[{"count": 1, "team": ""}]'::jsonb ELSE '[]'::jsonb END);
  IF NEW.requirements <> demanded THEN
    RAISE EXCEPTION 'a promotion bears what its stage demands' USING ERRCODE = 'check_violation';
  END IF;
  FOR wanted IN SELECT * FROM jsonb_array_elements(demanded) LOOP
    total := total + (wanted->>'count')::integer;
    SELECT count(*) INTO given FROM rules_standing_promotion_approvals(NEW.release_id, NEW.stage) a
      WHERE wanted->>'team' = '' OR a.teams ? (wanted->>'team');
    IF given < (wanted->>'count')::integer THEN
      RAISE EXCEPTION 'not enough colleagues approved this promotion' USING ERRCODE = 'check_violation';
    END IF;
  END LOOP;
  SELECT count(*) INTO given FROM rules_standing_promotion_approvals(NEW.release_id, NEW.stage);
  IF given < greatest(total, CASE NEW.stage WHEN 'production' THEN 1 ELSE 0 END) THEN
    RAISE EXCEPTION 'not enough colleagues approved this promotion' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION rules_demand_promotion(tenant uuid, of_release uuid, at_stage text, demanded jsonb)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF NOT rules_approvals_suffice(demanded, coalesce((SELECT jsonb_agg(a.teams)
      FROM rules_standing_promotion_approvals(of_release, at_stage) a WHERE a.tenant_id = tenant), '[]')) THEN
    RAISE EXCEPTION 'different colleagues have to approve for different demands' USING ERRCODE = 'check_violation';
  END IF;
END $$;

CREATE OR REPLACE FUNCTION rules_guard_rollout() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  r rules_release;
  last integer;
  demanded jsonb;
  wanted jsonb;
  given integer;
  total integer := 0;
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'a roll-out is never removed' USING ERRCODE = 'check_violation';
  END IF;
  SELECT * INTO r FROM rules_release WHERE id = NEW.release_id AND tenant_id = NEW.tenant_id FOR SHARE;
  last := jsonb_array_length(NEW.ramp) - 1;
  IF TG_OP = 'INSERT' THEN
    IF r.id IS NULL OR r.digest <> NEW.digest THEN
      RAISE EXCEPTION 'a roll-out is of a release as it stands' USING ERRCODE = 'check_violation';
    END IF;
    IF NOT EXISTS (SELECT 1 FROM rules_promotion p WHERE p.release_id = NEW.release_id AND p.stage = 'staging') THEN
      RAISE EXCEPTION 'a release is rolled out after staging' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.status <> 'running' OR NEW.step <> 0 OR last < 1 OR (NEW.ramp->last->>'percent')::numeric <> 100 THEN
      RAISE EXCEPTION 'a roll-out begins at the first step of a ramp to 100 percent' USING ERRCODE = 'check_violation';
    END IF;
  ELSE
    IF OLD.status IN ('rolled_back', 'completed') THEN
      RAISE EXCEPTION 'a roll-out that is over does not change' USING ERRCODE = 'check_violation';
    END IF;
    IF (NEW.id, NEW.tenant_id, NEW.release_id, NEW.digest, NEW.candidates, NEW.ramp, NEW.guards, NEW.started_by, NEW.started_at)
       IS DISTINCT FROM
       (OLD.id, OLD.tenant_id, OLD.release_id, OLD.digest, OLD.candidates, OLD.ramp, OLD.guards, OLD.started_by, OLD.started_at) THEN
      RAISE EXCEPTION 'what a roll-out is about does not change' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.step NOT IN (OLD.step, OLD.step + 1) OR NEW.step > last THEN
      RAISE EXCEPTION 'a roll-out takes one step after the other' USING ERRCODE = 'check_violation';
    END IF;
  END IF;
  IF (NEW.status = 'completed') <> (NEW.step = last) THEN
    RAISE EXCEPTION 'a roll-out is completed by its last step' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.status = 'completed' AND NOT EXISTS (SELECT 1 FROM rules_promotion p
      WHERE p.release_id = NEW.release_id AND p.stage = 'production') THEN
    RAISE EXCEPTION 'the last step is production' USING ERRCODE = 'check_violation';
  END IF;
  -- what reaches customers is approved as production demands it (as in rules_guard_promotion)
  IF (NEW.ramp->NEW.step->>'percent')::numeric = 0 OR NEW.status = 'rolled_back'
     OR (TG_OP = 'UPDATE' AND NEW.step = OLD.step) THEN
    RETURN NEW;
  END IF;
  SELECT p.requirements INTO demanded FROM rules_stagepolicy p
    WHERE p.tenant_id = NEW.tenant_id AND p.stage = 'production';
  demanded := coalesce(demanded, '[{"count": 1, "team": ""}]'::jsonb);
  FOR wanted IN SELECT * FROM jsonb_array_elements(demanded) LOOP
    total := total + (wanted->>'count')::integer;
    SELECT count(*) INTO given FROM rules_standing_promotion_approvals(NEW.release_id, 'production') a
      WHERE wanted->>'team' = '' OR a.teams ? (wanted->>'team');
    IF given < (wanted->>'count')::integer THEN
      RAISE EXCEPTION 'not enough colleagues approved what reaches customers' USING ERRCODE = 'check_violation';
    END IF;
  END LOOP;
  SELECT count(*) INTO given FROM rules_standing_promotion_approvals(NEW.release_id, 'production');
  IF given < greatest(total, 1) THEN
    RAISE EXCEPTION 'not enough colleagues approved what reaches customers' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION rules_guard_template_version() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  is_reopened boolean;
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF OLD.status <> 'draft' THEN
      RAISE EXCEPTION 'a template version that was submitted is never removed' USING ERRCODE = 'check_violation';
    END IF;
    RETURN OLD;
  END IF;
  IF TG_OP = 'INSERT' THEN
    IF NEW.status <> 'draft' THEN
      RAISE EXCEPTION 'a template version begins as a draft' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  is_reopened := OLD.status = 'approved' AND NEW.status = 'in_review';
  IF (NEW.id, NEW.tenant_id, NEW.template_id, NEW.number, NEW.created_at)
     IS DISTINCT FROM (OLD.id, OLD.tenant_id, OLD.template_id, OLD.number, OLD.created_at) THEN
    RAISE EXCEPTION 'a template version stays the version that it is' USING ERRCODE = 'check_violation';
  END IF;
  IF OLD.status <> 'draft' AND
     (NEW.name, NEW.about, NEW.parameters, NEW.content, NEW.content_hash, NEW.revision,
      NEW.author, NEW.submitted_by, NEW.submitted_at) IS DISTINCT FROM
     (OLD.name, OLD.about, OLD.parameters, OLD.content, OLD.content_hash, OLD.revision,
      OLD.author, OLD.submitted_by, OLD.submitted_at) THEN
    RAISE EXCEPTION 'a submitted template version does not change: draft a new one' USING ERRCODE = 'check_violation';
  END IF;
  IF OLD.status <> 'in_review' AND NOT is_reopened AND (NEW.reviewer, NEW.reviewed_hash, NEW.comment, NEW.decided_at)
     IS DISTINCT FROM (OLD.reviewer, OLD.reviewed_hash, OLD.comment, OLD.decided_at) THEN
    RAISE EXCEPTION 'a review is said once, of what is in review' USING ERRCODE = 'check_violation';
  END IF;
  IF NOT is_reopened AND (NEW.taken_back_by, NEW.taken_back_at, NEW.taken_back_why)
     IS DISTINCT FROM (OLD.taken_back_by, OLD.taken_back_at, OLD.taken_back_why) THEN
    RAISE EXCEPTION 'an approval is taken back while it stands' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.replaced_id IS DISTINCT FROM OLD.replaced_id AND (OLD.status <> 'in_review'
      OR (NEW.replaced_id IS NOT NULL AND (NEW.status <> 'approved' OR NOT EXISTS (
        SELECT 1 FROM rules_ruletemplateversion o WHERE o.id = NEW.replaced_id AND o.status = 'retired'
          AND o.template_id = NEW.template_id AND o.tenant_id = NEW.tenant_id)))) THEN
    RAISE EXCEPTION 'a template version replaces the one before when it is approved' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.status = OLD.status THEN
    RETURN NEW;
  END IF;
  IF (OLD.status, NEW.status) NOT IN (('draft', 'in_review'), ('in_review', 'approved'), ('in_review', 'rejected'),
      ('approved', 'in_review'), ('approved', 'retired'), ('retired', 'approved')) THEN
    RAISE EXCEPTION 'a template version does not go from % to %', OLD.status, NEW.status
      USING ERRCODE = 'check_violation';
  END IF;
  IF is_reopened AND ((NEW.reviewer, NEW.reviewed_hash, NEW.comment) <> ('', '', '') OR NEW.decided_at IS NOT NULL
      OR NEW.taken_back_by <> OLD.reviewer OR NEW.taken_back_at IS NULL) THEN
    RAISE EXCEPTION 'whoever approved a template version takes that back' USING ERRCODE = 'check_violation';
  END IF;
  IF is_reopened AND EXISTS (SELECT 1 FROM rules_ruleversion v WHERE v.made_from_id = NEW.id) THEN
    RAISE EXCEPTION 'a template version from which a rule is made keeps its approval' USING ERRCODE = 'check_violation';
  END IF;
  IF OLD.status = 'retired' AND NOT EXISTS (SELECT 1 FROM rules_ruletemplateversion o
      WHERE o.replaced_id = NEW.id AND o.template_id = NEW.template_id AND o.tenant_id = NEW.tenant_id
        AND o.status = 'in_review') THEN
    RAISE EXCEPTION 'a template version is used again if the one in its place is approved no more'
      USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.status = 'in_review' AND (NEW.submitted_by = '' OR NEW.author = '') THEN
    RAISE EXCEPTION 'a submitted template version names its author and who submitted it'
      USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.status IN ('approved', 'rejected') AND (NEW.reviewer IN ('', NEW.author, NEW.submitted_by)
      OR NEW.reviewed_hash <> NEW.content_hash) THEN
    RAISE EXCEPTION 'nobody but its author reviewed this content' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('rules', '0018_proofs_after_ends'),
    ]

    operations = [
        migrations.AddField(
            model_name='releaseapproval',
            name='verdict',
            field=models.CharField(choices=[('approve', 'Approved'), ('take_back', 'Approval taken back')], db_default='approve', default='approve', max_length=12),
        ),
        migrations.AddField(
            model_name='releaseapproval',
            name='turn',
            field=models.PositiveSmallIntegerField(db_default=1, default=1, help_text="Which of the reviewer's own rows about the stage it is."),
        ),
        migrations.RemoveConstraint(model_name='releaseapproval', name='release_approval_once_per_reviewer'),
        migrations.AddConstraint(
            model_name='releaseapproval',
            constraint=models.UniqueConstraint(fields=('tenant_id', 'release', 'stage', 'reviewer', 'turn'), name='release_approval_once_per_turn'),
        ),
        migrations.AddField(
            model_name='ruletemplateversion',
            name='replaced',
            field=models.ForeignKey(blank=True, help_text='The version whose place it took; again the one to use if its approval is taken back.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='rules.ruletemplateversion'),
        ),
        migrations.AddField(
            model_name='ruletemplateversion',
            name='taken_back_by',
            field=models.CharField(blank=True, db_default='', default='', max_length=160),
        ),
        migrations.AddField(
            model_name='ruletemplateversion',
            name='taken_back_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='ruletemplateversion',
            name='taken_back_why',
            field=models.TextField(blank=True, db_default='', default='', max_length=4000),
        ),
        migrations.RunSQL(GUARDS),
    ]
