"""The figures that an approver sees, and whose carts a roll-out prices, are the application's own."""

from django.db import migrations

from shared_kernel.tenancy.acts import own_acts_only

TABLES = (
    "evaluation_backtest",
    "evaluation_runningrollout",
)


class Migration(migrations.Migration):
    dependencies = [("evaluation", "0006_reach_guards"), ("tenancy", "0003_acts")]
    operations = [own_acts_only(table) for table in TABLES]
