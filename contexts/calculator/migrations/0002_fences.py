"""A tenant sees its own rows only, and a recorded calculation is never changed."""

from django.db import migrations

from shared_kernel.tenancy import append_only, fence


class Migration(migrations.Migration):
    dependencies = [("calculator", "0001_initial"), ("tenancy", "0002_fences")]
    operations = [
        fence("calculator_algorithm"),
        fence("calculator_algorithmusage"),
        fence("calculator_calculationrequest"),
        fence("calculator_calculationresult"),
        append_only("calculator_calculationrequest"),
        append_only("calculator_calculationresult"),
    ]
