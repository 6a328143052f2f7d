from django.apps import AppConfig


class SagasConfig(AppConfig):
    name = "shared_kernel.sagas"
    label = "sagas"
    verbose_name = "Sagas"
