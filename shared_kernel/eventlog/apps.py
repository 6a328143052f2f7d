from django.apps import AppConfig


class EventLogConfig(AppConfig):
    name = "shared_kernel.eventlog"
    label = "eventlog"
    verbose_name = "Event log"

    def ready(self) -> None:
        from shared_kernel.bus.ports import give_event_log
        from shared_kernel.eventlog import events, port, subscriptions  # noqa: F401 - its window
        from shared_kernel.observability import health

        give_event_log(port)
        health.needs("neighbours", subscriptions.acquaintance)
