"""Releases: bundles of approved versions, how far each came, and what nobody may do to them."""

import django.db.models.deletion
import shared_kernel.ids
import shared_kernel.tenancy.scope
from django.db import migrations, models
from shared_kernel.tenancy.fences import append_only, fence

GUARDS = """
CREATE FUNCTION rules_guard_release() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  following integer;
  canonical text;
  rules integer;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('rules-releases ' || NEW.tenant_id, 0));
  SELECT coalesce(max(number), 0) + 1 INTO following FROM rules_release WHERE tenant_id = NEW.tenant_id;
  IF NEW.number <> following THEN
    RAISE EXCEPTION 'releases are numbered without gaps: this one is %', following USING ERRCODE = 'check_violation';
  END IF;
  SELECT count(DISTINCT r.id), '[' || string_agg(
      format('{"content_hash":"%s","point":"%s","rule_id":"%s","slug":"%s","version":%s}',
        v.content_hash, r.point, r.id, r.slug, v.number), ',' ORDER BY r.slug COLLATE "C") || ']'
    INTO rules, canonical
    FROM jsonb_array_elements(NEW.members) m
    JOIN rules_rule r ON r.id = (m->>'rule_id')::uuid AND r.tenant_id = NEW.tenant_id
    JOIN rules_ruleversion v ON v.rule_id = r.id AND v.number = (m->>'version')::integer
      AND v.status IN ('approved', 'scheduled', 'active', 'paused', 'retired');
  IF canonical IS NULL OR canonical::jsonb IS DISTINCT FROM NEW.members
     OR rules <> jsonb_array_length(NEW.members) THEN
    RAISE EXCEPTION 'a release consists of approved versions, one of a rule, in order' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.digest <> encode(sha256(convert_to(canonical, 'UTF8')), 'hex') THEN
    RAISE EXCEPTION 'the digest is of other members' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_release BEFORE INSERT ON rules_release
  FOR EACH ROW EXECUTE FUNCTION rules_guard_release();

CREATE FUNCTION rules_guard_release_approval() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  r rules_release;
BEGIN
  SELECT * INTO r FROM rules_release WHERE id = NEW.release_id AND tenant_id = NEW.tenant_id;
  IF r.id IS NULL OR r.digest <> NEW.digest THEN
    RAISE EXCEPTION 'an approval is about a release as it stands' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.reviewer = r.made_by OR NEW.reviewer = '' THEN
    RAISE EXCEPTION 'whoever made a release does not approve it' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_release_approval BEFORE INSERT ON rules_releaseapproval
  FOR EACH ROW EXECUTE FUNCTION rules_guard_release_approval();

CREATE FUNCTION rules_guard_promotion() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  r rules_release;
  stage_before text := CASE NEW.stage WHEN 'staging' THEN 'development' WHEN 'production' THEN 'staging' END;
  demanded jsonb;
  wanted jsonb;
  given integer;
  total integer := 0;
BEGIN
  SELECT * INTO r FROM rules_release WHERE id = NEW.release_id AND tenant_id = NEW.tenant_id;
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
    SELECT count(*) INTO given FROM rules_releaseapproval a
      WHERE a.release_id = NEW.release_id AND a.stage = NEW.stage AND a.digest = r.digest
        AND a.reviewer <> r.made_by AND (wanted->>'team' = '' OR a.teams ? (wanted->>'team'));
    IF given < (wanted->>'count')::integer THEN
      RAISE EXCEPTION 'not enough colleagues approved this promotion' USING ERRCODE = 'check_violation';
    END IF;
  END LOOP;
  SELECT count(*) INTO given FROM rules_releaseapproval a
    WHERE a.release_id = NEW.release_id AND a.stage = NEW.stage AND a.digest = r.digest AND a.reviewer <> r.made_by;
  IF given < greatest(total, CASE NEW.stage WHEN 'production' THEN 1 ELSE 0 END) THEN
    RAISE EXCEPTION 'not enough colleagues approved this promotion' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_promotion BEFORE INSERT ON rules_promotion
  FOR EACH ROW EXECUTE FUNCTION rules_guard_promotion();
"""
WITHOUT_GUARDS = """
DROP TRIGGER guard_promotion ON rules_promotion;
DROP FUNCTION rules_guard_promotion();
DROP TRIGGER guard_release_approval ON rules_releaseapproval;
DROP FUNCTION rules_guard_release_approval();
DROP TRIGGER guard_release ON rules_release;
DROP FUNCTION rules_guard_release();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('rules', '0004_life_cycle'),
    ]

    operations = [
        migrations.CreateModel(
            name='Release',
            fields=[
                ('id', models.UUIDField(default=shared_kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('tenant_id', models.UUIDField(default=shared_kernel.tenancy.scope.current_tenant, editable=False)),
                ('number', models.PositiveIntegerField(verbose_name='release')),
                ('name', models.CharField(max_length=120)),
                ('notes', models.TextField(blank=True, default='', max_length=10000)),
                ('members', models.JSONField(default=list)),
                ('digest', models.CharField(max_length=64)),
                ('made_by', models.CharField(max_length=160)),
                ('made_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('tenant_id', 'number'), name='release_number_unique')],
            },
        ),
        migrations.CreateModel(
            name='StagePolicy',
            fields=[
                ('id', models.UUIDField(default=shared_kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('tenant_id', models.UUIDField(default=shared_kernel.tenancy.scope.current_tenant, editable=False)),
                ('stage', models.CharField(choices=[('development', 'Development'), ('staging', 'Staging'), ('production', 'Production')], max_length=11)),
                ('requirements', models.JSONField(default=list, help_text='Such as [{"count": 1, "team": "finance"}]; "" is anybody.')),
                ('set_by', models.CharField(max_length=160)),
                ('set_at', models.DateTimeField()),
            ],
            options={
                'verbose_name_plural': 'stage policies',
                'constraints': [models.UniqueConstraint(fields=('tenant_id', 'stage'), name='stage_policy_once')],
            },
        ),
        migrations.CreateModel(
            name='Promotion',
            fields=[
                ('id', models.UUIDField(default=shared_kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('tenant_id', models.UUIDField(default=shared_kernel.tenancy.scope.current_tenant, editable=False)),
                ('stage', models.CharField(choices=[('development', 'Development'), ('staging', 'Staging'), ('production', 'Production')], max_length=11)),
                ('digest', models.CharField(max_length=64)),
                ('requirements', models.JSONField(default=list, help_text='Who had to approve it then.')),
                ('retired_others', models.BooleanField(default=False)),
                ('promoted_by', models.CharField(max_length=160)),
                ('promoted_at', models.DateTimeField()),
                ('release', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='promotions', to='rules.release')),
            ],
            options={
                'indexes': [models.Index(fields=['tenant_id', 'stage', '-promoted_at'], name='promotion_by_stage')],
                'constraints': [models.UniqueConstraint(fields=('tenant_id', 'release', 'stage'), name='release_reaches_a_stage_once')],
            },
        ),
        migrations.CreateModel(
            name='ReleaseApproval',
            fields=[
                ('id', models.UUIDField(default=shared_kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('tenant_id', models.UUIDField(default=shared_kernel.tenancy.scope.current_tenant, editable=False)),
                ('stage', models.CharField(choices=[('development', 'Development'), ('staging', 'Staging'), ('production', 'Production')], max_length=11)),
                ('digest', models.CharField(max_length=64)),
                ('reviewer', models.CharField(max_length=160)),
                ('teams', models.JSONField(default=list)),
                ('comment', models.TextField(blank=True, default='', max_length=4000)),
                ('approved_at', models.DateTimeField()),
                ('release', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='approvals', to='rules.release')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('tenant_id', 'release', 'stage', 'reviewer'), name='release_approval_once_per_reviewer')],
            },
        ),
        fence("rules_release"),
        fence("rules_stagepolicy"),
        fence("rules_releaseapproval"),
        fence("rules_promotion"),
        append_only("rules_release"),
        append_only("rules_releaseapproval"),
        append_only("rules_promotion"),
        migrations.RunSQL(GUARDS, WITHOUT_GUARDS),
    ]
