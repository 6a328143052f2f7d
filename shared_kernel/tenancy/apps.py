from django.apps import AppConfig


class TenancyConfig(AppConfig):
    name = "shared_kernel.tenancy"
    label = "tenancy"
    verbose_name = "Tenants"
