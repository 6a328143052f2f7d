"""A proof of the guardrails is a step of its own on the clockwork's list: after a rule ended."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("rules", "0017_taking_back")]

    operations = [
        migrations.AlterField(
            model_name="timedstep",
            name="step",
            field=models.CharField(
                choices=[("start", "Start"), ("end", "End"), ("prove", "Prove")], max_length=5
            ),
        ),
    ]
