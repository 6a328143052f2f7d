"""Only tables of ids are seen by work across tenants; what was said stays inside."""

from django.db import migrations

from shared_kernel.tenancy.fences import append_only, fence, worklist_fence


class Migration(migrations.Migration):
    dependencies = [("eventlog", "0001_initial"), ("tenancy", "0002_fences")]
    operations = [
        fence("eventlog_eventrecord"),
        append_only("eventlog_eventrecord"),
        worklist_fence("eventlog_delivery"),
        worklist_fence("eventlog_inboxentry"),
        worklist_fence("eventlog_once"),
    ]
