from django.db import migrations

from shared_kernel.tenancy.fences import append_only, fence


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0001_initial"), ("tenancy", "0002_fences")]
    operations = [fence("evaluation_evaluationrecord"), append_only("evaluation_evaluationrecord")]
