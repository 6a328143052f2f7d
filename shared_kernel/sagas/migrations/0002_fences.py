from django.db import migrations

from shared_kernel.tenancy.fences import worklist_fence


class Migration(migrations.Migration):
    dependencies = [("sagas", "0001_initial"), ("tenancy", "0002_fences")]
    operations = [worklist_fence("sagas_sagarecord")]
