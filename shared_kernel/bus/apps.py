from importlib import import_module

from django.apps import AppConfig
from django.conf import settings

WINDOWS = ("events", "messages", "decisions", "errors")


class BusConfig(AppConfig):
    name = "shared_kernel.bus"
    label = "bus"

    def ready(self) -> None:
        """Open the windows of every context, here or elsewhere: messages are known by name to all."""
        for context in settings.ALL_CONTEXTS:
            for window in WINDOWS:
                if (settings.BASE_DIR / "contexts" / context / f"{window}.py").is_file():
                    import_module(f"contexts.{context}.{window}")
