"""Nobody writes, submits, approves, lets decide or stops but through the application's own acts."""

from django.db import migrations

from shared_kernel.tenancy.acts import own_acts_only, own_news_only

TABLES = (
    "rules_rule",
    "rules_ruleversion",
    "rules_review",
    "rules_comment",
    "rules_approvalpolicy",
    "rules_absence",
    "rules_guardrail",
    "rules_pointstop",
    "rules_timedstep",
    "rules_release",
    "rules_stagepolicy",
    "rules_releaseapproval",
    "rules_promotion",
    "rules_rollout",
    "rules_rolloutstep",
    "rules_ruletemplate",
    "rules_ruletemplateversion",
    "rules_budget",
    "rules_noticehook",
)


class Migration(migrations.Migration):
    dependencies = [("rules", "0015_budgets"), ("tenancy", "0003_acts"), ("eventlog", "0002_fences")]
    operations = [*map(own_acts_only, TABLES), own_news_only("rules")]
