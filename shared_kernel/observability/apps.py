from django.apps import AppConfig


class ObservabilityConfig(AppConfig):
    name = "shared_kernel.observability"
    label = "observability"
