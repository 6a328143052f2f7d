"""Windows, pauses, policies of approval, comments; and the guard that knows them."""

import django.contrib.postgres.indexes
import django.db.models.deletion
import shared_kernel.ids
import shared_kernel.tenancy.scope
from django.db import migrations, models
from shared_kernel.tenancy.fences import append_only, fence, worklist_fence

GUARDS = """
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
      ('in_review', 'rejected'), ('approved', 'active'), ('approved', 'scheduled'), ('scheduled', 'approved'),
      ('scheduled', 'active'), ('active', 'paused'), ('paused', 'active'), ('active', 'retired'),
      ('paused', 'retired')) THEN
    RAISE EXCEPTION 'a version does not go from % to %', OLD.status, NEW.status USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.status = 'in_review' AND (NEW.submitted_by = '' OR NEW.author = '') THEN
    RAISE EXCEPTION 'a submitted version names its author and who submitted it' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.status = 'active' AND NEW.starts_at > now() + interval '5 seconds' THEN
    RAISE EXCEPTION 'a version does not decide before its time' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.status IN ('approved', 'scheduled', 'active') THEN
    FOR wanted IN SELECT * FROM jsonb_array_elements(NEW.requirements) LOOP
      total := total + (wanted->>'count')::integer;
      SELECT count(DISTINCT r.reviewer) INTO given FROM rules_review r
        WHERE r.version_id = NEW.id AND r.verdict = 'approve' AND r.content_hash = NEW.content_hash
          AND r.reviewer NOT IN (NEW.author, NEW.submitted_by)
          AND (wanted->>'team' = '' OR r.teams ? (wanted->>'team'));
      IF given < (wanted->>'count')::integer THEN
        RAISE EXCEPTION 'not enough colleagues approved this content' USING ERRCODE = 'check_violation';
      END IF;
    END LOOP;
    SELECT count(DISTINCT r.reviewer) INTO given FROM rules_review r
      WHERE r.version_id = NEW.id AND r.verdict = 'approve' AND r.content_hash = NEW.content_hash
        AND r.reviewer NOT IN (NEW.author, NEW.submitted_by);
    IF given < greatest(total, 1) THEN
      RAISE EXCEPTION 'nobody but its author approved this content' USING ERRCODE = 'check_violation';
    END IF;
  END IF;
  RETURN NEW;
END $$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('rules', '0003_guardrails'),
    ]

    operations = [
        migrations.CreateModel(
            name='Absence',
            fields=[
                ('id', models.UUIDField(default=shared_kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('tenant_id', models.UUIDField(default=shared_kernel.tenancy.scope.current_tenant, editable=False)),
                ('person', models.CharField(max_length=160)),
                ('delegate', models.CharField(max_length=160)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('told_by', models.CharField(max_length=160)),
            ],
        ),
        migrations.CreateModel(
            name='ApprovalPolicy',
            fields=[
                ('id', models.UUIDField(default=shared_kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('tenant_id', models.UUIDField(default=shared_kernel.tenancy.scope.current_tenant, editable=False)),
                ('name', models.CharField(max_length=120)),
                ('point', models.CharField(blank=True, default='', max_length=100, verbose_name='decision point')),
                ('from_risk', models.CharField(choices=[('low', 'low'), ('medium', 'medium'), ('high', 'high')], default='low', max_length=6, verbose_name='from risk')),
                (
                    "limits",
                    models.JSONField(
                        default=dict,
                        help_text="What a back-test must not show, such as {'max_discount_increase': '2'} per cent.",
                    ),
                ),
                ('requirements', models.JSONField(default=list, help_text='Such as [{"count": 1, "team": "finance"}]; "" is anybody.')),
                ('set_by', models.CharField(max_length=160)),
                ('set_at', models.DateTimeField()),
            ],
            options={
                'verbose_name_plural': 'approval policies',
            },
        ),
        migrations.CreateModel(
            name='Comment',
            fields=[
                ('id', models.UUIDField(default=shared_kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('tenant_id', models.UUIDField(default=shared_kernel.tenancy.scope.current_tenant, editable=False)),
                ('author', models.CharField(max_length=160)),
                ('text', models.TextField(max_length=4000)),
                ('mentions', models.JSONField(default=list, help_text='The people it is meant for.')),
                ('written_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='PointStop',
            fields=[
                ('id', models.UUIDField(default=shared_kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('tenant_id', models.UUIDField(default=shared_kernel.tenancy.scope.current_tenant, editable=False)),
                ('point', models.CharField(max_length=100, verbose_name='decision point')),
                ('reason', models.CharField(max_length=400)),
                ('stopped_by', models.CharField(max_length=160)),
                ('stopped_at', models.DateTimeField()),
                ('lifted_by', models.CharField(blank=True, default='', max_length=160)),
                ('lifted_at', models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='TimedStep',
            fields=[
                ('id', models.UUIDField(default=shared_kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('tenant_id', models.UUIDField(default=shared_kernel.tenancy.scope.current_tenant, editable=False)),
                ('rule_id', models.UUIDField()),
                ('number', models.PositiveIntegerField()),
                ('step', models.CharField(choices=[('start', 'Start'), ('end', 'End')], max_length=5)),
                ('due_at', models.DateTimeField()),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='ruleversion',
            name='rule_one_active_version',
        ),
        migrations.AddField(
            model_name='review',
            name='teams',
            field=models.JSONField(default=list, help_text='For which the reviewer stood: their own, and of whom they stood in for.'),
        ),
        migrations.AddField(
            model_name='rule',
            name='tags',
            field=models.JSONField(default=list, help_text='Words to find it by; they decide nothing.'),
        ),
        migrations.AddField(
            model_name='ruleversion',
            name='ends',
            field=models.CharField(blank=True, default='', max_length=26, verbose_name='decides until'),
        ),
        migrations.AddField(
            model_name='ruleversion',
            name='ends_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="ruleversion",
            name="limits",
            field=models.JSONField(
                default=dict,
                help_text="What its back-test must not show, as the policy said when it was submitted.",
            ),
        ),
        migrations.AddField(
            model_name='ruleversion',
            name='requirements',
            field=models.JSONField(default=list, help_text='Who has to approve it, as the policy said when it was submitted.'),
        ),
        migrations.AddField(
            model_name='ruleversion',
            name='risk',
            field=models.JSONField(default=dict, help_text='Its level and reasons when it was submitted.'),
        ),
        migrations.AddField(
            model_name='ruleversion',
            name='standing_by',
            field=models.CharField(blank=True, default='', max_length=160),
        ),
        migrations.AddField(
            model_name='ruleversion',
            name='standing_since',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='ruleversion',
            name='standing_why',
            field=models.CharField(blank=True, default='', help_text='Why it is paused.', max_length=400),
        ),
        migrations.AddField(
            model_name='ruleversion',
            name='starts',
            field=models.CharField(blank=True, default='', max_length=26, verbose_name='decides from'),
        ),
        migrations.AddField(
            model_name='ruleversion',
            name='starts_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='ruleversion',
            name='time_zone',
            field=models.CharField(default='UTC', max_length=60),
        ),
        migrations.AlterField(
            model_name='ruleversion',
            name='status',
            field=models.CharField(choices=[('draft', 'Draft'), ('in_review', 'In review'), ('rejected', 'Rejected'), ('approved', 'Approved'), ('scheduled', 'Scheduled'), ('active', 'Active'), ('paused', 'Paused'), ('retired', 'Retired')], default='draft', max_length=10),
        ),
        migrations.AddIndex(
            model_name='rule',
            index=django.contrib.postgres.indexes.GinIndex(fields=['tags'], name='rule_by_tag'),
        ),
        migrations.AddConstraint(
            model_name='ruleversion',
            constraint=models.UniqueConstraint(condition=models.Q(('status__in', ['active', 'paused'])), fields=('tenant_id', 'rule'), name='rule_one_deciding_version'),
        ),
        migrations.AddConstraint(
            model_name='ruleversion',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'scheduled')), fields=('tenant_id', 'rule'), name='rule_one_scheduled_version'),
        ),
        migrations.AddConstraint(
            model_name='ruleversion',
            constraint=models.CheckConstraint(condition=models.Q(('starts_at', None), ('ends_at', None), ('ends_at__gt', models.F('starts_at')), _connector='OR'), name='version_window_half_open'),
        ),
        migrations.AddConstraint(
            model_name='absence',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='absence_half_open'),
        ),
        migrations.AddConstraint(
            model_name='absence',
            constraint=models.CheckConstraint(condition=models.Q(('person', models.F('delegate')), _negated=True), name='absence_has_a_colleague'),
        ),
        migrations.AddConstraint(
            model_name='approvalpolicy',
            constraint=models.UniqueConstraint(fields=('tenant_id', 'point', 'from_risk'), name='approval_policy_once'),
        ),
        migrations.AddField(
            model_name='comment',
            name='version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='comments', to='rules.ruleversion'),
        ),
        migrations.AddConstraint(
            model_name='pointstop',
            constraint=models.UniqueConstraint(condition=models.Q(('lifted_at', None)), fields=('tenant_id', 'point'), name='point_stopped_once'),
        ),
        migrations.AddIndex(
            model_name='timedstep',
            index=models.Index(fields=['due_at'], name='timed_step_due'),
        ),
        migrations.AddConstraint(
            model_name='timedstep',
            constraint=models.UniqueConstraint(fields=('tenant_id', 'rule_id', 'number', 'step'), name='timed_step_once'),
        ),
        migrations.AddIndex(
            model_name='comment',
            index=models.Index(fields=['tenant_id', '-written_at'], name='comment_by_time'),
        ),
        fence("rules_approvalpolicy"),
        fence("rules_absence"),
        fence("rules_comment"),
        fence("rules_pointstop"),
        worklist_fence("rules_timedstep"),
        append_only("rules_comment"),
        migrations.RunSQL(GUARDS),  # one way: the guards before let versions through that need two approvals
    ]
