"""Who signs in as whom, and what they may, is decided by the application's own acts."""

from django.db import migrations

from shared_kernel.tenancy.acts import own_acts_only, own_news_only

# all but when somebody signed in last
WHO_THEY_ARE = (
    "id", "tenant_id", "username", "password", "is_superuser", "is_staff", "is_active", "scopes", "teams",
)  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("identity", "0003_teams"), ("tenancy", "0003_acts"), ("eventlog", "0002_fences")]
    operations = [
        own_acts_only("identity_user", columns=WHO_THEY_ARE),
        own_acts_only("identity_apikey"),
        own_news_only("identity", but=("identity.signed-in.v1", "identity.signed-out.v1")),
    ]
