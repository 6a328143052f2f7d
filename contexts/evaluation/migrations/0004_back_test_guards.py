"""
What no path may do, whoever asks: page, API, task, or SQL as the application's role.

What a back-test is about stands still; once it is done or has failed nothing of it changes; none is ever removed, so
that the newest one cannot be made to be another. An order file does not change either.
"""

from django.db import migrations

from shared_kernel.tenancy.fences import fence, worklist_fence

GUARDS = """
CREATE FUNCTION evaluation_guard_back_test() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'a back-test is never removed' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' THEN
    IF NEW.status <> 'waiting' THEN
      RAISE EXCEPTION 'a back-test begins by waiting' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF OLD.status IN ('done', 'failed') THEN
    RAISE EXCEPTION 'a back-test that is over does not change' USING ERRCODE = 'check_violation';
  END IF;
  IF (NEW.id, NEW.tenant_id, NEW.content_hash, NEW.rule_id, NEW.drafts, NEW.rule_sets, NEW.order_file_id,
      NEW.source, NEW.since, NEW.until, NEW.asked_by, NEW.asked_at, NEW.carts_total) IS DISTINCT FROM
     (OLD.id, OLD.tenant_id, OLD.content_hash, OLD.rule_id, OLD.drafts, OLD.rule_sets, OLD.order_file_id,
      OLD.source, OLD.since, OLD.until, OLD.asked_by, OLD.asked_at, OLD.carts_total) THEN
    RAISE EXCEPTION 'what a back-test is about does not change' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_back_test BEFORE INSERT OR UPDATE OR DELETE ON evaluation_backtest
  FOR EACH ROW EXECUTE FUNCTION evaluation_guard_back_test();
CREATE TRIGGER guard_order_file BEFORE UPDATE ON evaluation_orderfile
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER guard_order_piece BEFORE UPDATE ON evaluation_orderpiece
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
"""
WITHOUT_GUARDS = """
DROP TRIGGER guard_order_piece ON evaluation_orderpiece;
DROP TRIGGER guard_order_file ON evaluation_orderfile;
DROP TRIGGER guard_back_test ON evaluation_backtest;
DROP FUNCTION evaluation_guard_back_test();
"""


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0003_back_tests"), ("tenancy", "0002_fences")]
    operations = [
        fence("evaluation_orderfile"),
        fence("evaluation_orderpiece"),
        fence("evaluation_backtest"),
        worklist_fence("evaluation_backtestwork"),
        migrations.RunSQL(GUARDS, WITHOUT_GUARDS),
    ]
