"""Roll-outs of releases, when each goes on, and what nobody may do to them."""

import django.db.models.deletion
import shared_kernel.ids
import shared_kernel.tenancy.scope
from django.db import migrations, models
from shared_kernel.tenancy.fences import fence, worklist_fence

GUARDS = """
CREATE FUNCTION rules_guard_rollout() RETURNS trigger LANGUAGE plpgsql AS $$
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
  SELECT * INTO r FROM rules_release WHERE id = NEW.release_id AND tenant_id = NEW.tenant_id;
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
    SELECT count(*) INTO given FROM rules_releaseapproval a
      WHERE a.release_id = NEW.release_id AND a.stage = 'production' AND a.digest = r.digest
        AND a.reviewer <> r.made_by AND (wanted->>'team' = '' OR a.teams ? (wanted->>'team'));
    IF given < (wanted->>'count')::integer THEN
      RAISE EXCEPTION 'not enough colleagues approved what reaches customers' USING ERRCODE = 'check_violation';
    END IF;
  END LOOP;
  SELECT count(*) INTO given FROM rules_releaseapproval a
    WHERE a.release_id = NEW.release_id AND a.stage = 'production' AND a.digest = r.digest AND a.reviewer <> r.made_by;
  IF given < greatest(total, 1) THEN
    RAISE EXCEPTION 'not enough colleagues approved what reaches customers' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_rollout BEFORE INSERT OR UPDATE OR DELETE ON rules_rollout
  FOR EACH ROW EXECUTE FUNCTION rules_guard_rollout();
"""
WITHOUT_GUARDS = """
DROP TRIGGER guard_rollout ON rules_rollout;
DROP FUNCTION rules_guard_rollout();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('rules', '0007_releases'),
    ]

    operations = [
        migrations.CreateModel(
            name='RolloutStep',
            fields=[
                ('id', models.UUIDField(default=shared_kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('tenant_id', models.UUIDField(default=shared_kernel.tenancy.scope.current_tenant, editable=False)),
                ('due_at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['due_at'], name='rollout_step_due')],
            },
        ),
        migrations.CreateModel(
            name='Rollout',
            fields=[
                ('id', models.UUIDField(default=shared_kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('tenant_id', models.UUIDField(default=shared_kernel.tenancy.scope.current_tenant, editable=False)),
                ('digest', models.CharField(max_length=64)),
                ('candidates', models.JSONField(help_text='The members that are tried: slug@version.')),
                ('ramp', models.JSONField(help_text='Such as [{"percent": "5", "seconds": 3600}].')),
                ('guards', models.JSONField(default=list)),
                ('status', models.CharField(choices=[('running', 'Running'), ('paused', 'Paused'), ('rolled_back', 'Rolled back'), ('completed', 'Completed')], default='running', max_length=11)),
                ('step', models.PositiveSmallIntegerField(default=0)),
                ('steps_taken', models.JSONField(default=list, help_text='When each step began, and by whom.')),
                ('seconds_left', models.PositiveIntegerField(default=0, help_text='Of its step, while it is paused.')),
                ('waits_for', models.CharField(blank=True, default='', max_length=400)),
                ('reason', models.CharField(blank=True, default='', max_length=400)),
                ('evidence', models.JSONField(null=True)),
                ('started_by', models.CharField(max_length=160)),
                ('started_at', models.DateTimeField()),
                ('ended_by', models.CharField(blank=True, default='', max_length=160)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('release', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rollouts', to='rules.release')),
            ],
            options={
                'verbose_name': 'roll-out',
                'indexes': [models.Index(fields=['tenant_id', '-started_at'], name='rollout_by_time')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('status__in', ['running', 'paused'])), fields=('tenant_id',), name='rollout_one_under_way')],
            },
        ),
        fence("rules_rollout"),
        worklist_fence("rules_rolloutstep"),
        migrations.RunSQL(GUARDS, WITHOUT_GUARDS),
    ]
