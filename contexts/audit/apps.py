from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "contexts.audit"
    verbose_name = "Audit"

    def ready(self) -> None:
        from contexts.audit import handlers  # noqa: F401
