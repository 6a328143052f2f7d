from django.db import migrations

from shared_kernel.tenancy.fences import append_only, fence


class Migration(migrations.Migration):
    dependencies = [("calculation", "0001_initial"), ("tenancy", "0002_fences")]
    operations = [
        fence("calculation_publishedrule"),
        fence("calculation_rulesetrecord"),
        append_only("calculation_rulesetrecord"),
    ]
