"""A draft that is thrown away takes what was said of it along; of all else, what was said stays as it was said."""

from __future__ import annotations

from django.db import migrations

GOES_WITH_ITS_DRAFT = """
CREATE FUNCTION rules_comment_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND EXISTS (
    SELECT 1 FROM rules_ruleversion v WHERE v.id = OLD.version_id AND v.status = 'draft'
  ) THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'rules_comment is append-only' USING ERRCODE = 'raise_exception';
END $$;
DROP TRIGGER append_only ON rules_comment;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON rules_comment
  FOR EACH ROW EXECUTE FUNCTION rules_comment_stays();
"""
AS_BEFORE = """
DROP TRIGGER append_only ON rules_comment;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON rules_comment
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
DROP FUNCTION rules_comment_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("rules", "0020_proof_demanded")]
    operations = [migrations.RunSQL(GOES_WITH_ITS_DRAFT, AS_BEFORE)]
