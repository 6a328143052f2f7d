"""Templates and their versions; which template a version was made from; and what nobody may do to either."""

import django.db.models.deletion
import django.utils.timezone
import shared_kernel.ids
import shared_kernel.tenancy.scope
from django.db import migrations, models
from shared_kernel.tenancy.fences import fence

GUARDS = """
CREATE FUNCTION rules_guard_template() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a template stays the template that it is' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER guard_template BEFORE UPDATE ON rules_ruletemplate
  FOR EACH ROW EXECUTE FUNCTION rules_guard_template();

CREATE FUNCTION rules_guard_template_version() RETURNS trigger LANGUAGE plpgsql AS $$
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
  IF OLD.status <> 'in_review' AND (NEW.reviewer, NEW.reviewed_hash, NEW.comment, NEW.decided_at)
     IS DISTINCT FROM (OLD.reviewer, OLD.reviewed_hash, OLD.comment, OLD.decided_at) THEN
    RAISE EXCEPTION 'a review is said once, of what is in review' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.status = OLD.status THEN
    RETURN NEW;
  END IF;
  IF (OLD.status, NEW.status) NOT IN (('draft', 'in_review'), ('in_review', 'approved'),
      ('in_review', 'rejected'), ('approved', 'retired')) THEN
    RAISE EXCEPTION 'a template version does not go from % to %', OLD.status, NEW.status
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
CREATE TRIGGER guard_template_version BEFORE INSERT OR UPDATE OR DELETE ON rules_ruletemplateversion
  FOR EACH ROW EXECUTE FUNCTION rules_guard_template_version();

CREATE FUNCTION rules_guard_made_from() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  standing text;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF (NEW.made_from_id, NEW.arguments) IS NOT DISTINCT FROM (OLD.made_from_id, OLD.arguments) THEN
      RETURN NEW;
    END IF;
    IF OLD.status <> 'draft' THEN
      RAISE EXCEPTION 'a submitted version keeps the template it was made from' USING ERRCODE = 'check_violation';
    END IF;
  END IF;
  IF NEW.made_from_id IS NULL THEN
    RETURN NEW;
  END IF;
  SELECT t.status INTO standing FROM rules_ruletemplateversion t
    JOIN rules_ruletemplate of ON of.id = t.template_id
    JOIN rules_rule r ON r.id = NEW.rule_id AND r.point = of.point
    WHERE t.id = NEW.made_from_id AND t.tenant_id = NEW.tenant_id
    FOR SHARE OF t;
  IF standing = 'approved' OR (standing = 'retired' AND EXISTS (SELECT 1 FROM rules_ruleversion v
      WHERE v.rule_id = NEW.rule_id AND v.made_from_id = NEW.made_from_id AND v.arguments = NEW.arguments)) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'a rule is made from an approved template of its own point' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER guard_made_from BEFORE INSERT OR UPDATE ON rules_ruleversion
  FOR EACH ROW EXECUTE FUNCTION rules_guard_made_from();
"""
WITHOUT_GUARDS = """
DROP TRIGGER guard_made_from ON rules_ruleversion;
DROP FUNCTION rules_guard_made_from();
DROP TRIGGER guard_template_version ON rules_ruletemplateversion;
DROP FUNCTION rules_guard_template_version();
DROP TRIGGER guard_template ON rules_ruletemplate;
DROP FUNCTION rules_guard_template();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('rules', '0008_rollouts'),
    ]

    operations = [
        migrations.AddField(
            model_name='ruleversion',
            name='arguments',
            field=models.JSONField(default=dict, help_text='What its template was filled in with.'),
        ),
        migrations.CreateModel(
            name='RuleTemplate',
            fields=[
                ('id', models.UUIDField(default=shared_kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('tenant_id', models.UUIDField(default=shared_kernel.tenancy.scope.current_tenant, editable=False)),
                ('slug', models.SlugField(max_length=80)),
                ('point', models.CharField(max_length=100, verbose_name='decision point')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('created_by', models.CharField(max_length=160)),
            ],
            options={
                'verbose_name': 'template',
                'constraints': [models.UniqueConstraint(fields=('tenant_id', 'slug'), name='template_slug_unique')],
            },
        ),
        migrations.CreateModel(
            name='RuleTemplateVersion',
            fields=[
                ('id', models.UUIDField(default=shared_kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('tenant_id', models.UUIDField(default=shared_kernel.tenancy.scope.current_tenant, editable=False)),
                ('number', models.PositiveIntegerField(verbose_name='version')),
                ('status', models.CharField(choices=[('draft', 'Draft'), ('in_review', 'In review'), ('rejected', 'Rejected'), ('approved', 'Approved'), ('retired', 'Retired')], default='draft', max_length=10)),
                ('name', models.CharField(max_length=120)),
                ('about', models.CharField(blank=True, default='', max_length=400)),
                ('parameters', models.JSONField(default=list)),
                ('content', models.JSONField(default=dict, help_text='The rule, with parameters by name.')),
                ('content_hash', models.CharField(max_length=64)),
                ('revision', models.PositiveIntegerField(default=1)),
                ('author', models.CharField(max_length=160)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('submitted_by', models.CharField(blank=True, default='', max_length=160)),
                ('submitted_at', models.DateTimeField(blank=True, null=True)),
                ('reviewer', models.CharField(blank=True, default='', max_length=160)),
                ('reviewed_hash', models.CharField(blank=True, default='', max_length=64)),
                ('comment', models.TextField(blank=True, default='', max_length=4000)),
                ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='reviewed at')),
                ('retired_by', models.CharField(blank=True, default='', max_length=160)),
                ('retired_at', models.DateTimeField(blank=True, null=True)),
                ('template', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='versions', to='rules.ruletemplate')),
            ],
            options={
                'verbose_name': 'template version',
            },
        ),
        migrations.AddField(
            model_name='ruleversion',
            name='made_from',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='made', to='rules.ruletemplateversion'),
        ),
        migrations.AddConstraint(
            model_name='ruletemplateversion',
            constraint=models.UniqueConstraint(fields=('tenant_id', 'template', 'number'), name='template_version_number_unique'),
        ),
        migrations.AddConstraint(
            model_name='ruletemplateversion',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'draft')), fields=('tenant_id', 'template'), name='template_one_draft'),
        ),
        migrations.AddConstraint(
            model_name='ruletemplateversion',
            constraint=models.UniqueConstraint(condition=models.Q(('status', 'approved')), fields=('tenant_id', 'template'), name='template_one_approved'),
        ),
        fence("rules_ruletemplate"),
        fence("rules_ruletemplateversion"),
        migrations.RunSQL(GUARDS, WITHOUT_GUARDS),
    ]
