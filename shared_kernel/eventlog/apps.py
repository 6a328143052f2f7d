from django.apps import AppConfig


class EventLogConfig(AppConfig):
    name = "shared_kernel.eventlog"
    label = "eventlog"
    verbose_name = "Event log"

    def ready(self) -> None:
        from shared_kernel.bus.registry import use_remote_subscriptions
        from shared_kernel.bus.unit_of_work import use_event_log
        from shared_kernel.eventlog import once, subscriptions, writing

        use_event_log(writing.write_events, once.mark_performed)
        use_remote_subscriptions(subscriptions.contexts_elsewhere)
