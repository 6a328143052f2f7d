"""What decides, and what its attributes are, is written by what was heard and asked for only."""

from django.db import migrations

from shared_kernel.tenancy.acts import own_acts_only, own_news_only

TABLES = (
    "calculation_publishedrule",
    "calculation_plannedrule",
    "calculation_candidaterule",
    "calculation_haltedpoint",
    "calculation_heardend",
    "calculation_declaredattribute",
)


class Migration(migrations.Migration):
    dependencies = [("calculation", "0009_heard_ends"), ("tenancy", "0003_acts"), ("eventlog", "0002_fences")]
    operations = [*map(own_acts_only, TABLES), own_news_only("calculation")]
