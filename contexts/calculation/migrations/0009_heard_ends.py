"""Ends that were heard of, so that a beginning that is heard after its end does not decide for ever."""

import shared_kernel.ids
import shared_kernel.tenancy.scope
from django.db import migrations, models
from shared_kernel.tenancy.fences import append_only, fence


class Migration(migrations.Migration):

    dependencies = [
        ('calculation', '0008_deciding_guards'),
    ]

    operations = [
        migrations.CreateModel(
            name='HeardEnd',
            fields=[
                ('id', models.UUIDField(default=shared_kernel.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('tenant_id', models.UUIDField(default=shared_kernel.tenancy.scope.current_tenant, editable=False)),
                ('about', models.CharField(help_text='Such as "rule" and its id.', max_length=120)),
                ('at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('tenant_id', 'about', 'at'), name='heard_end_once')],
            },
        ),
        fence("calculation_heardend"),
        append_only("calculation_heardend"),
    ]
