"""What every fence is made of, and the registry's own."""

from django.db import migrations

from shared_kernel.tenancy.fences import CURRENT_TENANT_FUNCTION, worklist_fence


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0001_initial")]
    operations = [CURRENT_TENANT_FUNCTION, worklist_fence("tenancy_tenant", column="id")]
