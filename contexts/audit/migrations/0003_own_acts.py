"""Nobody appends but the application itself, when it hears what was done."""

from django.db import migrations

from shared_kernel.tenancy.acts import own_acts_only


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_guards"), ("tenancy", "0003_acts")]
    operations = [own_acts_only("audit_auditentry"), own_acts_only("audit_audithead")]
