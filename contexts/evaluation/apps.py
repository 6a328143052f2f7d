from django.apps import AppConfig


class EvaluationConfig(AppConfig):
    name = "contexts.evaluation"
    verbose_name = "Evaluation"

    def ready(self) -> None:
        from contexts.evaluation import handlers  # noqa: F401
