from django.apps import AppConfig


class CalculationConfig(AppConfig):
    name = "contexts.calculation"
    verbose_name = "Calculation"

    def ready(self) -> None:
        from contexts.calculation import handlers  # noqa: F401
