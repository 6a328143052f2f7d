from django.apps import AppConfig


class RulesConfig(AppConfig):
    name = "contexts.rules"
    verbose_name = "Rules"

    def ready(self) -> None:
        from contexts.rules import handlers  # noqa: F401
