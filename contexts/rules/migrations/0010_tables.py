"""A version may be a table, which stands still with the rest of its content."""

from django.db import migrations, models

GUARD = """
CREATE FUNCTION rules_guard_table() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.status <> 'draft' AND NEW."table" IS DISTINCT FROM OLD."table" THEN
    RAISE EXCEPTION 'a submitted version does not change: draft a new one' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_table BEFORE UPDATE ON rules_ruleversion
  FOR EACH ROW EXECUTE FUNCTION rules_guard_table();
"""
WITHOUT_GUARD = """
DROP TRIGGER guard_table ON rules_ruleversion;
DROP FUNCTION rules_guard_table();
"""


class Migration(migrations.Migration):
    dependencies = [("rules", "0009_templates")]
    operations = [
        migrations.AddField(
            model_name="ruleversion",
            name="table",
            field=models.JSONField(
                blank=True, null=True, help_text="What it decides by, row by row, instead of effects."
            ),
        ),
        migrations.AddConstraint(
            model_name="ruleversion",
            constraint=models.CheckConstraint(
                condition=models.Q(("table__isnull", True), ("effects", []), _connector="OR"),
                name="version_table_or_effects",
            ),
        ),
        migrations.RunSQL(GUARD, WITHOUT_GUARD),
    ]
