"""Roll-outs as carts know them, what they were counted to do, and the arm that an evaluation had."""

import django.utils.timezone
import shared_kernel.ids
import shared_kernel.tenancy.scope
from django.db import migrations, models
from shared_kernel.tenancy.fences import fence, worklist_fence

GUARDS = """
CREATE FUNCTION evaluation_guard_rollout() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR OLD.ended_at IS NOT NULL
     OR (to_jsonb(NEW) - 'percent' - 'ended_at') IS DISTINCT FROM (to_jsonb(OLD) - 'percent' - 'ended_at')
     OR NEW.percent < OLD.percent THEN
    RAISE EXCEPTION 'a roll-out is widened, or ends; nothing else of it changes' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_rollout BEFORE UPDATE OR DELETE ON evaluation_runningrollout
  FOR EACH ROW EXECUTE FUNCTION evaluation_guard_rollout();
"""
WITHOUT_GUARDS = """
DROP TRIGGER guard_rollout ON evaluation_runningrollout;
DROP FUNCTION evaluation_guard_rollout();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('evaluation', '0004_back_test_guards'),
    ]

    operations = [
        migrations.CreateModel(
            name='RolloutTally',
            fields=[
                ('id', models.UUIDField(default=shared_kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('tenant_id', models.UUIDField(default=shared_kernel.tenancy.scope.current_tenant, editable=False)),
                ('after', models.UUIDField(null=True)),
                ('after_at', models.DateTimeField()),
                ('paired', models.BinaryField(default=bytes)),
                ('arms', models.JSONField(default=dict, help_text='Carts, listed and taken off, by currency and arm.')),
                ('broken', models.CharField(blank=True, default='', max_length=400)),
                ('counted_at', models.DateTimeField(null=True)),
            ],
            options={
                'verbose_name': "roll-out's figures",
            },
        ),
        migrations.CreateModel(
            name='RolloutWork',
            fields=[
                ('id', models.UUIDField(default=shared_kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('tenant_id', models.UUIDField(default=shared_kernel.tenancy.scope.current_tenant, editable=False)),
                ('due_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('token', models.UUIDField(null=True)),
            ],
            options={
                'verbose_name': 'roll-out to be counted',
            },
        ),
        migrations.CreateModel(
            name='RunningRollout',
            fields=[
                ('id', models.UUIDField(default=shared_kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('tenant_id', models.UUIDField(default=shared_kernel.tenancy.scope.current_tenant, editable=False)),
                ('salt', models.CharField(max_length=64)),
                ('percent', models.DecimalField(decimal_places=2, max_digits=5)),
                ('candidates', models.JSONField(help_text='The texts that are tried, by decision point.')),
                ('guards', models.JSONField(default=list)),
                ('started_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'verbose_name': 'running roll-out',
            },
        ),
        migrations.AddField(
            model_name='evaluationrecord',
            name='arm',
            field=models.CharField(blank=True, default='', max_length=9),
        ),
        migrations.AddField(
            model_name='evaluationrecord',
            name='rollout_id',
            field=models.UUIDField(help_text='Of the release that was being rolled out.', null=True),
        ),
        migrations.AddConstraint(
            model_name='evaluationrecord',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('arm', ''), ('rollout_id', None)), models.Q(('arm__in', ['control', 'candidate', 'outside']), ('rollout_id__isnull', False)), _connector='OR'), name='evaluation_arm_of_a_rollout'),
        ),
        migrations.AddIndex(
            model_name='rolloutwork',
            index=models.Index(fields=['due_at'], name='rollout_work_due'),
        ),
        fence("evaluation_runningrollout"),
        fence("evaluation_rollouttally"),
        worklist_fence("evaluation_rolloutwork"),
        migrations.RunSQL(GUARDS, WITHOUT_GUARDS),
    ]
