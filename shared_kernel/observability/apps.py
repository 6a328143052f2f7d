from django.apps import AppConfig


class ObservabilityConfig(AppConfig):
    name = "shared_kernel.observability"
    label = "observability"

    def ready(self) -> None:
        from shared_kernel.observability.task_metrics import measure_tasks

        measure_tasks()
