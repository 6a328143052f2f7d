from django.apps import AppConfig


class CalculatorConfig(AppConfig):
    name = "contexts.calculator"
    verbose_name = "Calculator"

    def ready(self) -> None:
        from contexts.calculator import handlers  # noqa: F401 - needs the models
