"""What roll-outs try: whatever once decided stays as it was, so that it can be replayed."""

import shared_kernel.ids
import shared_kernel.tenancy.scope
from django.db import migrations, models
from shared_kernel.tenancy.fences import fence

GUARDS = """
CREATE FUNCTION calculation_guard_candidate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR OLD.active_to IS NOT NULL
     OR (to_jsonb(NEW) - 'active_to') IS DISTINCT FROM (to_jsonb(OLD) - 'active_to') THEN
    RAISE EXCEPTION 'what a roll-out tries does not change; it ends' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_candidate BEFORE UPDATE OR DELETE ON calculation_candidaterule
  FOR EACH ROW EXECUTE FUNCTION calculation_guard_candidate();
"""
WITHOUT_GUARDS = """
DROP TRIGGER guard_candidate ON calculation_candidaterule;
DROP FUNCTION calculation_guard_candidate();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('calculation', '0005_known'),
    ]

    operations = [
        migrations.CreateModel(
            name='CandidateRule',
            fields=[
                ('id', models.UUIDField(default=shared_kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('tenant_id', models.UUIDField(default=shared_kernel.tenancy.scope.current_tenant, editable=False)),
                ('rollout_id', models.UUIDField()),
                ('point', models.CharField(max_length=100)),
                ('rule_id', models.UUIDField()),
                ('version', models.PositiveIntegerField()),
                ('text', models.JSONField()),
                ('content_hash', models.CharField(max_length=64)),
                ('active_from', models.DateTimeField()),
                ('active_to', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['tenant_id', 'point', 'rollout_id'], name='candidate_by_point')],
                'constraints': [models.UniqueConstraint(fields=('tenant_id', 'rollout_id', 'rule_id'), name='candidate_once_in_a_rollout'), models.UniqueConstraint(condition=models.Q(('active_to', None)), fields=('tenant_id', 'rule_id'), name='candidate_one_open_version'), models.CheckConstraint(condition=models.Q(('active_to', None), ('active_to__gte', models.F('active_from')), _connector='OR'), name='candidate_window_half_open')],
            },
        ),
        fence("calculation_candidaterule"),
        migrations.RunSQL(GUARDS, WITHOUT_GUARDS),
    ]
