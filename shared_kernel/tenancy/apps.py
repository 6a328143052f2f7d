from django.apps import AppConfig


class TenancyConfig(AppConfig):
    name = "shared_kernel.tenancy"
    label = "tenancy"
    verbose_name = "Tenants"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from shared_kernel.tenancy.acts import tell_key

        post_migrate.connect(tell_key, sender=self)
